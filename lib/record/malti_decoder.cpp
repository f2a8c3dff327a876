#include "record/malti_decoder.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "record/field_values.h"
#include "record/malti_values.h"

namespace pannier::record {
namespace {

using json::Reader;
using Kind = json::Reader::Kind;

// In the model's order, which is that of the mistakes.
enum Place : std::size_t {
  service,
  node,
  method,
  endpoint,
  status,
  response_time,
  consumer,
  context,
  created_at,
  none
};

struct Known {
  std::string_view name;
  Reject reason;
};
constexpr std::array<Known, none> fields{{{"service", Reject::service},
                                          {"node", Reject::node},
                                          {"method", Reject::method},
                                          {"endpoint", Reject::endpoint},
                                          {"status", Reject::status},
                                          {"response_time", Reject::response_time},
                                          {"consumer", Reject::consumer},
                                          {"context", Reject::context},
                                          {"created_at", Reject::created_at}}};

constexpr std::array<json::LikelyKey, none> likely_keys{
    json::LikelyKey("\"service\":"),  json::LikelyKey("\"node\":"),    json::LikelyKey("\"method\":"),
    json::LikelyKey("\"endpoint\":"), json::LikelyKey("\"status\":"),  json::LikelyKey("\"response_time\":"),
    json::LikelyKey("\"consumer\":"), json::LikelyKey("\"context\":"), json::LikelyKey("\"created_at\":")};

// 31 years: so much is still a number of nanoseconds for those who reckon with it.
constexpr std::int64_t longest_ms = 1'000'000'000'000;

constexpr std::string_view no_name =
    "Value error, a service's name has 1 to 100 characters, no control characters and no \"/\"";
constexpr MaltiFault no_unicode{
    "string_unicode", "Input should be a valid string, unable to parse raw data as a unicode string", {}};

// One comparison of the whole key, at most; each with a constant of its length.
Place place_of(std::string_view key) {
  const auto place_if = [key](std::string_view name, Place place) { return key == name ? place : none; };
  switch (key.size()) {
    case 4: return place_if("node", node);
    case 6: return key[0] == 'm' ? place_if("method", method) : place_if("status", status);
    case 7: return key[0] == 's' ? place_if("service", service) : place_if("context", context);
    case 8: return key[0] == 'e' ? place_if("endpoint", endpoint) : place_if("consumer", consumer);
    case 10: return place_if("created_at", created_at);
    case 13: return place_if("response_time", response_time);
    default: return none;
  }
}

bool needs_escape(char c) {
  return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20U;
}

constexpr std::uint64_t bit(Reject reason) {
  return 1ULL << static_cast<std::uint32_t>(reason);
}

bool is_within(std::int64_t value, std::int64_t least, std::int64_t most) {
  return value >= least && value <= most;
}

}  // namespace

bool MaltiDecoder::read(Reader& document) {
  static_assert(field_count == none);
  seen_ = 0;
  mistake_count_ = 0;
  faults_ = 0;
  unknown_ = changed_ = 0;
  doomed_ = has_own_text_ = false;
  record_ = Record{};
  record_.is_processed = true;
  if (arena_.capacity() != 0) arena_.reset();
  if (document.peek() == '{') {
    const char* const begin = document.place();
    if (!walk(document)) return false;
    judge({begin, static_cast<std::size_t>(document.place() - begin)});
    return true;
  }
  Reader::Value value;
  if (!document.value(value)) return false;
  mistakes_[mistake_count_++] = {{},
                                 "model_attributes_type",
                                 "Input should be a valid dictionary or object to extract fields from",
                                 {},
                                 value.raw};
  faults_ = bit(Reject::json);
  return true;
}

bool MaltiDecoder::walk(Reader& document) {
  bool more = false;
  if (!document.enter(more)) return false;
  for (std::size_t i = 0; more; ++i) {
    std::size_t place = none;
    if (!take_key(document, i % none, place)) return false;
    // Of keys that come twice the last one counts.
    if (!document.value(place == none ? ignored_ : given_[place]) || !document.next(more)) return false;
    seen_ |= 1U << place;
    unknown_ += place == none ? 1 : 0;
  }
  return true;
}

// Most elements have their keys in the order of the one before.
bool MaltiDecoder::take_key(Reader& document, std::size_t position, std::size_t& place) {
  place = order_[position];
  if (document.take(likely_keys[place])) return true;
  Reader::Value key;
  if (!document.key(key)) return false;
  bool has_half = false;
  place = place_of(key.escaped ? written(key, has_half) : key.inside());
  if (place != none) order_[position] = static_cast<std::uint8_t>(place);
  return true;
}

void MaltiDecoder::judge(std::string_view element) {
  judge_text(service, true, element, record_.service);
  judge_text(node, false, element, record_.node);
  judge_text(method, true, element, record_.method);
  judge_text(endpoint, true, element, record_.endpoint);
  const std::int64_t code = judge_whole(status, element);
  const std::int64_t ms = judge_whole(response_time, element);
  judge_text(consumer, true, element, record_.consumer);
  judge_text(context, false, element, record_.context);
  judge_time();
  using Code = std::numeric_limits<std::int32_t>;
  using Small = std::numeric_limits<std::int16_t>;
  record_.status = static_cast<std::int32_t>(std::clamp<std::int64_t>(code, Code::min(), Code::max()));
  record_.response_ms = static_cast<double>(std::clamp(ms, -longest_ms, longest_ms));
  if (!is_within(code, Small::min(), Small::max()) || !is_within(ms, Code::min(), Code::max()))
    doomed_ = true;
}

void MaltiDecoder::note(std::size_t field, const MaltiFault& fault, std::string_view input) {
  mistakes_[mistake_count_++] = {fields[field].name, fault.type, fault.message, fault.error, input};
  faults_ |= bit(fields[field].reason);
}

void MaltiDecoder::judge_text(std::size_t field, bool required, std::string_view element,
                              std::string_view& out) {
  const Reader::Value& value = given_[field];
  if (!is_given(field)) {
    if (required) note(field, {"missing", "Field required", {}}, element);
    return;
  }
  if (value.kind == Kind::null && !required) return;
  if (value.kind != Kind::text)
    return note(field, {"string_type", "Input should be a valid string", {}}, value.raw);
  out = value.escaped ? set_right(value) : value.inside();
  if (field == service && !is_name(out)) note(field, {"value_error", no_name, {}}, value.raw);
}

std::int64_t MaltiDecoder::judge_whole(std::size_t field, std::string_view element) {
  const Reader::Value& value = given_[field];
  std::int64_t out = 0;
  if (!is_given(field)) {
    note(field, {"missing", "Field required", {}}, element);
    return 0;
  }
  bool has_half = false;
  const std::string_view text = value.kind == Kind::text ? written(value, has_half) : std::string_view();
  const MaltiFault fault = has_half ? no_unicode : read_whole(value, text, out);
  if (fault) note(field, fault, value.raw);
  return out;
}

void MaltiDecoder::judge_time() {
  const Reader::Value& value = given_[created_at];
  if (!is_given(created_at) || value.kind == Kind::null) return;
  bool has_half = false;
  const std::string_view text = value.kind == Kind::text ? written(value, has_half) : std::string_view();
  const MaltiFault fault = has_half ? no_unicode : read_time(value, text, record_.created_at);
  if (fault) return note(created_at, fault, value.raw);
  record_.has_created_at = true;
  keep_in_calendar();
}

// Python's calendar ends there, and so does what we can write: an offset may lead a day beyond.
void MaltiDecoder::keep_in_calendar() {
  using namespace std::chrono;
  constexpr SystemTime first{sys_days{year(1) / January / 1}};
  constexpr SystemTime last{sys_days{year(10000) / January / 1} - microseconds(1)};
  const SystemTime kept = std::clamp(record_.created_at, first, last);
  if (kept != record_.created_at) doomed_ = true;
  record_.created_at = kept;
}

std::string_view MaltiDecoder::written(const Reader::Value& value, bool& has_half) {
  if (!value.escaped) return value.inside();
  has_own_text_ = true;
  char* const begin = arena_.claim(value.inside().size());
  return {begin, static_cast<std::size_t>(json::unescape_to(begin, value.inside(), has_half) - begin)};
}

// As Malti's cleaner does: NUL and CR go, LF is a space.
std::string_view MaltiDecoder::set_right(const Reader::Value& value) {
  bool changed = false;
  const std::string_view text = written(value, changed);
  char* const begin = const_cast<char*>(text.data());  // our own, in the arena
  char* out = begin;
  for (const char c : text) {
    const bool goes = c == '\0' || c == '\r';
    if (!goes) *out++ = c == '\n' ? ' ' : c;
    changed = changed || goes || c == '\n';
  }
  const std::string_view right(begin, static_cast<std::size_t>(out - begin));
  if (changed) ++changed_;
  if (std::ranges::any_of(right, needs_escape)) record_.is_plain = false;
  return right;
}

Reject MaltiDecoder::reject() const {
  return static_cast<Reject>(std::countr_zero(faults_));
}

}  // namespace pannier::record
