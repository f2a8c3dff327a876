#include "config/written.h"

#include "base/text.h"

namespace pannier::config {

Written Written::scalar(std::string_view text, Place place) {
  Written node;
  node.kind = Kind::scalar;
  node.place = place;
  node.text = text;
  return node;
}

Written Written::commas(std::string_view text) {
  Written node;
  node.kind = Kind::list;
  if (text::trimmed(text).empty()) return node;
  for (;;) {
    const std::size_t comma = text.find(',');
    node.items.push_back(scalar(text::trimmed(text.substr(0, comma))));
    if (comma == std::string_view::npos) return node;
    text.remove_prefix(comma + 1);
  }
}

const Entry* Written::find(std::string_view key) const {
  for (const Entry& entry : entries)
    if (entry.key == key) return &entry;
  return nullptr;
}

}  // namespace pannier::config
