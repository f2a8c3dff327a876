#include "daemon/letter_json.h"

#include <simdjson.h>

#include <algorithm>
#include <array>

#include "base/json.h"
#include "base/text.h"
#include "record/time_text.h"

namespace pannier::daemon {
namespace {

constexpr std::size_t most_letters = 1000;
constexpr std::size_t most_records_shown = 100;

Error wrong(std::string_view member) {
  return {ErrorCode::invalid, "a selection of dead letters with a wrong \"" + std::string(member) + "\""};
}

std::optional<Dead> reason_named(std::string_view word) {
  for (std::size_t i = 0; i < count_of<Dead>; ++i)
    if (name(static_cast<Dead>(i)) == word) return static_cast<Dead>(i);
  return std::nullopt;
}

std::string reasons_known() {
  std::string all;
  for (std::size_t i = 0; i < count_of<Dead>; ++i)
    all.append(all.empty() ? "" : ", ").append(name(static_cast<Dead>(i)));
  return all;
}

std::string utc_text(SystemTime time) {
  std::string text(record::utc_text_bytes, ' ');
  record::write_utc(text.data(), time);
  return text;
}

using Value = simdjson::dom::element;

Result<void> read_ids(Value value, LetterRequest& request) {
  simdjson::dom::array ids;
  if (value.get(ids) != simdjson::SUCCESS) return wrong("ids");
  for (const Value id : ids) {
    std::int64_t number = 0;
    if (id.get(number) != simdjson::SUCCESS || number <= 0) return wrong("ids");
    request.which.ids.push_back(number);
  }
  std::ranges::sort(request.which.ids);
  const auto twice = std::ranges::unique(request.which.ids);
  request.which.ids.erase(twice.begin(), twice.end());
  return {};
}

Result<void> read_member(std::string_view key, Value value, SystemTime now, LetterRequest& request) {
  std::string_view word;
  std::int64_t number = 0;
  const bool is_text = value.get(word) == simdjson::SUCCESS;
  const bool is_count = value.get(number) == simdjson::SUCCESS && number >= 0;
  if (key == "ids") return read_ids(value, request);
  if (key == "all") return value.get(request.is_all) == simdjson::SUCCESS ? Result<void>() : wrong(key);
  if (key == "lane" || key == "reason" ? !is_text : !is_count) return wrong(key);
  if (key == "lane") request.which.lane = word;
  if (key == "reason") {
    request.which.reason = reason_named(word);
    if (!request.which.reason)
      return Error{ErrorCode::invalid,
                   "there is no reason \"" + text::shown(word, 40) + "\"; known are " + reasons_known()};
  }
  if (key == "older_than_s") request.which.died_before = now - std::chrono::seconds(number);
  if (key == "after") request.which.after = number;
  if (key == "limit")
    request.limit = std::clamp<std::size_t>(static_cast<std::size_t>(number), 1, most_letters);
  return {};
}

void write_records(json::Writer& out, const queue::StoredLetter& letter) {
  if (!letter.segment) return;
  out.key("content").begin('[');
  const std::uint32_t count = std::min<std::uint32_t>(letter.segment->records(), most_records_shown);
  for (std::uint32_t i = 0; letter.lane.starts_with("malti/") && i < count; ++i) {
    std::string_view record = letter.segment->bytes(i, i + 1);
    if (record.ends_with(',')) record.remove_suffix(1);
    out.text(record);
  }
  out.end(']');
}

}  // namespace

bool LetterRequest::selects() const {
  return is_all || !which.ids.empty() || !which.lane.empty() || which.reason || which.died_before;
}

Result<LetterRequest> read_letter_request(std::string_view body, SystemTime now) {
  LetterRequest request;
  if (body.empty()) return request;
  simdjson::dom::parser parser;
  simdjson::dom::object members;
  if (parser.parse(simdjson::padded_string(body)).get(members) != simdjson::SUCCESS)
    return Error{ErrorCode::invalid, "a selection of dead letters must be a JSON object"};
  for (const auto member : members)
    if (const auto done = read_member(member.key, member.value, now, request); !done) return done.error();
  return request;
}

std::string letters_json(const queue::LetterPage& page) {
  json::Writer out;
  out.begin('{').key("letters").begin('[');
  for (const queue::StoredLetter& letter : page.letters) {
    out.begin('{').key("id").number(letter.id).key("lane").text(letter.lane);
    out.key("reason").text(letter.reason).key("answer").text(letter.answer);
    out.key("records").number(letter.records).key("bytes").number(letter.bytes);
    out.key("attempts").number(letter.attempts);
    out.key("arrived").text(utc_text(letter.arrived)).key("died").text(utc_text(letter.died));
    write_records(out, letter);
    out.end('}');
  }
  return out.end(']').key("more").boolean(!page.is_all).end('}').str();
}

std::string order_json(const queue::LetterOrderDone& order) {
  json::Writer out;
  out.begin('{').key("letters").number(order.letters).key("records").number(order.records);
  return out.key("damaged_records").number(order.corrupt).end('}').str();
}

}  // namespace pannier::daemon
