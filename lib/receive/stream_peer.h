// One connection's session and the system calls on its socket; none of them waits.
// Users: StreamListener, which waits until it is worth calling. Threads: not safe; lives on its intake
// thread.
#pragma once
#include <cstdint>
#include <optional>
#include <span>

#include "receive/session.h"

namespace pannier::receive {

enum class Came : std::uint8_t { bytes, nothing, end };

class StreamPeer {
 public:
  // `fd` is somebody else's to close. The others as Session has them.
  StreamPeer(int fd, LineHandler& handler, CarryBudget& budget, std::size_t line_limit,
             std::optional<uid_t> uid)
      : fd_(fd), uid_(uid), session_(handler, budget, line_limit, uid) {}

  // One read into `buffer`, whose last record::line_padding bytes stay free, and its lines. `pause` is set
  // where streams should pause. After `end`: finish().
  Came read(std::span<char> buffer, SteadyTime now, bool& pause);
  // What is to be said. False: the socket is full, again when it is writable.
  bool write();
  // The peer may send no more; what it has sent can still be read. Unless it has ended by itself, a last line
  // without newline is then one that was cut off.
  void refuse_more();
  // The spool has all reads up to this ticket. True: write().
  bool committed(std::uint64_t watermark) { return session_.committed(watermark); }
  [[nodiscard]] bool awaits_commit() const { return session_.awaits_commit(); }
  [[nodiscard]] bool is_gone() const;       // it neither sends nor reads any more
  void finish() { session_.end(ending_); }  // books what is left of a line
  void cut_off() { session_.end(Ending::broken); }

  [[nodiscard]] std::optional<SteadyTime> unfinished_since() const { return session_.unfinished_since(); }
  [[nodiscard]] std::optional<uid_t> uid() const { return uid_; }
  void set_line_limit(std::size_t bytes) { session_.set_line_limit(bytes); }

 private:
  int fd_;
  std::optional<uid_t> uid_;
  Session session_;
  Ending ending_ = Ending::clean;
};

}  // namespace pannier::receive
