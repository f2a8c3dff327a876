#include "deliver/local/encode.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include "deliver/text_limit.h"

namespace pannier::deliver::local {
namespace {

constexpr std::uint8_t version = 1;
constexpr std::size_t fixed_bytes = sizeof(version) + sizeof(std::int16_t) + 2 * sizeof(std::int64_t);

template <typename Number>
char* put(char* out, Number number) {
  std::memcpy(out, &number, sizeof number);
  return out + sizeof number;
}

char* put_text(char* out, std::string_view text) {
  out = put(out, static_cast<std::uint16_t>(text.size()));
  if (!text.empty()) std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

// Takes from the front of `rest`; once something was missing, everything is.
class Reader {
 public:
  explicit Reader(std::string_view rest) : rest_(rest) {}

  template <typename Number>
  Number number() {
    Number value{};
    const std::string_view bytes = take(sizeof value);
    if (is_whole_) std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
  std::string_view text() { return take(number<std::uint16_t>()); }
  [[nodiscard]] bool ended_exactly() const { return is_whole_ && rest_.empty(); }

 private:
  std::string_view take(std::size_t bytes) {
    if (bytes > rest_.size()) is_whole_ = false;
    if (!is_whole_) return {};
    const std::string_view taken = rest_.substr(0, bytes);
    rest_.remove_prefix(bytes);
    return taken;
  }
  std::string_view rest_;
  bool is_whole_ = true;
};

}  // namespace

std::uint32_t encode(const record::Record& record, Bytes& out) {
  const std::array all{record.service,  record.node,     record.method,
                       record.endpoint, record.consumer, record.context};
  std::array<std::string_view, all.size()> kept;
  std::size_t room = fixed_bytes;
  std::uint32_t cut = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    kept[i] = limited(all[i]);
    cut += kept[i].size() < all[i].size() ? 1 : 0;
    room += sizeof(std::uint16_t) + kept[i].size();
  }

  char* at = out.claim(room);
  at = put(at, version);
  constexpr std::int32_t most = std::numeric_limits<std::int16_t>::max();
  at = put(at, static_cast<std::int16_t>(std::clamp(record.status, -most, most)));
  at = put(at, static_cast<std::int64_t>(record.created_at.time_since_epoch().count()));
  at = put(at, static_cast<std::int64_t>(std::llround(record.response_ms * 1000)));
  for (const std::string_view text : kept) at = put_text(at, text);
  out.commit(at);
  return cut;
}

std::optional<Row> decode(std::string_view fragment) {
  Reader reader(fragment);
  if (reader.number<std::uint8_t>() != version) return std::nullopt;
  Row row;
  row.status = reader.number<std::int16_t>();
  row.created_at = SystemTime(std::chrono::microseconds(reader.number<std::int64_t>()));
  row.response_us = reader.number<std::int64_t>();
  for (std::string_view* text :
       {&row.service, &row.node, &row.method, &row.endpoint, &row.consumer, &row.context})
    *text = reader.text();
  if (!reader.ended_exactly()) return std::nullopt;
  return row;
}

}  // namespace pannier::deliver::local
