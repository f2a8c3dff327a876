// The fields of a record that hold objects: checked, headers and attributes taken apart. Private to the room.
// The slow way: a parser of its own for each. Threads: not safe; belongs to one LineDecoder.
#pragma once
#include <simdjson.h>

#include <span>
#include <string_view>
#include <vector>

#include "record/record.h"

namespace pannier::record {

// REQUIRES for all: `raw` is a JSON object, valid in itself, with line_padding readable bytes behind it.
class HeaderReader {
 public:
  // Names and values, views into this reader; false where a value is no text.
  bool read(std::string_view raw);
  [[nodiscard]] std::span<const Header> headers() const { return headers_; }

 private:
  simdjson::ondemand::parser parser_;
  std::vector<Header> headers_;
};

class AttributeReader {
 public:
  // Names and values, views into this reader and `raw`, nulls left out; false where a value is no scalar.
  bool read(std::string_view raw);
  [[nodiscard]] std::span<const Attribute> attributes() const { return attributes_; }

 private:
  simdjson::ondemand::parser parser_;
  std::vector<Attribute> attributes_;
};

class NestedChecker {
 public:
  bool is_error(std::string_view raw);  // type, message and stack are texts where they are there

 private:
  simdjson::ondemand::parser parser_;
};

}  // namespace pannier::record
