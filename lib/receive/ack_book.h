// Which of one connection's first lines are accounted for, and may be told so. A read whose records wait for
// the spool has a ticket; it is accounted for once a watermark has reached that. A read without one (ticket
// 0: what it brought is where it belongs, or the spool acknowledges nothing) is at once, or with the reads
// before it, because an ack speaks of all lines from the first on.
// Users: Session. Threads: not safe. Pure. Memory: `most_waiting` steps; when there are more, the newest
// takes in what follows, so an ack may come later than it could, and never earlier.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

namespace pannier::receive {

class AckBook {
 public:
  static constexpr std::size_t most_waiting = 16;

  struct Lines {  // of the connection, from its first
    std::uint64_t lines = 0, rejected = 0, filtered = 0;
    bool operator==(const Lines&) const = default;
  };

  // After each read. One that brought no line says nothing new, whatever its ticket. REQUIRES: `so_far` never
  // goes down; nor should tickets: one that does counts as the one before it.
  void add(std::uint64_t ticket, const Lines& so_far);
  // All reads up to this ticket are in the spool. True: told() has changed. One below an earlier one is
  // ignored.
  bool committed(std::uint64_t watermark);

  [[nodiscard]] const Lines& told() const { return told_; }  // what is accounted for
  [[nodiscard]] bool is_waiting() const { return waiting_ != 0; }

 private:
  struct Step {
    std::uint64_t ticket = 0;
    Lines lines;
  };
  [[nodiscard]] Step& step(std::size_t index) { return steps_[(first_ + index) % most_waiting]; }

  Lines told_;
  std::size_t first_ = 0, waiting_ = 0;
  std::array<Step, most_waiting> steps_{};  // a ring: tickets and lines rise
};

}  // namespace pannier::receive
