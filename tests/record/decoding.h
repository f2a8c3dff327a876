// A line decoded for a test, with everything behind it that may lie there: what it is must not depend on
// that. Users: the tests of record. Threads: a plain value of one test.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "record/line_decoder.h"

namespace pannier::record {

enum class Place { first, later };  // first on a stream: there a hello may stand

class Decoding {
 public:
  explicit Decoding(std::string_view line, Place place = Place::later);

  // "record", "blank", "hello", "client_dropped", "rejected(status)", "filtered(no_response)"; or, where the
  // bytes behind the line matter, "depends on its padding".
  [[nodiscard]] const std::string& outcome() const { return outcome_; }
  [[nodiscard]] const Line& line() const { return line_; }
  [[nodiscard]] const Record& record() { return decoder_.record(); }
  [[nodiscard]] const Hello& hello() const { return decoder_.hello(); }

 private:
  std::string buffer_;
  LineDecoder decoder_;
  Line line_;
  std::string outcome_;
};

std::string outcome_of(const Line& line);
std::string outcome_of(std::string_view line, Place place = Place::later);

// A record's line with these raw JSON values in place of the usual ones or besides them; an empty value
// leaves the field out.
using Change = std::pair<std::string_view, std::string_view>;
std::string line_with(const std::vector<Change>& changes);
std::string outcome_with(std::string_view field, std::string_view value);

std::string nested(std::size_t depth, char open, char close);

}  // namespace pannier::record
