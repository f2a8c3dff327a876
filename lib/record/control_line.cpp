#include "record/control_line.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "record/field_values.h"

namespace pannier::record {
namespace {

namespace dom = simdjson::dom;

Line rejected(Reject reason) {
  return {.kind = LineKind::rejected, .reject = reason};
}

// An absent or null member leaves `out` as it is; false where it has another type.
template <typename T, typename Out>
bool optional_member(dom::object object, std::string_view key, Out& out) {
  dom::element member;
  if (object.at_key(key).get(member) || member.is_null()) return true;
  T value{};
  if (member.get(value)) return false;
  out = Out(value);
  return true;
}

bool is_name_or_absent(const std::string& text) {
  return text.empty() || is_name(text);
}

bool is_given_empty(dom::object object, std::string_view key) {
  std::string_view text;
  return !object.at_key(key).get(text) && text.empty();
}

bool knows(const Resource& resource, std::string_view name) {
  return std::ranges::any_of(resource, [name](const auto& entry) { return entry.first == name; });
}

bool read_resource(dom::object hello, Resource& out) {
  dom::element member;
  if (hello.at_key("resource").get(member) || member.is_null()) return true;
  dom::object resource;
  if (member.get(resource)) return false;
  std::size_t bytes = 0;
  for (const dom::key_value_pair pair : resource) {
    std::string_view value;
    if (pair.value.get(value)) return false;
    bytes += pair.key.size() + value.size();
    if (bytes > longest_resource || out.size() == most_resource_names) return false;
    if (!pair.key.empty() && !knows(out, pair.key)) out.emplace_back(pair.key, value);
  }
  return true;
}

}  // namespace

bool is_control_key(std::string_view key) {
  static constexpr std::array<std::string_view, 5> keys{"hello", "welcome", "session", "ack",
                                                        "client_dropped"};
  return std::ranges::find(keys, key) != keys.end();
}

bool ControlReader::read_hello(dom::element content) {
  constexpr std::size_t longest_client = 100;
  hello_ = {};
  dom::object object;
  if (content.get(object)) return false;
  return optional_member<std::string_view>(object, "service", hello_.service) &&
         optional_member<std::string_view>(object, "node", hello_.node) &&
         optional_member<std::string_view>(object, "client", hello_.client) &&
         optional_member<bool>(object, "ack", hello_.ack) &&
         optional_member<std::uint64_t>(object, "again", hello_.again) &&
         read_resource(object, hello_.resource) && is_name_or_absent(hello_.service) &&
         !is_given_empty(object, "service") && is_name_or_absent(hello_.node) &&
         !is_given_empty(object, "node") && hello_.client.size() <= longest_client;
}

Line ControlReader::read(std::string_view line, std::string_view key, bool hello_allowed) {
  const bool is_hello = key == "hello";
  if (is_hello && !hello_allowed) return rejected(Reject::hello);
  const Reject fault = is_hello ? Reject::hello : Reject::control;
  dom::element root, content;
  if (has_bad_escape(line)) return rejected(fault);
  if (parser_.parse(line.data(), line.size(), false).get(root) || root.at_key(key).get(content))
    return rejected(fault);
  if (is_hello) return read_hello(content) ? Line{.kind = LineKind::hello} : rejected(fault);
  std::uint64_t dropped = 0;
  if (key != "client_dropped" || content.get(dropped)) return rejected(Reject::control);
  return {.kind = LineKind::client_dropped, .dropped_by_client = dropped};
}

}  // namespace pannier::record
