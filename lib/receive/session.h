// The conversation of one stream connection, without its socket: what is read is fed in, what is to be
// written is asked for. Speaks hello and welcome, acks and `again` (DESIGN.md section 2). Users:
// StreamListener. Threads: not safe; lives on its intake thread. No clock, no socket. Memory: the splitter's
// carry, one line to send (acks that the peer does not read replace one another) and the AckBook.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "receive/ack_book.h"
#include "receive/line_handler.h"
#include "receive/line_splitter.h"

namespace pannier::receive {

// How a connection came to its end.
enum class Ending : std::uint8_t {
  clean,   // the peer closed it: a last line without a newline counts
  broken,  // it broke or was cut: such a line is rejected(unterminated)
};

class Session {
 public:
  // REQUIRES: both outlive the session. `uid`: the sender's, where it is known.
  Session(LineHandler& handler, CarryBudget& budget, std::size_t line_limit, std::optional<uid_t> uid);

  // One read, booked when it returns. True: streams should pause. REQUIRES: record::line_padding behind
  // `read`.
  bool feed(std::string_view read, SteadyTime now);
  void end(Ending ending);  // a second call does nothing; acks of it may still be sent

  // The spool has all reads up to this ticket. True: there may be something to send.
  bool committed(std::uint64_t watermark) { return book_.committed(watermark); }
  // The peer wants to know of lines that are not committed yet.
  [[nodiscard]] bool awaits_commit() const { return may_send_ && book_.is_waiting(); }

  // When the line was begun that is still unfinished.
  [[nodiscard]] std::optional<SteadyTime> unfinished_since() const;

  // The next bytes for the peer; empty: none. What was sent of them is told by sent().
  [[nodiscard]] std::string_view to_send();
  void sent(std::size_t bytes) { sent_ += bytes; }
  void stop_sending();  // the peer can't be written to any more

  void set_line_limit(std::size_t bytes) { splitter_.set_limit(bytes); }

  // The splitter's sink.
  void line(std::string_view line);
  void too_long(std::string_view head, GivenUp why);

 private:
  bool end_read();  // true: streams should pause
  void welcome(const record::Hello& hello);
  void write_ack();

  LineHandler* handler_;
  LineSplitter splitter_;
  std::optional<uid_t> uid_;
  std::string service_, node_;  // the hello's
  record::Resource resource_;   // the hello's
  LineContext context_;

  AckBook::Lines so_far_;    // of the whole connection
  AckBook book_;             // which of them acks may say
  std::uint64_t again_ = 0;  // so many first lines may have been sent before
  SteadyTime unfinished_since_{};

  bool wants_acks_ = false;
  bool may_send_ = true;
  std::uint64_t acked_ = 0;  // what the newest ack that was written to out_ said
  std::string out_;
  std::size_t sent_ = 0;  // of out_
};

}  // namespace pannier::receive
