#include "daemon/commands/input.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/text.h"
#include "base/units.h"

namespace pannier::daemon::commands {
namespace {

constexpr std::size_t chunk = 64 * 1024;

}  // namespace

Result<Input> Input::open(const std::string& file) {
  Input input;
  if (file == "-") {
    // The next socket to be opened would become the input.
    if (::fcntl(STDIN_FILENO, F_GETFD) < 0)
      return Error{ErrorCode::io, "standard input is closed; name a file of lines"};
    input.number_ = STDIN_FILENO;
    input.name_ = "standard input";
    return input;
  }
  input.owned_ = Fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  input.name_ = text::shown(file);
  if (!input.owned_)
    return Error{ErrorCode::io, errno_error("cannot open " + input.name_).message + "; correct the path"};
  input.number_ = input.owned_.get();
  return input;
}

Result<std::size_t> Input::read(char* out, std::size_t room) const {
  for (;;) {
    const ssize_t got = ::read(number_, out, room);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR)
      return Error{ErrorCode::io, errno_error("cannot read " + name_).message + "; correct the path"};
  }
}

Result<std::string> Input::read_all(std::size_t limit) const {
  std::string all;
  for (;;) {
    const std::size_t size = all.size();
    all.resize(std::min(limit + 1, size + chunk));
    const auto got = read(all.data() + size, all.size() - size);
    if (!got) return got.error();
    all.resize(size + *got);
    if (*got == 0) return all;
    if (all.size() > limit)
      return Error{ErrorCode::limit, name_ + " is larger than " + units::size_text(limit) + "; split it"};
  }
}

Result<bool> LineReader::next(std::string& line) {
  line.clear();
  bool any = false;
  for (;;) {
    if (at_ == read_.size()) {
      read_.resize(chunk);
      const auto got = input_.read(read_.data(), chunk);
      read_.resize(got ? *got : 0);
      at_ = 0;
      if (!got) return got.error();
      if (*got == 0) return any;
    }
    any = true;
    const std::size_t end = std::min(read_.find('\n', at_), read_.size());
    const bool is_whole = end != read_.size();
    line.append(read_, at_, std::min(end - at_, limit_ + 1 - std::min(line.size(), limit_ + 1)));
    at_ = end + (is_whole ? 1 : 0);
    if (is_whole) return true;
  }
}

}  // namespace pannier::daemon::commands
