// What every door does with a line once it has one: decode it, hand the record to the Intake or book why it
// is none. Holds the decoder and the counts of the read that is under way. Users: Session, DatagramReader.
// Threads: not safe; one handler belongs to one intake thread. Cost: the decoder's and one virtual call a
// record; no allocation but for rejected lines.
#pragma once
#include <cstdint>
#include <string_view>

#include "receive/intake.h"
#include "record/line_decoder.h"

namespace pannier::receive {

// How a line is to be understood, by what came before it on its connection.
struct LineContext {
  Defaults defaults;
  bool hello_allowed = false;
  bool again = false;  // its sender may have sent it before
};

class LineHandler {
 public:
  // REQUIRES: `intake` outlives the handler.
  explicit LineHandler(Intake& intake) : intake_(&intake) {}

  void begin_read(observe::ListenerId listener);
  ReadEnd end_read() { return intake_->end_read(counts_); }

  // REQUIRES, for all three: between begin_read and end_read; record::line_padding behind `line`.
  record::LineKind take(std::string_view line, const LineContext& context);
  void too_long(std::string_view head) { counts_.reject(Reject::too_long, head); }
  // A last line that was cut off. Blank ones are no lines. True: it counted.
  bool unterminated(std::string_view line);

  [[nodiscard]] const record::Hello& hello() const { return decoder_.hello(); }
  [[nodiscard]] ReadCounts& counts() { return counts_; }
  [[nodiscard]] Intake& intake() { return *intake_; }

 private:
  Intake* intake_;
  record::LineDecoder decoder_;
  ReadCounts counts_;
};

}  // namespace pannier::receive
