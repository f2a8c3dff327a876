#include "daemon/commands/line_sender.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/clock.h"
#include "base/fd.h"
#include "base/text.h"
#include "base/units.h"
#include "daemon/commands/json_reading.h"
#include "daemon/commands/line_count.h"

namespace pannier::daemon::commands {
namespace {

constexpr std::size_t chunk = 64 * 1024;
// The daemon's lines to a client are acks and sessions: short.
constexpr std::size_t longest_answer = 64 * 1024;
// How long one look at the sockets may take: progress is shown this often.
constexpr std::chrono::milliseconds look{200};

class LineSender {
 public:
  explicit LineSender(const LineSending& sending) : sending_(sending) {}

  SendResult run() {
    connect();
    if (!fault_) say_hello();
    while (!fault_ && !is_finished()) {
      step(true);
      sending_.on_progress(progress_);
    }
    return {progress_, fault_};
  }

 private:
  void connect();
  void say_hello();
  void step(bool with_input);
  void read_input();
  void write();
  void read_answers();
  void take_end();
  void take_answers();
  void take_answer(std::string_view line);
  void take_ack(Json ack);
  void check_patience();

  [[nodiscard]] bool is_writing() const { return at_ < out_.size(); }
  [[nodiscard]] bool is_waiting() const { return is_writing() || progress_.unconfirmed() != 0; }
  [[nodiscard]] bool is_finished() const { return input_ended_ && !is_waiting(); }
  void moved() { moved_at_ = steady_now(); }
  void fail(std::string sentence) { fault_ = Error{ErrorCode::unavailable, std::move(sentence)}; }

  const LineSending& sending_;
  Fd socket_;
  LineCount count_;
  std::string out_;  // a chunk on its way to the socket
  std::size_t at_ = 0;
  std::string answers_;  // what no newline has ended yet
  simdjson::dom::parser parser_;
  bool welcomed_ = false;
  bool input_ended_ = false;
  bool is_broken_ = false;  // nothing can be written any more; acks may still be there to be read
  SteadyTime moved_at_ = steady_now();
  SendProgress progress_;
  std::optional<Error> fault_;
};

void LineSender::connect() {
  const auto refuse = [&](int number) {
    fail("no daemon takes lines at " + text::shown(sending_.socket) + " (" +
         std::generic_category().message(number) +
         (number == EACCES || number == EPERM ? "); join the socket's group, or try: sudo"
                                              : "); is it running? try: pannier run, or --socket PATH"));
  };
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (sending_.socket.size() >= sizeof address.sun_path) return refuse(ENAMETOOLONG);
  std::memcpy(address.sun_path, sending_.socket.data(), sending_.socket.size());
  socket_ = Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket_) return refuse(errno);
  const SteadyTime end = steady_now() + sending_.patience;
  // A full backlog has no event to wait for.
  while (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    if ((errno != EAGAIN && errno != EINTR) || steady_now() >= end) return refuse(errno);
    ::poll(nullptr, 0, 10);
  }
}

void LineSender::say_hello() {
  out_ = sending_.hello + "\n";
  const SteadyTime end = steady_now() + sending_.welcome;
  while (!fault_ && !welcomed_ && steady_now() < end) step(false);
}

void LineSender::step(bool with_input) {
  if (!is_waiting()) moved();
  const bool wants_input = with_input && !input_ended_ && !is_writing() && !is_broken_;
  std::array<pollfd, 2> wanted{
      {{socket_.get(), static_cast<short>(is_writing() ? POLLIN | POLLOUT : POLLIN), 0},
       {wants_input ? sending_.input : -1, POLLIN, 0}}};
  ::poll(wanted.data(), wanted.size(), static_cast<int>(look.count()));
  if (wanted[0].revents != 0) read_answers();
  if (wanted[1].revents != 0 && !is_broken_ && !fault_) read_input();
  if (is_writing() && !is_broken_ && !fault_) write();
  check_patience();
}

void LineSender::read_input() {
  out_.resize(chunk);
  at_ = 0;
  ssize_t got = ::read(sending_.input, out_.data(), out_.size());
  if (got < 0) {
    const int number = errno;
    out_.clear();
    if (number == EINTR || number == EAGAIN) return;
    fault_ = Error{ErrorCode::io, "cannot read the input (" + std::generic_category().message(number) +
                                      "); name a file of lines, or - for standard input"};
    return;
  }
  out_.resize(static_cast<std::size_t>(got));
  progress_.input_bytes += out_.size();
  input_ended_ = got == 0;
  if (input_ended_ && count_.is_inside_line()) out_ = "\n";
  count_.feed(out_);
  progress_.lines = std::max(count_.lines(), progress_.confirmed);
}

void LineSender::write() {
  while (is_writing()) {
    const ssize_t sent = ::send(socket_.get(), out_.data() + at_, out_.size() - at_, MSG_NOSIGNAL);
    if (sent < 0) {
      is_broken_ = errno != EAGAIN && errno != EINTR;
      return;
    }
    at_ += static_cast<std::size_t>(sent);
    moved();
  }
}

void LineSender::read_answers() {
  std::array<char, 16 * 1024> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): recv fills it
  while (!fault_) {
    const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return take_end();
    answers_.append(buffer.data(), static_cast<std::size_t>(got));
    take_answers();
  }
}

// All may be confirmed although it is not known yet that the input is at its end.
void LineSender::take_end() {
  is_broken_ = true;
  pollfd input{sending_.input, POLLIN, 0};
  if (!input_ended_ && !is_waiting() && ::poll(&input, 1, 0) == 1) read_input();
  if (!fault_ && !is_finished())
    fail("the daemon closed the connection; see its log and the limits hit in: pannier status");
}

void LineSender::take_answers() {
  std::size_t begin = 0;
  for (std::size_t end = 0; (end = answers_.find('\n', begin)) != std::string::npos; begin = end + 1)
    take_answer(std::string_view(answers_).substr(begin, end - begin));
  answers_.erase(0, begin);
  if (answers_.size() > longest_answer)
    fail("what answers at " + text::shown(sending_.socket) + " is no pannier; correct the path");
}

void LineSender::take_answer(std::string_view line) {
  Json answer;
  if (parser_.parse(line.data(), line.size()).get(answer) != simdjson::SUCCESS) return;
  if (member(answer, "welcome")) welcomed_ = true;
  if (member(answer, "ack")) take_ack(answer);
}

// Acks are cumulative, and the daemon is the judge of what a line is.
void LineSender::take_ack(Json ack) {
  const std::uint64_t lines = number(ack, "ack").value_or(0);
  const std::uint64_t rejected = number(ack, "rejected").value_or(0);
  const std::uint64_t filtered = number(ack, "filtered").value_or(0);
  if (lines <= progress_.confirmed || rejected > lines || filtered > lines - rejected) return;
  progress_.confirmed = lines;
  progress_.rejected = rejected;
  progress_.filtered = filtered;
  progress_.lines = std::max(progress_.lines, lines);
  moved();
}

void LineSender::check_patience() {
  if (fault_ || !is_waiting() || steady_now() - moved_at_ < sending_.patience) return;
  fail("the daemon took nothing and confirmed nothing for " + units::duration_text(sending_.patience) +
       "; see its log and: pannier status");
}

}  // namespace

SendResult send_lines(const LineSending& sending) {
  return LineSender(sending).run();
}

}  // namespace pannier::daemon::commands
