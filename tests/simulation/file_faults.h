// What goes wrong below SQLite in a run of tier B, and how often it did. Threads: plain values.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pannier::simulation {

enum class FileFault : std::uint8_t {
  no_space,          // a write that would make a file longer
  read_failed,       // EIO, as the others
  write_failed,      //
  sync_failed,       //
  sync_lost,         // failed, and the system takes the pages for written
  open_failed,       //
  killed_in_call,    // between two calls of one transaction
  writes_lost,       // by a power cut
  page_torn,         // by a power cut
  files_after_cut,   // looked at: what is committed must be there, and nothing damaged
  files_after_kill,  //
  tidied,            // in a quiet moment
  count_
};
inline constexpr auto file_fault_count = static_cast<std::size_t>(FileFault::count_);
inline constexpr std::array<std::string_view, file_fault_count> file_fault_names{
    "no_space",       "read_failed", "write_failed", "sync_failed",     "sync_lost",        "open_failed",
    "killed_in_call", "writes_lost", "page_torn",    "files_after_cut", "files_after_kill", "tidied"};

}  // namespace pannier::simulation
