#include "record/nested.h"

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

bool NestedChecker::is_attributes(std::string_view raw) {
  return each_member(parser_, raw, [](std::string_view, ondemand::value& value) {
    return !is_type(value, ondemand::json_type::object) && !is_type(value, ondemand::json_type::array);
  });
}

}  // namespace pannier::record
