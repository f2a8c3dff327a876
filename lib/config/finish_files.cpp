#include "config/finish_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/text.h"

namespace pannier::config {
namespace {

namespace fs = std::filesystem;

constexpr int most_links = 40;  // as the kernel follows

// A link to nothing is followed, too: what is made at its place is made behind it.
fs::path behind_links(fs::path path) {
  std::error_code fault;
  for (int links = 0; links < most_links && fs::is_symlink(path, fault); ++links)
    path = path.parent_path() / fs::read_symlink(path, fault);
  return path;
}

fs::path settled(const std::string& path) {
  std::error_code fault;
  const fs::path whole = behind_links(fs::absolute(path, fault));
  fs::path real = fs::weakly_canonical(whole, fault);
  return fault ? whole.lexically_normal() : real;
}

// What stands in the way; empty: nothing. As the effective user, whom the daemon's files belong to.
std::string refusal(const fs::path& path, int wanted) {
  if (::faccessat(AT_FDCWD, path.c_str(), wanted, AT_EACCESS) == 0) return {};
  return "cannot write " + text::shown(path.string()) + " as uid " + std::to_string(::geteuid()) + " (" +
         std::generic_category().message(errno) + ")";
}

// Missing folders are made; so the nearest that is there decides.
std::string refusal_of_folder(fs::path folder) {
  std::error_code ignored;
  while (!fs::exists(folder, ignored) && folder.has_relative_path()) folder = folder.parent_path();
  if (!fs::is_directory(folder, ignored))
    return "cannot write below " + text::shown(folder.string()) + ", which is no folder";
  return refusal(folder, W_OK | X_OK);
}

}  // namespace

bool is_one_file(const std::string& one, const std::string& other) {
  std::error_code fault;
  return fs::equivalent(one, other, fault) || settled(one) == settled(other);
}

std::string spool_trouble(const queue::SpoolOptions& spool) {
  if (spool.mode == queue::SpoolMode::off) return {};
  const fs::path file = settled(spool.path);
  std::error_code ignored;
  std::string what = refusal_of_folder(file.parent_path());
  if (what.empty() && fs::is_directory(file, ignored)) what = text::shown(file.string()) + " is a folder";
  if (what.empty() && fs::exists(file, ignored)) what = refusal(file, R_OK | W_OK);
  if (what.empty()) return {};
  return "spool.path: " + what +
         ": the daemon would run, but keep records in memory only; let its user write there, or write "
         "another path";
}

}  // namespace pannier::config
