#include "deliver/malti/encode.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <string>

#include "base/json.h"
#include "deliver/malti/clean_text.h"
#include "deliver/text_limit.h"
#include "record/time_text.h"

namespace pannier::deliver::malti {
namespace {

// Names, punctuation, numbers and the time: everything but the texts.
constexpr std::size_t frame_bytes = 256;
constexpr std::size_t longest_escape = 6;

// Writes a fragment by plain pointer; the room was claimed for the worst case.
class Pen {
 public:
  Pen(char* at, bool plain) : at_(at), plain_(plain) {}

  template <std::size_t N>
  void literal(const char (&text)[N]) {
    std::memcpy(at_, text, N - 1);
    at_ += N - 1;
  }
  void text(std::string_view value) {
    const std::string_view kept = limited(value);
    cut_ += kept.size() < value.size() ? 1 : 0;
    if (!plain_) {
      at_ = json::escape_to(at_, kept);
      return;
    }
    std::memcpy(at_, kept.data(), kept.size());
    at_ += kept.size();
  }
  void number(std::int64_t value) { at_ = std::to_chars(at_, at_ + 20, value).ptr; }
  void time(SystemTime value) { at_ = record::write_utc(at_, value); }

  [[nodiscard]] const char* end() const { return at_; }
  [[nodiscard]] std::uint32_t cut() const { return cut_; }

 private:
  char* at_;
  bool plain_;
  std::uint32_t cut_ = 0;
};

// Half up, exactly: adding a half first would round 0.49999999999999994 up, too.
std::int64_t whole_milliseconds(double response_ms) {
  const auto whole = static_cast<std::int64_t>(response_ms);
  const bool up = response_ms - static_cast<double>(whole) >= 0.5;
  return std::min<std::int64_t>(whole + (up ? 1 : 0), 2147483647);
}

std::size_t text_bytes(const record::Record& record) {
  return record.service.size() + record.node.size() + record.method.size() + record.endpoint.size() +
         record.consumer.size() + record.context.size();
}

struct Written {
  const char* end;
  std::uint32_t cut;
};

// The pen stays in here, where it can stay in registers.
Written write(const record::Record& record, char* at) {
  Pen pen(at, record.is_plain);
  pen.literal("{\"service\":\"");
  pen.text(record.service);
  pen.literal("\",\"node\":\"");
  pen.text(record.node);
  pen.literal("\",\"method\":\"");
  pen.text(record.method);
  pen.literal("\",\"endpoint\":\"");
  pen.text(record.endpoint);
  pen.literal("\",\"status\":");
  pen.number(record.status);
  pen.literal(",\"response_time\":");
  pen.number(whole_milliseconds(record.response_ms));
  pen.literal(",\"consumer\":\"");
  pen.text(record.consumer);
  if (!record.context.empty()) {
    pen.literal("\",\"context\":\"");
    pen.text(record.context);
  }
  pen.literal("\",\"created_at\":\"");
  pen.time(record.created_at);
  pen.literal("\"},");
  return {pen.end(), pen.cut()};
}

std::size_t room_for(const record::Record& record) {
  return frame_bytes + text_bytes(record) * (record.is_plain ? 1 : longest_escape);
}

// Rare, so it may allocate. The service stays: it is the name that owns the key.
std::uint32_t encode_cleaned(record::Record record, Bytes& out) {
  std::array<std::string, 5> rooms;
  std::uint32_t altered = 0;
  std::size_t next = 0;
  for (std::string_view* text :
       {&record.node, &record.method, &record.endpoint, &record.consumer, &record.context}) {
    const std::string_view clean = cleaned(*text, rooms.at(next++));
    const bool is_cut_too = limited(clean).size() < clean.size();
    altered += clean.data() != text->data() && !is_cut_too ? 1 : 0;
    *text = clean;
  }
  const Written written = write(record, out.claim(room_for(record)));
  out.commit(written.end);
  return altered + written.cut;
}

}  // namespace

std::optional<LeftOut> MaltiEncoder::leaves_out(const record::Record& record) const {
  const bool noise = !record.is_processed && (record.status == 401 || record.status == 404);
  return clean_mode_ && noise ? std::optional(LeftOut::clean_mode) : std::nullopt;
}

std::uint32_t MaltiEncoder::encode(const record::Record& record, Bytes& out) const {
  char* const begin = out.claim(room_for(record));
  const Written written = write(record, begin);
  if (may_need_cleaning({begin, written.end}, record.is_plain)) [[unlikely]]
    return encode_cleaned(record, out);
  out.commit(written.end);
  return written.cut;
}

}  // namespace pannier::deliver::malti
