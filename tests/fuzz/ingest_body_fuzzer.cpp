// Any bytes as the body of Malti's ingest: what is taken is handed out whole and fit for every destination,
// what is refused is counted and answered in bounds, and what is JSON is what two other readers say it is.
#include <simdjson.h>

#include <algorithm>
#include <numeric>
#include <string_view>

#include "base/json.h"
#include "base/text.h"
#include "receive/malti_body.h"
#include "tests/fuzz/decoded_line.h"

namespace {

using namespace pannier;
using fuzz::require;
using simdjson::dom::element;

bool has_text(std::string_view body, std::string_view text) {
  return body.find(text) != std::string_view::npos;
}

// What only Python's json takes, or what simdjson does not: they may disagree then.
bool is_debatable(std::string_view body) {
  constexpr std::size_t deep = 500;
  return has_text(body, "NaN") || has_text(body, "Infinity") ||
         static_cast<std::size_t>(std::ranges::count(body, '[') + std::ranges::count(body, '{')) > deep;
}

// Half a surrogate pair and a number beyond a double are JSON that simdjson does not take.
bool is_other_json(simdjson::error_code error) {
  return error == simdjson::STRING_ERROR || error == simdjson::NUMBER_ERROR;
}

void compare_verdicts(std::string_view body, bool is_json) {
  static simdjson::dom::parser parser;
  const bool utf8 = simdjson::validate_utf8(body.data(), body.size());
  const auto error = parser.parse(body.data(), body.size()).error();
  if (error == simdjson::SUCCESS) require(is_json, "what simdjson takes is JSON");
  if (is_debatable(body)) return;
  require(is_json == (utf8 && json::is_value(body)), "JSON is what the grammar says");
  if (is_json && error != simdjson::SUCCESS) require(is_other_json(error), "what is JSON simdjson takes");
}

void look_at(const record::Record& record) {
  require(record.is_processed && !record.service.empty(), "an SDK's record of a named service");
  for (const std::string_view text :
       {record.service, record.node, record.method, record.endpoint, record.consumer, record.context}) {
    require(text::is_utf8(text), "a text is UTF-8");
    require(text.find_first_of(std::string_view("\0\r\n", 3)) == std::string_view::npos, "no NUL, CR or LF");
    const auto needs_escape = [](char c) {
      return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
    };
    require(!record.is_plain || std::ranges::none_of(text, needs_escape), "plain needs no escape");
  }
  using namespace std::chrono;
  require(!record.has_created_at || (record.created_at >= sys_days(year(1) / January / 1) &&
                                     record.created_at < sys_days(year(10000) / January / 1)),
          "a time that can be written");
}

std::uint64_t lines_of(const receive::MaltiBody& body) {
  return std::accumulate(body.rejected().begin(), body.rejected().end(), std::uint64_t{0});
}

// How many records there are, where simdjson can tell; of two lists it is not asked.
void compare_counts(std::string_view text, std::uint64_t count) {
  static simdjson::dom::parser parser;
  element root;
  simdjson::dom::object object;
  if (parser.parse(text.data(), text.size()).get(root) || root.get(object)) return;
  std::size_t lists = 0, size = 0;
  for (const auto member : object)
    if (member.key == "requests" && member.value.is_array())
      ++lists, size = member.value.get_array().value().size();
  const auto is_ours = [](const auto& member) { return member.key == "requests"; };
  if (std::count_if(object.begin(), object.end(), is_ours) != 1 || lists != 1) return;
  require(count == size, "each element of `requests` is counted");
}

void judge(receive::MaltiBody& body, std::string_view text) {
  const bool good = body.read(text);
  constexpr std::string_view mark = "\xef\xbb\xbf";
  const std::string_view unmarked = text.substr(text.starts_with(mark) ? mark.size() : 0);
  if (!unmarked.empty()) compare_verdicts(unmarked, !body.is_unreadable());
  if (!good) {
    require(json::is_value(body.answer().json) && body.answer().json.size() <= 256UL * 1024,
            "an answer in bounds");
    require(body.answer().status == 400 || body.answer().status == 422, "as Malti's");
    if (!body.is_unreadable()) compare_counts(unmarked, lines_of(body));
    return;
  }
  std::uint64_t visited = 0;
  body.each([&visited](record::Record& record, bool /*is_doomed*/) {
    ++visited;
    look_at(record);
  });
  require(visited == body.count() && visited > 0, "all that was counted is handed out");
  compare_counts(unmarked, visited);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static receive::MaltiBody body, other_body;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const fuzz::PaddedLine padded(input, '\0'), otherwise_padded(input, '"');
  judge(body, padded.view());
  const bool good = other_body.read(otherwise_padded.view());
  require(good ? body.count() == other_body.count() : body.answer().json == other_body.answer().json,
          "what lies behind the body changes nothing");
  return 0;
}
