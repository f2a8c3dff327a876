#include "base/small_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/fd.h"
#include "base/text.h"
#include "base/units.h"

namespace pannier {
namespace {

constexpr std::size_t longest_secret_file = 64U << 10U;

Error cannot_read(const std::string& path, uid_t uid, int number, std::string_view cure) {
  std::string why = std::generic_category().message(number);
  why.front() = text::lower(why).front();
  std::string message =
      "cannot read " + text::shown(path) + " as uid " + std::to_string(uid) + " (" + why + ")";
  if (number == EACCES && !cure.empty()) message.append("; ").append(cure);
  if (number == ENOENT) message.append("; write the file, or correct the path");
  return {ErrorCode::io, std::move(message)};
}

Result<std::string> read_all(int file, const std::string& path, std::size_t limit, uid_t uid) {
  std::string text;
  std::size_t size = 0;
  // A secret must not be left behind in memory that was grown out of.
  text.reserve(std::min(limit, longest_secret_file) + 1);
  for (;;) {
    text.resize(std::min(limit + 1, size + 65536));
    const ssize_t got = ::read(file, text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot_read(path, uid, errno, {});
    size += static_cast<std::size_t>(got);
    if (size > limit)
      return Error{ErrorCode::limit, text::shown(path) + " is larger than " + units::size_text(limit)};
    if (got == 0) break;
  }
  text.resize(size);
  return text;
}

}  // namespace

bool is_secret_text(std::string_view text) {
  constexpr std::size_t longest = 4096;
  return !text.empty() && text.size() <= longest &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

Result<std::optional<SmallFile>> read_if_there(const std::string& path, std::size_t limit, uid_t uid,
                                               std::string_view cure, Links links) {
  // O_NONBLOCK: opening a pipe must not wait for its writer.
  const int no_links = links == Links::refused ? O_NOFOLLOW : 0;
  const Fd file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY | no_links));
  if (!file) {
    if (errno == ELOOP && links == Links::refused)
      return Error{ErrorCode::invalid,
                   text::shown(path) + " is a link, which is not followed here; write a regular file"};
    if (errno == ENOENT || errno == ENOTDIR) return std::optional<SmallFile>();
    return cannot_read(path, uid, errno, cure);
  }
  struct stat about{};
  if (::fstat(file.get(), &about) != 0) return cannot_read(path, uid, errno, cure);
  if (!S_ISREG(about.st_mode))
    return Error{ErrorCode::invalid, text::shown(path) + " is not a regular file; write one"};
  auto text = read_all(file.get(), path, limit, uid);
  if (!text) return text.error();
  return std::optional(SmallFile{std::move(*text), about.st_mode});
}

Result<SmallFile> read_small_file(const std::string& path, std::size_t limit, uid_t uid,
                                  std::string_view cure, Links links) {
  auto file = read_if_there(path, limit, uid, cure, links);
  if (!file) return file.error();
  if (!*file) return cannot_read(path, uid, ENOENT, cure);
  return std::move(**file);
}

Result<Secret> read_secret_file(const std::string& path, uid_t uid, std::string_view cure, Links links) {
  auto file = read_small_file(path, longest_secret_file, uid, cure, links);
  if (!file) return file.error();
  const std::string_view key = text::trimmed(file->text);
  const bool is_empty = key.empty();
  const bool is_key = is_secret_text(key);
  Secret secret = is_key ? Secret(std::string(key)) : Secret();
  explicit_bzero(file->text.data(), file->text.size());
  if (is_empty) return Error{ErrorCode::invalid, text::shown(path) + " is empty; write the key into it"};
  if (!is_key)
    return Error{ErrorCode::invalid,
                 text::shown(path) + " is not one key on one line; write nothing else into it"};
  return secret;
}

}  // namespace pannier
