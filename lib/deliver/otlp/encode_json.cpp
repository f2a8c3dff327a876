// The same as OTLP/JSON: ids in hex, 64-bit numbers as text, lowerCamelCase; a comma behind each fragment.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "base/json.h"
#include "deliver/otlp/encode.h"

namespace pannier::deliver::otlp {
namespace {

// Everything but the texts: names, punctuation, numbers, ids.
constexpr std::size_t frame_bytes = 1536;
constexpr std::size_t frame_of_an_attribute = 80;
constexpr std::size_t longest_number = 32;
constexpr std::size_t longest_escape = 6;

// Writes a fragment by plain pointer; the room was claimed for the worst case.
class Pen {
 public:
  Pen(char* at, bool plain) : at_(at), plain_(plain) {}

  [[nodiscard]] const char* end() const { return at_; }
  template <std::size_t N>
  void literal(const char (&text)[N]) {
    std::memcpy(at_, text, N - 1);
    at_ += N - 1;
  }
  void raw(std::string_view bytes) {
    if (!bytes.empty()) std::memcpy(at_, bytes.data(), bytes.size());
    at_ += bytes.size();
  }
  void escaped(std::string_view value) { at_ = json::escape_to(at_, value); }
  void text(std::string_view value) {
    if (plain_)
      raw(value);
    else
      escaped(value);
  }
  void number(auto value) { at_ = std::to_chars(at_, at_ + longest_number, value).ptr; }
  template <std::size_t N>
  void hex(const std::array<std::uint8_t, N>& id) {
    constexpr std::string_view digits = "0123456789abcdef";
    for (const std::uint8_t byte : id) {
      *at_++ = digits[byte >> 4U];
      *at_++ = digits[byte & 15U];
    }
  }
  template <std::size_t N>
  void attribute(const char (&name)[N], std::string_view value) {
    literal("{\"key\":\"");
    literal(name);
    literal("\",\"value\":{\"stringValue\":\"");
    text(value);
    literal("\"}},");
  }
  template <std::size_t N>
  void attribute(const char (&name)[N], int value) {
    literal("{\"key\":\"");
    literal(name);
    literal("\",\"value\":{\"intValue\":\"");
    number(value);
    literal("\"}},");
  }
  void attribute(std::string_view name, const decltype(record::Attribute::value)& value) {
    literal("{\"key\":\"");
    escaped(name);
    if (const auto* words = std::get_if<std::string_view>(&value)) {
      literal("\",\"value\":{\"stringValue\":\"");
      escaped(*words);
      literal("\"}},");
    } else if (const auto* truth = std::get_if<bool>(&value)) {
      literal("\",\"value\":{\"boolValue\":");
      raw(*truth ? "true" : "false");
      literal("}},");
    } else if (const auto* whole = std::get_if<std::int64_t>(&value)) {
      literal("\",\"value\":{\"intValue\":\"");
      number(*whole);
      literal("\"}},");
    } else {
      literal("\",\"value\":{\"doubleValue\":");
      number(std::get<double>(value));
      literal("}},");
    }
  }
  void take_back_comma() { --at_; }

 private:
  char* at_;
  bool plain_;
};

std::size_t room_for(const record::Record& record, std::size_t resource_bytes) {
  std::size_t texts = record.service.size() + record.node.size() + 3 * record.method.size() +
                      2 * record.endpoint.size() + 2 * record.path.size() + record.client_ip.size() +
                      record.consumer.size() + record.context.size();
  std::size_t room = frame_bytes + resource_bytes + texts * (record.is_plain ? 1 : longest_escape);
  for (const record::Attribute& each : record.attributes) {
    const auto* words = std::get_if<std::string_view>(&each.value);
    texts = each.name.size() + (words != nullptr ? words->size() : 0);
    room += frame_of_an_attribute + texts * longest_escape;
  }
  if (record.resource != nullptr)
    for (const auto& [name, value] : *record.resource)
      room += frame_of_an_attribute + (name.size() + value.size()) * longest_escape;
  return room;
}

void write_resource(Pen& pen, const record::Record& record, const std::vector<ResourcePart>& parts,
                    std::string_view whole) {
  pen.attribute("service.name", record.service);
  if (!record.node.empty()) pen.attribute("service.instance.id", record.node);
  if (record.resource == nullptr || record.resource->empty()) return pen.raw(whole);
  for (const auto& [name, value] : *record.resource)
    if (!is_own_resource_name(name)) pen.attribute(std::string_view(name), std::string_view(value));
  for (const ResourcePart& part : parts)
    if (!says(*record.resource, part.name)) pen.raw(part.encoded);
}

void write_attributes(Pen& pen, const record::Record& record) {
  pen.attribute("http.request.method", record.method);
  pen.attribute("http.method", record.method);
  pen.attribute("http.route", record.endpoint);
  if (!record.path.empty()) {
    pen.attribute("url.path", record.path);
    pen.attribute("http.target", record.path);
  }
  pen.attribute("http.response.status_code", std::max(record.status, 0));
  pen.attribute("http.status_code", std::max(record.status, 0));
  if (!record.client_ip.empty()) pen.attribute("client.address", record.client_ip);
  if (!record.consumer.empty()) pen.attribute("pannier.consumer", record.consumer);
  if (!record.context.empty()) pen.attribute("pannier.context", record.context);
  for (const record::Attribute& each : record.attributes)
    if (const auto own = sendable(each)) pen.attribute(own->name, own->value);
}

void write_span(Pen& pen, const record::Record& record) {
  const Times times = times_of(record);
  pen.literal("{\"traceId\":\"");
  pen.hex(record.trace);
  pen.literal("\",\"spanId\":\"");
  pen.hex(record.span);
  if (record.parent != record::SpanId{}) {
    pen.literal("\",\"parentSpanId\":\"");
    pen.hex(record.parent);
  }
  pen.literal("\",\"name\":\"");
  pen.text(record.method);
  pen.literal(" ");
  pen.text(record.endpoint);
  pen.literal("\",\"kind\":");
  pen.number(kind_server);
  pen.literal(",\"startTimeUnixNano\":\"");
  pen.number(times.start);
  pen.literal("\",\"endTimeUnixNano\":\"");
  pen.number(times.end);
  pen.literal("\",\"attributes\":[");
  write_attributes(pen, record);
  pen.take_back_comma();
  if (record.status >= first_error_status)
    pen.literal("],\"status\":{\"code\":2}}");
  else
    pen.literal("],\"status\":{}}");  // it is there even when it says nothing: Multiplayer wants it
}

}  // namespace

JsonEncoder::JsonEncoder(SpanFilter filter, const Entries& resource) : OtlpEncoder(filter, Encoding::json) {
  for (const auto& [name, value] : resource) {
    if (is_own_resource_name(name)) continue;
    std::string room(frame_of_an_attribute + (name.size() + value.size()) * longest_escape, '\0');
    Pen pen(room.data(), false);
    pen.attribute(std::string_view(name), std::string_view(value));
    room.resize(static_cast<std::size_t>(pen.end() - room.data()));
    whole_resource_ += room;
    resource_.push_back({name, std::move(room)});
  }
}

std::uint32_t JsonEncoder::encode(const record::Record& record, Bytes& out) const {
  Pen pen(out.claim(room_for(record, whole_resource_.size())), record.is_plain);
  pen.literal("{\"resource\":{\"attributes\":[");
  write_resource(pen, record, resource_, whole_resource_);
  pen.take_back_comma();
  pen.literal("]},\"scopeSpans\":[{\"scope\":{\"name\":\"pannier\",\"version\":\"" PANNIER_VERSION
              "\"},\"spans\":[");
  write_span(pen, record);
  pen.literal("]}]},");
  out.commit(pen.end());
  return 0;
}

std::unique_ptr<const Encoder> make_encoder(const Options& options, const Entries& resource) {
  const SpanFilter filter(options.send, options.ratio);
  if (options.encoding == Encoding::json) return std::make_unique<JsonEncoder>(filter, resource);
  return std::make_unique<ProtobufEncoder>(filter, resource);
}

}  // namespace pannier::deliver::otlp
