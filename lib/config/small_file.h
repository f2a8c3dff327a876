// Reads a small regular file whole: the configuration, a key. Never waits on a pipe or device, never reads
// past its bound. Threads: any; it blocks on the disk. Errors: io, invalid; each with its cure.
#pragma once
#include <sys/types.h>

#include <optional>
#include <string>

#include "base/error.h"
#include "base/secret.h"

namespace pannier::config {

struct SmallFile {
  std::string text;
  mode_t mode = 0;
};

// None where there is no such file. `uid` and `cure` are for the message where reading is denied.
Result<std::optional<SmallFile>> read_if_there(const std::string& path, std::size_t limit, uid_t uid,
                                               std::string_view cure = {});

// The same, and a file that is not there is an error.
Result<SmallFile> read_small_file(const std::string& path, std::size_t limit, uid_t uid,
                                  std::string_view cure = {});

// A key: at most 64 KiB, one line, white space at the ends left out. Also for reading it again when the
// backend refuses the old one.
Result<Secret> read_secret_file(const std::string& path, uid_t uid, std::string_view cure = {});

}  // namespace pannier::config
