#include "record/nested.h"

#include <charconv>

#include "record/line_decoder.h"

namespace pannier::record {
namespace {

namespace ondemand = simdjson::ondemand;

// Calls visit(key, value) for each member until it says false.
template <typename Visit>
bool each_member(ondemand::parser& parser, std::string_view raw, Visit&& visit) {
  ondemand::document document;
  ondemand::object object;
  const simdjson::padded_string_view padded(raw.data(), raw.size(), raw.size() + line_padding);
  if (parser.iterate(padded).get(document) || document.get_object().get(object)) return false;
  for (auto field : object) {
    std::string_view key;
    ondemand::value value;
    if (field.unescaped_key().get(key) || field.value().get(value)) return false;
    if (!visit(key, value)) return false;
  }
  return true;
}

bool is_type(ondemand::value& value, ondemand::json_type wanted) {
  ondemand::json_type type{};
  return !value.type().get(type) && type == wanted;
}

// Whole numbers stay whole; what is beyond both types stays text.
decltype(Attribute::value) number_in(std::string_view token) {
  token = token.substr(0, token.find_first_of(" \t\r\n"));
  const char* const end = token.data() + token.size();
  std::int64_t whole = 0;
  if (const auto read = std::from_chars(token.data(), end, whole); read.ec == std::errc() && read.ptr == end)
    return whole;
  double real = 0;
  if (const auto read = std::from_chars(token.data(), end, real); read.ec == std::errc() && read.ptr == end)
    return real;
  return token;
}

}  // namespace

bool HeaderReader::read(std::string_view raw) {
  headers_.clear();
  return each_member(parser_, raw, [&](std::string_view name, ondemand::value& value) {
    std::string_view text;
    if (!is_type(value, ondemand::json_type::string) || value.get_string().get(text)) return false;
    headers_.push_back({name, text});
    return true;
  });
}

bool NestedChecker::is_error(std::string_view raw) {
  return each_member(parser_, raw, [](std::string_view name, ondemand::value& value) {
    if (name != "type" && name != "message" && name != "stack") return true;
    return is_type(value, ondemand::json_type::string) || is_type(value, ondemand::json_type::null);
  });
}

bool AttributeReader::read(std::string_view raw) {
  attributes_.clear();
  return each_member(parser_, raw, [&](std::string_view name, ondemand::value& value) {
    ondemand::json_type type{};
    if (value.type().get(type) || type == ondemand::json_type::object || type == ondemand::json_type::array)
      return false;
    if (type == ondemand::json_type::null) return true;
    Attribute& attribute = attributes_.emplace_back(Attribute{name, {}});
    if (type == ondemand::json_type::string) return !value.get_string().get(attribute.value.emplace<0>());
    if (type == ondemand::json_type::boolean) return !value.get_bool().get(attribute.value.emplace<3>());
    attribute.value = number_in(value.raw_json_token());
    return true;
  });
}

}  // namespace pannier::record
