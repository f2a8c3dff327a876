#include "net/http_rules.h"

#include <algorithm>

#include "base/text.h"
#include "net/ip_address.h"

namespace pannier::net {
namespace {

std::vector<std::string_view> values_of(const HttpHead& head, std::string_view name) {
  std::vector<std::string_view> values;
  for (const auto& [each, value] : head.headers)
    if (text::equal_ignoring_case(each, name)) values.push_back(text::trimmed(value));
  return values;
}

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// Without its port; empty where that is none.
std::string_view without_port(std::string_view host) {
  const std::size_t colon = host.rfind(':');
  const std::size_t bracket = host.rfind(']');
  const bool has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  if (!has_port) return host;
  return is_port(host.substr(colon + 1)) ? host.substr(0, colon) : std::string_view();
}

bool is_known_host(const HttpHead& head, const std::vector<std::string>& hosts) {
  const auto values = values_of(head, "host");
  if (values.size() != 1) return false;
  const std::string host = text::lower(without_port(values.front()));
  return host == "localhost" || is_ip_literal(host) || std::ranges::count(hosts, host) > 0;
}

bool is_known_origin(const HttpHead& head, const std::vector<std::string>& origins) {
  return std::ranges::all_of(values_of(head, "origin"), [&](std::string_view origin) {
    return std::ranges::count(origins, text::lower(origin)) > 0;
  });
}

bool is_of_type(const HttpHead& head, std::string_view wanted) {
  const auto types = values_of(head, "content-type");
  return types.size() == 1 && is_media_type(types.front(), wanted);
}

// Proxies may have joined several into one header.
bool names(std::string_view list, std::string_view id) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    if (text::trimmed(list.substr(0, end)) == id) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

bool comes_from_ourselves(const HttpHead& head, const std::string& id) {
  if (id.empty()) return false;
  return std::ranges::any_of(values_of(head, "x-pannier-via"),
                             [&](std::string_view value) { return names(value, id); });
}

}  // namespace

std::optional<ServerResponse> refusal(const HttpHead& head, const HttpRules& rules) {
  const bool has_two_ends =
      !values_of(head, "content-length").empty() && !values_of(head, "transfer-encoding").empty();
  if (has_two_ends) return plain_answer(400, "Content-Length and Transfer-Encoding at once");
  if (!head.target.starts_with('/')) return plain_answer(400, "the target is no path");
  if (!is_known_host(head, rules.hosts))
    return plain_answer(421, "the Host header must be one, an IP address, localhost or a name in `hosts`");
  if (!is_known_origin(head, rules.origins))
    return plain_answer(403, "pages of this Origin are not listened to");
  if (comes_from_ourselves(head, rules.own_via))
    return plain_answer(508, "this request comes from the daemon that it came to");
  if (head.method == "POST" && !rules.media_type.empty() && !is_of_type(head, rules.media_type))
    return plain_answer(415, "the Content-Type must be " + rules.media_type);
  return std::nullopt;
}

bool is_media_type(std::string_view value, std::string_view wanted) {
  return text::equal_ignoring_case(text::trimmed(value.substr(0, value.find(';'))), wanted);
}

std::string_view path_of(std::string_view target) {
  return target.substr(0, target.find('?'));
}

ServerResponse plain_answer(int status, std::string_view sentence) {
  return {status, "text/plain; charset=utf-8", std::string(sentence) + "\n"};
}

}  // namespace pannier::net
