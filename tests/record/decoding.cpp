#include "tests/record/decoding.h"

#include <algorithm>

namespace pannier::record {

Decoding::Decoding(std::string_view line, Place place) : buffer_(line) {
  buffer_.append(line_padding, '\0');
  const std::string_view padded(buffer_.data(), line.size());
  for (const char behind : {'}', ']', '"', ':', ',', '5', 'e', '\\', '\n', '\xff', '\0'}) {
    std::fill(buffer_.end() - line_padding, buffer_.end(), behind);
    line_ = decoder_.decode(padded, place == Place::first);
    const std::string outcome = outcome_of(line_);
    if (outcome_.empty()) outcome_ = outcome;
    if (outcome_ != outcome) outcome_ = "depends on its padding";
  }
}

std::string outcome_of(const Line& line) {
  switch (line.kind) {
    case LineKind::blank: return "blank";
    case LineKind::record: return "record";
    case LineKind::hello: return "hello";
    case LineKind::client_dropped: return "client_dropped";
    case LineKind::rejected: return "rejected(" + std::string(name(line.reject)) + ")";
    case LineKind::filtered: return "filtered(" + std::string(name(line.filter)) + ")";
  }
  return "unknown";
}

std::string outcome_of(std::string_view line, Place place) {
  return Decoding(line, place).outcome();
}

std::string line_with(const std::vector<Change>& changes) {
  std::vector<Change> fields{
      {"method", "\"GET\""}, {"endpoint", "\"/users/{id}\""}, {"status", "200"}, {"response_time", "12.5"}};
  for (const Change& change : changes) {
    const auto same = std::ranges::find(fields, change.first, &Change::first);
    if (same == fields.end())
      fields.push_back(change);
    else
      same->second = change.second;
  }
  std::string line = "{";
  for (const auto& [name, value] : fields) {
    if (value.empty()) continue;
    if (line.size() > 1) line += ',';
    line.append("\"").append(name).append("\":").append(value);
  }
  return line + "}";
}

std::string outcome_with(std::string_view field, std::string_view value) {
  return outcome_of(line_with({{field, value}}));
}

std::string nested(std::size_t depth, char open, char close) {
  return std::string(depth, open) + std::string(depth, close);
}

}  // namespace pannier::record
