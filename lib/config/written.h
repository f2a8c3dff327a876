// What was read, before anybody knows what it means: a small tree of texts with places. Made from YAML, from
// variables and from flags; read by config/given.h and config/value.h. Threads: plain values.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "config/mistake.h"

namespace pannier::config {

struct Entry;

struct Written {
  enum class Kind { null, scalar, list, map };
  Kind kind = Kind::null;
  Place place;
  std::string text;            // scalar
  bool quoted = false;         // scalar: written as text, so that "200" is no number
  std::vector<Written> items;  // list
  std::vector<Entry> entries;  // map, in the order of the file

  static Written scalar(std::string_view text, Place place = {});
  static Written commas(std::string_view text);  // "a, b" as a list; an empty text is an empty list
  [[nodiscard]] const Entry* find(std::string_view key) const;
};

struct Entry {
  std::string key;
  Place place;  // the key's
  Written value;
};

}  // namespace pannier::config
