// Reads a small regular file whole: the configuration, a key, a certificate. Never waits on a pipe or device,
// never reads past its bound. Users: config at start and reload, transports when a key was refused.
// Threads: any that may block on the disk. Errors: io, invalid, limit; each with its cure.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/secret.h"

namespace pannier {

struct SmallFile {
  std::string text;
  mode_t mode = 0;
};

// Whether a link in the file's own place is followed; folders on the way may be links in either case.
enum class Links : std::uint8_t { followed, refused };

// None where there is no such file. `uid` and `cure` are for the message where reading is denied.
Result<std::optional<SmallFile>> read_if_there(const std::string& path, std::size_t limit, uid_t uid,
                                               std::string_view cure = {}, Links links = Links::followed);

// The same, and a file that is not there is an error.
Result<SmallFile> read_small_file(const std::string& path, std::size_t limit, uid_t uid,
                                  std::string_view cure = {}, Links links = Links::followed);

// What fits into a header's value as a key.
bool is_secret_text(std::string_view text);

// A key or password: one line of printable ASCII without blanks, at most 4096 bytes; white space at the ends
// is left out. No copy of it stays behind in memory.
Result<Secret> read_secret_file(const std::string& path, uid_t uid, std::string_view cure = {},
                                Links links = Links::followed);

// Where a secret comes from. A file is read again when the secret is refused.
struct SecretSource {
  std::string file = {};        // empty: given in the configuration or the environment
  Secret secret = {};           // the text at the last reading
  std::string credential = {};  // its name, if `file` is one that systemd has put there
  Links links = Links::followed;
  bool operator==(const SecretSource&) const = default;
};

}  // namespace pannier
