#include "record/line_decoder.h"

#include <simdjson.h>

#include <bit>
#include <cmath>
#include <cstring>

#include "base/json.h"
#include "record/control_line.h"
#include "record/field_values.h"
#include "record/fields.h"
#include "record/nested.h"
#include "record/time_text.h"

namespace pannier::record {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::uint32_t bit(Field field) {
  return 1U << static_cast<std::uint32_t>(field);
}
constexpr std::uint64_t bit(Reject reason) {
  return 1ULL << static_cast<std::uint32_t>(reason);
}

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

std::string_view without_space_behind(std::string_view token) {
  while (!token.empty() && is_space(token.back())) token.remove_suffix(1);
  return token;
}

// Of what stands behind a text's opening quote, all before the closing one.
std::string_view raw_text_at(std::string_view rest) {
  std::size_t close = 0;
  for (; close < rest.size() && rest[close] != '"'; ++close)
    if (rest[close] == '\\') ++close;
  return rest.substr(0, close);
}

}  // namespace

struct LineDecoder::Impl {
  ondemand::parser parser;
  HeaderReader request_headers, response_headers;
  AttributeReader attributes;
  NestedChecker nested;
  ControlReader control;
  Record record;

  // Of the line at hand.
  std::string_view line;
  bool has_escape = false;   // a backslash somewhere: strings may need the slow way
  std::uint32_t seen = 0;    // known fields, null or not
  std::uint64_t faults = 0;  // bits of Reject
  std::uint32_t unknown = 0;
  std::string_view only_control_key;  // of a line whose keys so far are a control line's
  int status = 0;
  bool has_status = false, has_response_time = false, has_started_at = false;
  SystemTime started_at{};

  Line decode(std::string_view text, bool hello_allowed);
  void begin(std::string_view text);
  bool walk();
  bool take(std::string_view key, ondemand::value& value);
  bool take_known(Field field, ondemand::value& value, std::string_view token);
  bool take_unknown(std::string_view key, ondemand::value& value, std::string_view token);
  bool raw_of(ondemand::value& value, std::string_view token, std::string_view& raw);
  bool text(Field field, ondemand::value& value, std::string_view token, std::string_view& out);
  bool number(Field field, ondemand::value& value, std::string_view token, std::optional<double>& out);
  bool time(Field field, ondemand::value& value, std::string_view token, SystemTime& out, bool& given);
  bool name_text(Field field, ondemand::value& value, std::string_view token, std::string_view& out);
  bool hex(Field field, ondemand::value& value, std::string_view token, std::span<std::uint8_t> out);
  bool response_time(Field field, ondemand::value& value, std::string_view token);
  bool object(Field field, ondemand::value& value, std::string_view token);
  bool body(Field field, ondemand::value& value, std::string_view token);
  bool wrong_type(Field field, ondemand::value& value, std::string_view token);
  void fault(Field field) { faults |= bit(reject_for(field)); }
  Line finish();
  void settle_times();
};

void LineDecoder::Impl::begin(std::string_view text) {
  record = Record{};
  line = text;
  has_escape = std::memchr(text.data(), '\\', text.size()) != nullptr;
  record.is_plain = !has_escape;
  seen = 0;
  faults = 0;
  unknown = 0;
  only_control_key = {};
  has_status = has_response_time = has_started_at = false;
}

Line LineDecoder::Impl::decode(std::string_view text, bool hello_allowed) {
  std::size_t at = 0;
  while (at < text.size() && is_space(text[at])) ++at;
  if (at == text.size()) return {};
  begin(text);
  if (!walk()) {
    const bool utf8 = simdjson::validate_utf8(text.data(), text.size());
    return {.kind = LineKind::rejected, .reject = utf8 ? Reject::json : Reject::utf8};
  }
  if (!only_control_key.empty() && seen == 0) return control.read(text, only_control_key, hello_allowed);
  return finish();
}

// True where the line is one whole JSON object; what is wrong within fields is in `faults`.
bool LineDecoder::Impl::walk() {
  ondemand::document document;
  ondemand::object root;
  const simdjson::padded_string_view padded(line.data(), line.size(), line.size() + line_padding);
  if (parser.iterate(padded).get(document) || document.get_object().get(root)) return false;
  const char* const end = line.data() + line.size();
  for (auto field : root) {
    ondemand::raw_json_string raw_key;
    ondemand::value value;
    if (field.key().get(raw_key)) return false;
    const char* begin_of_key = raw_key.raw();
    const auto* quote = static_cast<const char*>(
        std::memchr(begin_of_key, '"', static_cast<std::size_t>(end - begin_of_key)));
    if (quote == nullptr) return false;
    std::string_view key(begin_of_key, static_cast<std::size_t>(quote - begin_of_key));
    if (has_escape && key.find('\\') != std::string_view::npos && field.unescaped_key().get(key)) {
      key = raw_text_at({begin_of_key, static_cast<std::size_t>(end - begin_of_key)});
      // Half a surrogate pair is JSON all the same, and no field of ours.
      if (!json::is_value({key.data() - 1, key.size() + 2})) return false;
    }
    if (field.value().get(value) || !take(key, value)) return false;
  }
  // Behind the object there is nothing: On-Demand itself would not look.
  return document.current_location().error() == simdjson::OUT_OF_BOUNDS;
}

bool LineDecoder::Impl::take(std::string_view key, ondemand::value& value) {
  const std::string_view raw = value.raw_json_token();  // to the next token
  const std::string_view token = without_space_behind(raw);
  if (token.empty()) return false;
  // On-Demand would take a text before a colon for a key, and skip what follows with it.
  if (token[0] == '"' && *(raw.data() + raw.size()) == ':') return false;
  const Field field = field_named(key);
  if (field == Field::unknown) return take_unknown(key, value, token);
  if ((seen & bit(field)) != 0) faults |= bit(Reject::duplicate);
  seen |= bit(field);
  return token == "null" || take_known(field, value, token);
}

bool LineDecoder::Impl::take_known(Field field, ondemand::value& value, std::string_view token) {
  switch (field) {
    case Field::service: return name_text(field, value, token, record.service);
    case Field::node: return name_text(field, value, token, record.node);
    case Field::method: return text(field, value, token, record.method);
    case Field::endpoint: return text(field, value, token, record.endpoint);
    case Field::path: return text(field, value, token, record.path);
    case Field::consumer: return text(field, value, token, record.consumer);
    case Field::context: return text(field, value, token, record.context);
    case Field::client_ip: return text(field, value, token, record.client_ip);
    case Field::status: {
      std::optional<double> given;
      if (!number(field, value, token, given)) return false;
      if (!given) return true;
      has_status = true;
      status = *given >= -1 && *given <= 599 ? static_cast<int>(*given) : -2;
      if (status != *given || (status > 0 && status < 100) || status < -1) fault(field);
      return true;
    }
    case Field::response_time:
    case Field::response_time_s:
    case Field::response_time_us: return response_time(field, value, token);
    case Field::created_at: return time(field, value, token, record.created_at, record.has_created_at);
    case Field::started_at: return time(field, value, token, started_at, has_started_at);
    case Field::trace_id: return hex(field, value, token, record.trace);
    case Field::span_id: return hex(field, value, token, record.span);
    case Field::parent_span_id: return hex(field, value, token, record.parent);
    case Field::request_body:
    case Field::response_body: return body(field, value, token);
    case Field::request_body_cut:
    case Field::response_body_cut:
      if (token == "true" || token == "false") return true;
      return wrong_type(field, value, token);
    default: return object(field, value, token);
  }
}

bool LineDecoder::Impl::take_unknown(std::string_view key, ondemand::value& value, std::string_view token) {
  if (unknown == 0 && is_control_key(key))
    only_control_key = key;
  else if (only_control_key != "ack" || (key != "rejected" && key != "filtered"))
    only_control_key = {};
  ++unknown;
  std::string_view raw;
  return raw_of(value, token, raw) && json::is_value(raw);
}

// The whole text of a value, brackets and all.
bool LineDecoder::Impl::raw_of(ondemand::value& value, std::string_view token, std::string_view& raw) {
  raw = token;
  if (token[0] == '{') {
    ondemand::object inside;
    return !value.get_object().get(inside) && !inside.raw_json().get(raw);
  }
  if (token[0] == '[') {
    ondemand::array inside;
    return !value.get_array().get(inside) && !inside.raw_json().get(raw);
  }
  return true;
}

// A value of a known field that can't be what the field is: its fault, unless it is no JSON at all.
bool LineDecoder::Impl::wrong_type(Field field, ondemand::value& value, std::string_view token) {
  fault(field);
  std::string_view raw;
  return raw_of(value, token, raw) && (json::is_value(raw) || is_not_a_number_word(raw));
}

bool LineDecoder::Impl::text(Field field, ondemand::value& value, std::string_view token,
                             std::string_view& out) {
  if (token[0] != '"') return wrong_type(field, value, token);
  if (token.size() < 2 || token.back() != '"') return false;
  out = token.substr(1, token.size() - 2);
  if (!has_escape || out.find('\\') == std::string_view::npos) return true;
  if (!json::is_value(token)) return false;
  if (has_bad_escape(out) || value.get_string().get(out)) {
    out = {};
    fault(field);
  }
  return true;
}

bool LineDecoder::Impl::name_text(Field field, ondemand::value& value, std::string_view token,
                                  std::string_view& out) {
  if (!text(field, value, token, out)) return false;
  if (!is_name(out)) fault(field);
  return true;
}

bool LineDecoder::Impl::number(Field field, ondemand::value& value, std::string_view token,
                               std::optional<double>& out) {
  if (token[0] == '"') {
    std::string_view decimal;
    if (!text(field, value, token, decimal)) return false;
    out = parse_decimal_text(decimal);
  } else {
    out = parse_number_token(token);
    if (!out) return wrong_type(field, value, token);
  }
  if (!out) fault(field);
  return true;
}

bool LineDecoder::Impl::response_time(Field field, ondemand::value& value, std::string_view token) {
  constexpr double longest_ms = 2147483647;
  std::optional<double> given;
  if (!number(field, value, token, given)) return false;
  if (!given) return true;
  if (has_response_time) fault(field);
  has_response_time = true;
  record.response_ms = field == Field::response_time     ? *given
                       : field == Field::response_time_s ? *given * 1000
                                                         : *given / 1000;
  record.response_ms += 0.0;  // minus nothing is nothing
  if (!(record.response_ms >= 0 && record.response_ms <= longest_ms)) fault(field);
  return true;
}

bool LineDecoder::Impl::time(Field field, ondemand::value& value, std::string_view token, SystemTime& out,
                             bool& given) {
  std::optional<SystemTime> parsed;
  if (token[0] == '"') {
    std::string_view written;
    if (!text(field, value, token, written)) return false;
    parsed = parse_iso8601(written);
    const auto epoch = parsed ? std::nullopt : parse_decimal_text(written);
    if (epoch) parsed = from_epoch_seconds(*epoch);
  } else {
    const auto epoch = parse_number_token(token);
    if (!epoch) return wrong_type(field, value, token);
    parsed = from_epoch_seconds(*epoch);
  }
  given = parsed && is_in_range(*parsed);
  if (given)
    out = *parsed;
  else
    fault(field);
  return true;
}

bool LineDecoder::Impl::hex(Field field, ondemand::value& value, std::string_view token,
                            std::span<std::uint8_t> out) {
  std::string_view digits;
  if (!text(field, value, token, digits)) return false;
  if (!digits.empty() && !parse_hex(digits, out)) fault(field);
  return true;
}

bool LineDecoder::Impl::body(Field field, ondemand::value& value, std::string_view token) {
  std::string_view raw;
  if (token[0] != '"' && token[0] != '{' && token[0] != '[') return wrong_type(field, value, token);
  if (!raw_of(value, token, raw) || !json::is_value(raw)) return false;
  if (has_escape && has_bad_escape(raw)) fault(field);
  return true;
}

bool LineDecoder::Impl::object(Field field, ondemand::value& value, std::string_view token) {
  std::string_view raw;
  if (token[0] != '{') return wrong_type(field, value, token);
  if (!raw_of(value, token, raw) || !json::is_value(raw)) return false;
  bool good = !has_escape || !has_bad_escape(raw);
  if (good) switch (field) {
      case Field::request_headers: good = request_headers.read(raw); break;
      case Field::response_headers: good = response_headers.read(raw); break;
      case Field::error: good = nested.is_error(raw); break;
      default: good = attributes.read(raw);
    }
  if (!good) fault(field);
  if (good && field == Field::request_headers) record.request_headers = request_headers.headers();
  if (good && field == Field::response_headers) record.response_headers = response_headers.headers();
  if (good && field == Field::attributes) record.attributes = attributes.attributes();
  return true;
}

void LineDecoder::Impl::settle_times() {
  if (record.has_created_at || !has_started_at) return;
  record.created_at = started_at + std::chrono::microseconds(std::llround(record.response_ms * 1000));
  record.has_created_at = is_in_range(record.created_at);
  if (!record.has_created_at) fault(Field::started_at);
}

Line LineDecoder::Impl::finish() {
  record.endpoint = without_query(record.endpoint);
  record.path = record.path.substr(0, record.path.find('?'));
  const auto faulty = [this](Reject reason) { return (faults & bit(reason)) != 0; };
  if (record.method.empty()) faults |= bit(Reject::method);
  if (record.endpoint.empty() && record.path.empty() && !faulty(Reject::path))
    faults |= bit(Reject::endpoint);
  if (!has_status) faults |= bit(Reject::status);
  if (!has_response_time) faults |= bit(Reject::response_time);
  if (faults == 0) settle_times();
  if (faults != 0)
    return {.kind = LineKind::rejected,
            .reject = static_cast<Reject>(std::countr_zero(faults)),
            .unknown_fields = unknown};
  if (status <= 0)
    return {.kind = LineKind::filtered, .filter = Filter::no_response, .unknown_fields = unknown};
  record.status = status;
  return {.kind = LineKind::record, .unknown_fields = unknown};
}

LineDecoder::LineDecoder() : impl_(std::make_unique<Impl>()) {}
LineDecoder::~LineDecoder() = default;
Line LineDecoder::decode(std::string_view line, bool hello_allowed) {
  return impl_->decode(line, hello_allowed);
}
Record& LineDecoder::record() {
  return impl_->record;
}
const Hello& LineDecoder::hello() const {
  return impl_->control.hello();
}

}  // namespace pannier::record
