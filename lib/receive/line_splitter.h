// The bytes of one stream to lines. Lines that lie whole in a read are views into it; only the first and the
// last piece of a read are copied, into a carry. A line over the limit is told once, then skipped to its end.
// Users: Session. Threads: not safe; one splitter belongs to one connection.
// Memory: the carry, at most `limit` bytes and only while a line is unfinished. Cost: one memchr over the
// bytes.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

#include "receive/carry_budget.h"

namespace pannier::receive {

// Why a line was given up before its end.
enum class GivenUp : std::uint8_t { over_limit, no_memory };

// The Sink of feed():
//   void line(std::string_view line);                         // without newline, record::line_padding behind
//   it void too_long(std::string_view head, GivenUp why);        // the first bytes of a line that is skipped
class LineSplitter {
 public:
  static constexpr std::size_t head_bytes = 256;  // how much of a line that is too long is shown to the sink

  // `limit` in bytes, without the newline. REQUIRES: limit > 0; `budget` outlives the splitter.
  LineSplitter(CarryBudget& budget, std::size_t limit) : budget_(&budget), limit_(limit) {}
  ~LineSplitter() { release(); }
  LineSplitter(const LineSplitter&) = delete;
  LineSplitter& operator=(const LineSplitter&) = delete;

  // REQUIRES: record::line_padding readable bytes behind `read`.
  template <typename Sink>
  void feed(std::string_view read, Sink& sink);

  // The piece of a line that no newline has ended yet; padded; empty while a line is skipped.
  [[nodiscard]] std::string_view unfinished() const { return {carry_.get(), size_}; }
  [[nodiscard]] bool is_inside_line() const { return size_ != 0 || skipping_; }
  void forget_unfinished();
  void set_limit(std::size_t limit) { limit_ = limit; }

 private:
  enum class Kept : std::uint8_t { yes, over_limit, no_memory };

  template <typename Sink>
  void keep(std::string_view piece, bool is_whole, Sink& sink);
  Kept append(std::string_view piece);
  bool reserve(std::size_t bytes);
  std::string_view head_with(std::string_view piece);
  void release();

  CarryBudget* budget_;
  std::size_t limit_;
  std::unique_ptr<char[]> carry_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;  // without the padding
  bool skipping_ = false;
};

template <typename Sink>
void LineSplitter::feed(std::string_view read, Sink& sink) {
  const char* at = read.data();
  const char* const end = at + read.size();
  while (at != end) {
    const auto* newline = static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)));
    const char* const stop = newline == nullptr ? end : newline;
    const std::string_view piece(at, static_cast<std::size_t>(stop - at));
    if (skipping_) {
      skipping_ = newline == nullptr;
    } else if (newline == nullptr || size_ != 0) {
      keep(piece, newline != nullptr, sink);
    } else if (piece.size() > limit_) {
      sink.too_long(head_with(piece), GivenUp::over_limit);
    } else {
      sink.line(piece);
    }
    at = newline == nullptr ? end : newline + 1;
  }
}

template <typename Sink>
void LineSplitter::keep(std::string_view piece, bool is_whole, Sink& sink) {
  const Kept kept = append(piece);
  if (kept == Kept::yes && !is_whole) return;
  if (kept == Kept::yes) {
    sink.line(unfinished());
  } else {
    sink.too_long(head_with(piece), kept == Kept::no_memory ? GivenUp::no_memory : GivenUp::over_limit);
    skipping_ = !is_whole;
  }
  release();
}

}  // namespace pannier::receive
