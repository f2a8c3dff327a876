#include "deliver/otlp/names.h"

#include <algorithm>
#include <array>

namespace pannier::deliver::otlp {
namespace {

constexpr std::array<std::string_view, 10> span_names{
    "http.request.method",       "http.method",      "http.route",     "url.path",         "http.target",
    "http.response.status_code", "http.status_code", "client.address", "pannier.consumer", "pannier.context"};

constexpr std::array<std::string_view, 3> withheld{"url.query", "exception.message", "exception.stacktrace"};
constexpr std::array<std::string_view, 5> withheld_below{"http.request.header.", "http.response.header.",
                                                         "multiplayer.http.", "multiplayer.rpc.",
                                                         "multiplayer.messaging."};

bool is_withheld(std::string_view name) {
  return std::ranges::find(withheld, name) != withheld.end() ||
         std::ranges::any_of(withheld_below, [name](auto below) { return name.starts_with(below); });
}

}  // namespace

bool is_own_resource_name(std::string_view name) {
  return name == "service.name" || name == "service.instance.id";
}

bool says(const record::Resource& resource, std::string_view name) {
  return std::ranges::any_of(resource, [name](const auto& entry) { return entry.first == name; });
}

std::optional<record::Attribute> sendable(const record::Attribute& attribute) {
  const std::string_view name = attribute.name;
  if (name.empty() || is_withheld(name) || std::ranges::find(span_names, name) != span_names.end())
    return std::nullopt;
  record::Attribute sent = attribute;
  if (name == "http.url" || name == "url.full")
    if (auto* url = std::get_if<std::string_view>(&sent.value)) *url = url->substr(0, url->find('?'));
  return sent;
}

}  // namespace pannier::deliver::otlp
