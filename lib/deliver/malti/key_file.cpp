#include "deliver/malti/key_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/text.h"
#include "net/fd.h"

namespace pannier::deliver::malti {
namespace {

// Into `text`, whose memory then becomes the Secret's: no copy of a key is left behind.
Result<void> read_all(int file, std::string& text) {
  text.resize(longest_key_file + 1);
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = ::read(file, text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_error("cannot read it");
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > longest_key_file) return Error{ErrorCode::invalid, "longer than 64KiB: is that a key?"};
  text.resize(size);
  return {};
}

}  // namespace

Result<Secret> read_key_file(const std::string& path) {
  // Without waiting: a pipe in the file's place must not hold the thread.
  const net::Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return errno_error("cannot read " + path);
  std::string text;
  if (const auto done = read_all(file.get(), text); !done) return done.error().within(path);
  const std::string_view key = text::trimmed(text);
  if (key.empty()) return Error{ErrorCode::invalid, path + ": the file is empty; write the key into it"};
  const auto first = static_cast<std::size_t>(key.data() - text.data());
  const std::size_t size = key.size();
  text.erase(0, first).resize(size);
  return Secret(std::move(text));
}

}  // namespace pannier::deliver::malti
