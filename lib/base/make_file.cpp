#include "base/make_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>

#include "base/fd.h"

namespace pannier {
namespace {

constexpr ::mode_t file_mode = 0640;
constexpr ::mode_t folder_mode = 0750;

Result<void> make_folder(const std::filesystem::path& folder) {
  std::error_code fault;
  if (folder.empty() || std::filesystem::exists(folder, fault)) return {};
  if (const auto above = make_folder(folder.parent_path()); !above) return above.error();
  if (::mkdir(folder.c_str(), folder_mode) != 0 && errno != EEXIST)
    return errno_error("cannot make the folder " + folder.string());
  return {};
}

}  // namespace

Result<void> make_file(const std::string& path) {
  if (const auto made = make_folder(std::filesystem::path(path).parent_path()); !made) return made.error();
  const Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, file_mode));
  if (!file) {
    if (errno != EEXIST) return errno_error("cannot make " + path);
    // SQLite would open it for reading only, and fail later with words that say nothing.
    if (::faccessat(AT_FDCWD, path.c_str(), R_OK | W_OK, AT_EACCESS) != 0)
      return errno_error("cannot read and write " + path);
    return {};
  }
  if (::fchmod(file.get(), file_mode) != 0) return errno_error("cannot set the mode of " + path);
  return {};
}

}  // namespace pannier
