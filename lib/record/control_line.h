// Control lines: known by their only key. Private to the room. Rare, so read with a full parser.
#pragma once
#include <simdjson.h>

#include <string_view>

#include "record/line_decoder.h"

namespace pannier::record {

// True for the key by which a control line is known: hello, welcome, session, ack, client_dropped.
bool is_control_key(std::string_view key);

// Threads: not safe; belongs to one LineDecoder.
class ControlReader {
 public:
  // What a line with control key `key` is. REQUIRES: `line` is one valid JSON object with line_padding behind
  // it.
  Line read(std::string_view line, std::string_view key, bool hello_allowed);
  [[nodiscard]] const Hello& hello() const { return hello_; }

 private:
  bool read_hello(simdjson::dom::element content);
  simdjson::dom::parser parser_;
  Hello hello_;
};

}  // namespace pannier::record
