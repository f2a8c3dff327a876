#include "tests/doubles/otlp_reader.h"

#include <libdeflate.h>
#include <simdjson.h>

#include <bit>
#include <charconv>
#include <cstring>
#include <memory>
#include <protozero/pbf_message.hpp>

namespace pannier::doubles {

namespace {

namespace dom = simdjson::dom;
using protozero::pbf_reader;

struct Unreadable {};

void check(bool right) {
  if (!right) throw Unreadable{};
}

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char byte : bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    out += digits[static_cast<unsigned char>(byte) >> 4U];
    out += digits[static_cast<unsigned char>(byte) & 15U];
  }
  return out;
}

std::string real(double value) {
  std::array<char, 32> text{};
  return "double:" +
         std::string(text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr);
}

std::string value_of(pbf_reader any) {
  std::string value;
  while (any.next()) switch (any.tag()) {
      case 1: value = "string:" + any.get_string(); break;
      case 2: value = any.get_bool() ? "bool:true" : "bool:false"; break;
      case 3: value = "int:" + std::to_string(any.get_int64()); break;
      case 4: value = real(any.get_double()); break;
      default: throw Unreadable{};
    }
  return value;
}

void add_attribute(pbf_reader pair, OtlpAttributes& out) {
  std::string key, value;
  while (pair.next()) {
    if (pair.tag() == 1)
      key = pair.get_string();
    else
      value = value_of(pair.get_message());
  }
  check(!key.empty() && !value.empty() && out.emplace(key, value).second);
}

int code_of(pbf_reader status) {
  int code = 0;
  while (status.next()) {
    check(status.tag() == 3);
    code = status.get_enum();
  }
  return code;
}

OtlpSpan span_of(pbf_reader message) {
  OtlpSpan span;
  while (message.next()) switch (message.tag()) {
      case 1: span.trace = hex(message.get_string()); break;
      case 2: span.span = hex(message.get_string()); break;
      case 4: span.parent = hex(message.get_string()); break;
      case 5: span.name = message.get_string(); break;
      case 6: span.kind = message.get_enum(); break;
      case 7: span.start = message.get_fixed64(); break;
      case 8: span.end = message.get_fixed64(); break;
      case 9: add_attribute(message.get_message(), span.attributes); break;
      case 15: span.code = code_of(message.get_message()); break;
      default: throw Unreadable{};
    }
  return span;
}

void add_spans(pbf_reader resource_spans, std::string_view raw, std::vector<OtlpSpan>& out) {
  OtlpAttributes resource;
  while (resource_spans.next()) {
    const bool is_resource = resource_spans.tag() == 1;
    pbf_reader inner = resource_spans.get_message();
    if (is_resource) {
      while (inner.next()) add_attribute(inner.get_message(), resource);
      continue;
    }
    std::string scope;
    while (inner.next()) {
      const bool is_span = inner.tag() == 2;
      pbf_reader part = inner.get_message();
      if (is_span) {
        out.push_back(span_of(part));
        out.back().resource = resource;
        out.back().scope = scope;
        out.back().raw = raw;
      } else {
        check(part.next());
        scope = part.get_string();
      }
    }
  }
}

template <typename T>
T get(dom::element element) {
  T value{};
  check(element.get(value) == simdjson::SUCCESS);
  return value;
}

std::string text(dom::object object, const char* name) {
  dom::element found;
  if (object.at_key(name).get(found) != simdjson::SUCCESS) return {};
  return std::string(get<std::string_view>(found));
}

std::uint64_t number(dom::object object, const char* name) {
  std::uint64_t value = 0;
  const std::string digits = text(object, name);
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

OtlpAttributes attributes_of(dom::array list) {
  OtlpAttributes out;
  for (const dom::element each : list) {
    const auto pair = get<dom::object>(each);
    for (const auto [kind, value] : get<dom::object>(pair.at_key("value").value())) {
      std::string said;
      if (kind == "stringValue") said = "string:" + std::string(get<std::string_view>(value));
      if (kind == "boolValue") said = get<bool>(value) ? "bool:true" : "bool:false";
      if (kind == "intValue") said = "int:" + std::string(get<std::string_view>(value));
      if (kind == "doubleValue") said = real(get<double>(value));
      check(!said.empty() && out.emplace(text(pair, "key"), said).second);
    }
  }
  return out;
}

OtlpSpan span_of(dom::object object) {
  OtlpSpan span;
  span.trace = text(object, "traceId");
  span.span = text(object, "spanId");
  span.parent = text(object, "parentSpanId");
  span.name = text(object, "name");
  span.kind = static_cast<int>(get<std::int64_t>(object.at_key("kind").value()));
  span.start = number(object, "startTimeUnixNano");
  span.end = number(object, "endTimeUnixNano");
  span.attributes = attributes_of(get<dom::array>(object.at_key("attributes").value()));
  dom::object status;
  if (object.at_key("status").get(status) == simdjson::SUCCESS) {
    std::int64_t code = 0;
    if (status.at_key("code").get(code) != simdjson::SUCCESS) code = 0;
    span.code = static_cast<int>(code);
  }
  return span;
}

}  // namespace

std::optional<std::vector<OtlpSpan>> read_otlp_protobuf(std::string_view body) {
  std::vector<OtlpSpan> spans;
  try {
    pbf_reader request(body.data(), body.size());
    while (request.next()) {
      check(request.tag() == 1);  // before the value is taken: in a debug build the tag goes with it
      const protozero::data_view view = request.get_view();
      add_spans(pbf_reader(view), {view.data(), view.size()}, spans);
    }
  } catch (const protozero::exception&) {
    return std::nullopt;
  } catch (const Unreadable&) {
    return std::nullopt;
  }
  return spans;
}

std::optional<std::vector<OtlpSpan>> read_otlp_json(std::string_view body) {
  std::vector<OtlpSpan> spans;
  dom::parser parser;
  try {
    const dom::object root = parser.parse(body.data(), body.size());
    for (const dom::element each : get<dom::array>(root.at_key("resourceSpans").value())) {
      const auto whole = get<dom::object>(each);
      const dom::object resource = whole.at_key("resource");
      for (const dom::element scoped : get<dom::array>(whole.at_key("scopeSpans").value()))
        for (const dom::element span : get<dom::array>(get<dom::object>(scoped).at_key("spans").value())) {
          spans.push_back(span_of(get<dom::object>(span)));
          spans.back().resource = attributes_of(get<dom::array>(resource.at_key("attributes").value()));
          spans.back().scope =
              text(get<dom::object>(get<dom::object>(scoped).at_key("scope").value()), "name");
          spans.back().raw = simdjson::minify(each);
        }
    }
  } catch (const simdjson::simdjson_error&) {
    return std::nullopt;
  } catch (const Unreadable&) {
    return std::nullopt;
  }
  return spans;
}

std::optional<std::string> unpacked(std::string_view gzip) {
  constexpr std::uint32_t most = 64U << 20U;
  std::uint32_t said = 0;  // the last four bytes say how long it was
  if (gzip.size() < sizeof said) return std::nullopt;
  std::memcpy(&said, gzip.data() + gzip.size() - sizeof said, sizeof said);
  std::string room(std::min(said, most), '\0');
  const std::unique_ptr<libdeflate_decompressor, void (*)(libdeflate_decompressor*)> tool(
      libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
  std::size_t size = 0;
  const auto done =
      libdeflate_gzip_decompress(tool.get(), gzip.data(), gzip.size(), room.data(), room.size(), &size);
  if (done != LIBDEFLATE_SUCCESS) return std::nullopt;
  room.resize(size);
  return room;
}

}  // namespace pannier::doubles
