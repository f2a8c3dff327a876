// A second opinion on a line: what a full parser (simdjson's DOM) says to it. For the differential test and
// the fuzzer. Threads: not safe; belongs to one test.
#pragma once
#include <simdjson.h>

#include <string>
#include <string_view>

#include "record/line_decoder.h"

namespace pannier::record {

class Oracle {
 public:
  // What is wrong with the decoder's judgement of `line`; empty where nothing is. `record` counts for a line
  // that is one.
  std::string objection(std::string_view line, const Line& judged, const Record& record);

 private:
  enum class Syntax {
    object,   // an object, as JSON asks
    no_json,  // broken, or no object
    unknown,  // nested too deep for the DOM, or with a word like NaN, which is judged by where it stands
  };
  Syntax judge(std::string_view line);
  std::string differing_field(const Record& record);

  simdjson::dom::parser parser_;
  simdjson::dom::element root_;
};

}  // namespace pannier::record
