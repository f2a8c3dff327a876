#include "config/expectation.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <vector>

#include "base/reasons.h"
#include "base/text.h"
#include "record/time_text.h"

namespace pannier::config {
namespace {

using Names = std::span<const std::string_view>;
// The value, or a sentence behind it that says what is wrong.
using Spelt = std::variant<Expectation, std::string>;

constexpr std::array<std::string_view, 15> names{
    "rejected", "filtered",  "service", "node",          "method",     "endpoint", "consumer",   "context",
    "status",   "client_ip", "malti",   "response_time", "created_at", "local",    "multiplayer"};

bool is_among(std::string_view text, Names among) {
  return std::ranges::find(among, text) != among.end();
}

std::optional<double> number_of(std::string_view text) {
  double number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = fault == std::errc() && end == text.data() + text.size();
  return whole && std::isfinite(number) ? std::optional(number) : std::nullopt;
}

std::string status_of(std::string_view text, std::string& fault) {
  constexpr double most = 1e9;
  const auto number = number_of(text);
  if (number && *number == std::trunc(*number) && std::fabs(*number) < most)
    return std::to_string(static_cast<int>(*number));
  fault = " is no status; write 200";
  return {};
}

std::string response_time_of(std::string_view text, std::string& fault) {
  constexpr double longest = 2147483647;
  const auto number = number_of(text);
  if (number && *number >= 0 && *number <= longest) return milliseconds_text(*number);
  fault = " is no time in milliseconds; write 12 or 12.5";
  return {};
}

std::string created_at_of(std::string_view text, std::string& fault) {
  std::array<char, record::utc_text_bytes> utc{};
  if (const auto time = record::parse_iso8601(text))
    return {utc.data(), record::write_utc(utc.data(), *time)};
  fault = " is no time; write 2026-01-01T12:00:00Z";
  return {};
}

std::string reason_of(std::string_view text, Names reasons, std::string& fault) {
  if (!is_among(text, reasons)) fault = " is no reason; " + one_of(text, reasons);
  return std::string(text);
}

// A lane's name, the reason why the destination leaves the record out, or off.
std::string fate_of(std::string_view destination, std::string_view text, std::string& fault) {
  const std::string lane = destination == "malti"   ? "malti/orders"
                           : destination == "local" ? "local"
                                                    : "multiplayer/traces";
  constexpr std::string_view malti_lanes = "malti/";
  const bool is_malti =
      destination == "malti" && text.starts_with(malti_lanes) && text.size() > malti_lanes.size();
  if (is_malti || text == "off" || text == lane || is_among(text, reasons::left_out))
    return std::string(text);
  std::vector<std::string_view> known(reasons::left_out.begin(), reasons::left_out.end());
  known.emplace_back(lane);
  const std::string_view near = text::nearest(text, known);
  fault = " is neither a lane nor a reason; " +
          (near.empty() ? "write " + lane + ", off, or why it is left out, as clean_mode"
                        : "did you mean " + std::string(near) + "?");
  return {};
}

std::string value_of(std::string_view subject, std::string_view text, std::string& fault) {
  if (subject == "rejected") return reason_of(text, reasons::reject, fault);
  if (subject == "filtered") return reason_of(text, reasons::filter, fault);
  if (subject == "status") return status_of(text, fault);
  if (subject == "response_time") return response_time_of(text, fault);
  if (subject == "created_at") return created_at_of(text, fault);
  if (subject == "malti" || subject == "multiplayer" || subject == "local")
    return fate_of(subject, text, fault);
  return std::string(text);
}

}  // namespace

std::span<const std::string_view> expectation_names() {
  return names;
}

std::variant<Expectation, std::string> read_expectation(const Entry& entry) {
  if (entry.value.kind != Written::Kind::scalar) return "expected a single value; put a text into quotes";
  std::string fault;
  std::string value = value_of(entry.key, entry.value.text, fault);
  if (!fault.empty()) return quoted(entry.value.text) + fault;
  return Expectation{entry.key, std::move(value), entry.place};
}

std::string milliseconds_text(double milliseconds) {
  std::array<char, 64> buffer{};
  const auto [end, fault] = std::to_chars(buffer.data(), buffer.data() + buffer.size(),
                                          std::round(milliseconds * 1000) / 1000, std::chars_format::fixed);
  return fault == std::errc() ? std::string(buffer.data(), end) : "?";
}

std::string one_of(std::string_view text, std::span<const std::string_view> among) {
  const std::string_view near = text::nearest(text, among);
  if (!near.empty()) return "did you mean " + std::string(near) + "?";
  std::string out = "write ";
  for (std::size_t i = 0; i < among.size(); ++i)
    out.append(i == 0 ? "" : i + 1 == among.size() ? " or " : ", ").append(among[i]);
  return out;
}

}  // namespace pannier::config
