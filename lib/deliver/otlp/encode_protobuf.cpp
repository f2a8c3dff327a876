// opentelemetry/proto/trace/v1/trace.proto, written from its end to its beginning: the length of every nested
// message is then known when it is needed, and nothing is measured beforehand.
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <protozero/varint.hpp>
#include <ranges>

#include "deliver/otlp/encode.h"

namespace pannier::deliver::otlp {
namespace {

static_assert(std::endian::native == std::endian::little, "fixed64 is copied as it stands in memory");

constexpr char tag(unsigned field, unsigned wire_type) {
  return static_cast<char>(field << 3U | wire_type);
}
constexpr unsigned varint_type = 0;
constexpr unsigned fixed64_type = 1;
constexpr unsigned length_type = 2;

// Everything but the texts: tags, lengths, names, numbers, ids.
constexpr std::size_t frame_bytes = 768;
constexpr std::size_t frame_of_an_attribute = 40;
constexpr char in_span = tag(9, length_type);
constexpr char in_resource = tag(1, length_type);

// A KeyValue's beginning: its key, and the tag of its value.
template <std::size_t N>
struct Key {
  char bytes[N + 2];
};
template <std::size_t N>
consteval Key<N> key(const char (&name)[N]) {
  Key<N> made{};
  made.bytes[0] = tag(1, length_type);
  made.bytes[1] = static_cast<char>(N - 1);
  for (std::size_t i = 0; i + 1 < N; ++i) made.bytes[i + 2] = name[i];
  made.bytes[N + 1] = tag(2, length_type);
  return made;
}

// Writes towards the beginning of the room that was claimed for the worst case.
class BackPen {
 public:
  explicit BackPen(char* end) : at_(end) {}

  [[nodiscard]] char* at() const { return at_; }
  void byte(char value) { *--at_ = value; }
  void raw(std::string_view bytes) {
    at_ -= bytes.size();
    if (!bytes.empty()) std::memcpy(at_, bytes.data(), bytes.size());
  }
  template <typename T, std::size_t N>
  void raw(const T (&bytes)[N]) {
    at_ -= N;
    std::memcpy(at_, bytes, N);
  }
  template <std::size_t N>
  void raw(const std::array<std::uint8_t, N>& bytes) {
    at_ -= N;
    std::memcpy(at_, bytes.data(), N);
  }
  void varint(std::uint64_t value) {
    if (value < 0x80) return byte(static_cast<char>(value));
    at_ -= protozero::length_of_varint(value);
    protozero::add_varint_to_buffer(at_, value);
  }
  // What stands between here and `end` becomes a field.
  void close(char field_tag, const char* end) {
    varint(static_cast<std::uint64_t>(end - at_));
    byte(field_tag);
  }
  void text(char field_tag, std::string_view value) {
    raw(value);
    varint(value.size());
    byte(field_tag);
  }
  void fixed64(char field_tag, std::uint64_t value) {
    at_ -= sizeof value;
    std::memcpy(at_, &value, sizeof value);
    byte(field_tag);
  }

  template <std::size_t N>
  void attribute(char where, const Key<N>& name, std::string_view value) {
    const char* const end = at_;
    text(tag(1, length_type), value);
    varint(static_cast<std::uint64_t>(end - at_));
    raw(name.bytes);
    close(where, end);
  }
  template <std::size_t N>
  void attribute(char where, const Key<N>& name, std::uint64_t value) {
    const char* const end = at_;
    varint(value);
    byte(tag(3, varint_type));
    varint(static_cast<std::uint64_t>(end - at_));
    raw(name.bytes);
    close(where, end);
  }
  void attribute(char where, std::string_view name, const decltype(record::Attribute::value)& value) {
    const char* const end = at_;
    if (const auto* words = std::get_if<std::string_view>(&value)) text(tag(1, length_type), *words);
    if (const auto* truth = std::get_if<bool>(&value)) byte(*truth ? 1 : 0), byte(tag(2, varint_type));
    if (const auto* whole = std::get_if<std::int64_t>(&value))
      varint(static_cast<std::uint64_t>(*whole)), byte(tag(3, varint_type));
    if (const auto* real = std::get_if<double>(&value))
      fixed64(tag(4, fixed64_type), std::bit_cast<std::uint64_t>(*real));
    close(tag(2, length_type), end);
    text(tag(1, length_type), name);
    close(where, end);
  }

 private:
  char* at_;
};

// InstrumentationScope: who made the span.
std::string encoded_scope() {
  std::array<char, 256> room{};
  BackPen pen(room.data() + room.size());
  const char* const end = pen.at();
  pen.text(tag(2, length_type), PANNIER_VERSION);
  pen.text(tag(1, length_type), "pannier");
  pen.close(tag(1, length_type), end);
  return {pen.at(), static_cast<std::size_t>(end - pen.at())};
}

std::size_t room_for(const record::Record& record, std::size_t resource_bytes) {
  std::size_t room = frame_bytes + resource_bytes + record.service.size() + record.node.size() +
                     3 * record.method.size() + 2 * record.endpoint.size() + 2 * record.path.size() +
                     record.client_ip.size() + record.consumer.size() + record.context.size();
  for (const record::Attribute& each : record.attributes) {
    const auto* words = std::get_if<std::string_view>(&each.value);
    room += frame_of_an_attribute + each.name.size() + (words != nullptr ? words->size() : 0);
  }
  if (record.resource != nullptr)
    for (const auto& [name, value] : *record.resource)
      room += frame_of_an_attribute + name.size() + value.size();
  return room;
}

void write_status(BackPen& pen, int status) {
  constexpr char ok[]{tag(15, length_type), 0};
  constexpr char error[]{tag(15, length_type), 2, tag(3, varint_type), code_error};
  if (status >= first_error_status)
    pen.raw(error);
  else
    pen.raw(ok);  // the message is there even when it says nothing: Multiplayer wants it
}

void write_attributes(BackPen& pen, const record::Record& record) {
  for (const record::Attribute& each : std::views::reverse(record.attributes))
    if (const auto own = sendable(each)) pen.attribute(in_span, own->name, own->value);
  if (!record.context.empty()) pen.attribute(in_span, key("pannier.context"), record.context);
  if (!record.consumer.empty()) pen.attribute(in_span, key("pannier.consumer"), record.consumer);
  if (!record.client_ip.empty()) pen.attribute(in_span, key("client.address"), record.client_ip);
  const auto status = static_cast<std::uint64_t>(std::max(record.status, 0));
  pen.attribute(in_span, key("http.status_code"), status);
  pen.attribute(in_span, key("http.response.status_code"), status);
  if (!record.path.empty()) {
    pen.attribute(in_span, key("http.target"), record.path);
    pen.attribute(in_span, key("url.path"), record.path);
  }
  pen.attribute(in_span, key("http.route"), record.endpoint);
  pen.attribute(in_span, key("http.method"), record.method);
  pen.attribute(in_span, key("http.request.method"), record.method);
}

void write_span(BackPen& pen, const record::Record& record) {
  const char* const end = pen.at();
  write_status(pen, record.status);
  write_attributes(pen, record);
  const Times times = times_of(record);
  pen.fixed64(tag(8, fixed64_type), times.end);
  pen.fixed64(tag(7, fixed64_type), times.start);
  constexpr char kind[]{tag(6, varint_type), kind_server};
  pen.raw(kind);
  const char* const end_of_name = pen.at();
  pen.raw(record.endpoint);
  pen.byte(' ');
  pen.raw(record.method);
  pen.close(tag(5, length_type), end_of_name);
  if (record.parent != record::SpanId{}) {
    pen.raw(record.parent);
    constexpr char parent[]{tag(4, length_type), sizeof(record::SpanId)};
    pen.raw(parent);
  }
  pen.raw(record.span);
  constexpr char span[]{tag(2, length_type), sizeof(record::SpanId)};
  pen.raw(span);
  pen.raw(record.trace);
  constexpr char trace[]{tag(1, length_type), sizeof(record::TraceId)};
  pen.raw(trace);
  pen.close(tag(2, length_type), end);
}

void write_resource(BackPen& pen, const record::Record& record, const std::vector<ResourcePart>& parts,
                    std::string_view whole) {
  if (record.resource == nullptr || record.resource->empty()) {
    pen.raw(whole);
  } else {
    for (const ResourcePart& part : parts)
      if (!says(*record.resource, part.name)) pen.raw(part.encoded);
    for (const auto& [name, value] : *record.resource)
      if (!is_own_resource_name(name)) pen.attribute(in_resource, name, std::string_view(value));
  }
  if (!record.node.empty()) pen.attribute(in_resource, key("service.instance.id"), record.node);
  pen.attribute(in_resource, key("service.name"), record.service);
}

}  // namespace

ProtobufEncoder::ProtobufEncoder(SpanFilter filter, const Entries& resource)
    : OtlpEncoder(filter, Encoding::protobuf), scope_(encoded_scope()) {
  for (const auto& [name, value] : resource) {
    if (is_own_resource_name(name)) continue;
    std::string room(frame_of_an_attribute + name.size() + value.size(), '\0');
    BackPen pen(room.data() + room.size());
    pen.attribute(in_resource, name, std::string_view(value));
    resource_.push_back({name, room.substr(static_cast<std::size_t>(pen.at() - room.data()))});
    whole_resource_ += resource_.back().encoded;
  }
}

std::uint32_t ProtobufEncoder::encode(const record::Record& record, Bytes& out) const {
  const std::size_t room = room_for(record, whole_resource_.size());
  char* const begin = out.claim(room);
  const char* const end = begin + room;
  BackPen pen(begin + room);
  write_span(pen, record);
  pen.raw(std::string_view(scope_));
  pen.close(tag(2, length_type), end);  // scope_spans
  const char* const end_of_resource = pen.at();
  write_resource(pen, record, resource_, whole_resource_);
  pen.close(tag(1, length_type), end_of_resource);  // resource
  pen.close(tag(1, length_type), end);              // resource_spans
  const auto size = static_cast<std::size_t>(end - pen.at());
  std::memmove(begin, pen.at(), size);
  out.commit(begin + size);
  return 0;
}

}  // namespace pannier::deliver::otlp
