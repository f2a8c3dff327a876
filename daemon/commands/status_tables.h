// The two tables of `pannier status`, and words that its other lines share. Users: status_text, status_spool.
// Threads: pure functions. What is returned is safe to show.
#pragma once
#include <string>

#include "daemon/commands/json_reading.h"
#include "daemon/commands/status_text.h"

namespace pannier::daemon::commands {

std::string count_text(std::optional<std::uint64_t> count);  // "?" where it is not known
std::string title_of(std::string_view name);                 // "unix_stream" is for programs
std::string mebibytes(double bytes);                         // "14", "1.5"

std::string table_in(Json status);
std::string table_out(Json status, const StatusStyle& style);

}  // namespace pannier::daemon::commands
