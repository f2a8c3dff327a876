#include "process/forwarded.h"

#include <algorithm>
#include <ranges>

#include "base/text.h"
#include "process/headers.h"

namespace pannier::process {
namespace {

constexpr std::string_view forwarded_for = "x-forwarded-for";

bool is_port(std::string_view text) {
  return text.starts_with(':') && text.size() > 1 &&
         text.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

// "1.2.3.4:55" → "1.2.3.4", "[::1]:80" → "::1": proxies write both.
std::string_view without_port(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return text;
    const std::string_view rest = text.substr(close + 1);
    return rest.empty() || is_port(rest) ? text.substr(1, close - 1) : text;
  }
  const std::size_t colon = text.find(':');
  const bool is_v4 = colon != std::string_view::npos && text.find('.') < colon;
  return is_v4 && is_port(text.substr(colon)) ? text.substr(0, colon) : text;
}

Client first_of(const record::Record& record) {
  const std::string_view list = header(record, forwarded_for);
  const std::string_view forwarded = text::trimmed(list.substr(0, list.find(',')));
  if (is_address(forwarded)) return {forwarded, true};
  const std::string_view client = text::trimmed(record.client_ip);
  return is_address(client) ? Client{client} : Client{};
}

// Goes on from `found` along one header, from its end; true where the walk is over.
bool walk(std::string_view list, const Networks& trusted, Client& found) {
  while (!list.empty()) {
    const std::size_t comma = list.rfind(',');
    const std::size_t begin = comma == std::string_view::npos ? 0 : comma + 1;
    const std::string_view text = without_port(text::trimmed(list.substr(begin)));
    const auto address = parse_address(text);
    if (!address) return true;
    found = {text, true};
    if (!trusted.contain(*address)) return true;
    list = list.substr(0, begin == 0 ? 0 : begin - 1);
  }
  return false;
}

Client last_untrusted(const record::Record& record, const Networks& trusted) {
  const std::string_view peer = without_port(text::trimmed(record.client_ip));
  Client found;
  if (!peer.empty()) {
    const auto address = parse_address(peer);
    if (!address) return {};  // a header from somebody unknown is nobody's word
    found = {peer};
    if (!trusted.contain(*address)) return found;
  }
  for (const record::Header& each : std::views::reverse(record.request_headers))
    if (text::equal_ignoring_case(each.name, forwarded_for) && walk(each.value, trusted, found)) break;
  return found;
}

}  // namespace

Client client_of(const record::Record& record, const Networks& trusted) {
  return trusted.empty() ? first_of(record) : last_untrusted(record, trusted);
}

}  // namespace pannier::process
