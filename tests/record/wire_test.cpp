// Holds the decoder to the vectors of lib/client/WIRE.md, which every shim's author reads.
#include <gtest/gtest.h>
#include <simdjson.h>

#include <array>
#include <fstream>
#include <map>
#include <set>

#include "base/json.h"
#include "record/time_text.h"
#include "tests/record/decoding.h"

namespace pannier::record {
namespace {

namespace dom = simdjson::dom;

struct Vector {
  std::string where, outcome, line;
  std::string expected;  // JSON, behind some outcomes
};

Vector parse_vector(const std::string& text) {
  const std::size_t first = text.find(" | ");
  const std::size_t second = text.find(" | ", first + 3);
  if (second == std::string::npos) return {};
  const std::string outcome = text.substr(first + 3, second - first - 3);
  const std::size_t space = outcome.find(' ');
  return {.where = text.substr(0, first),
          .outcome = outcome.substr(0, space),
          .line = text.substr(second + 3),
          .expected = space == std::string::npos ? "" : outcome.substr(space + 1)};
}

std::vector<Vector> vectors() {
  std::ifstream file(PANNIER_WIRE);
  std::vector<Vector> found;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    const bool is_fence = line.starts_with("```");
    if (inside && !is_fence) found.push_back(parse_vector(line));
    if (is_fence) inside = line == "```vectors";
  }
  return found;
}

std::string hex(std::span<const std::uint8_t> bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += "0123456789abcdef"[byte >> 4U];
    text += "0123456789abcdef"[byte & 15U];
  }
  return text;
}

std::string headers_of(std::span<const Header> headers) {
  json::Writer json;
  json.begin('{');
  for (const Header& header : headers) json.key(header.name).text(header.value);
  return json.end('}').str();
}

std::string text_of(std::string_view text) {
  std::string json;
  json::append_string(json, text);
  return json;
}

std::string time_of(SystemTime time) {
  std::array<char, utc_text_bytes> text{};
  write_utc(text.data(), time);
  return text_of({text.data(), text.size()});
}

std::string number_of(double number) {
  return json::Writer().number(number).str();
}

using Values = std::map<std::string, std::string, std::less<>>;

Values values_of(const Record& record, const Line& line) {
  return {{"service", text_of(record.service)},
          {"node", text_of(record.node)},
          {"method", text_of(record.method)},
          {"endpoint", text_of(record.endpoint)},
          {"path", text_of(record.path)},
          {"consumer", text_of(record.consumer)},
          {"context", text_of(record.context)},
          {"client_ip", text_of(record.client_ip)},
          {"status", std::to_string(record.status)},
          {"ms", number_of(record.response_ms)},
          {"created_at", time_of(record.created_at)},
          {"trace_id", text_of(hex(record.trace))},
          {"span_id", text_of(hex(record.span))},
          {"parent_span_id", text_of(hex(record.parent))},
          {"request_headers", headers_of(record.request_headers)},
          {"response_headers", headers_of(record.response_headers)},
          {"unknown", std::to_string(line.unknown_fields)}};
}

Values values_of(const Hello& hello) {
  return {{"service", text_of(hello.service)},
          {"node", text_of(hello.node)},
          {"client", text_of(hello.client)},
          {"ack", hello.ack ? "true" : "false"},
          {"again", std::to_string(hello.again)}};
}

void expect(std::string_view expected, const Values& values) {
  dom::parser parser;
  dom::object object;
  ASSERT_EQ(parser.parse(std::string(expected)).get(object), simdjson::SUCCESS) << expected;
  for (const auto& [key, value] : object) {
    const auto found = values.find(key);
    ASSERT_NE(found, values.end()) << key << " is nothing that a vector can ask for";
    EXPECT_EQ(simdjson::minify(value), found->second) << key;
  }
}

void check(const Vector& vector, std::string_view where) {
  SCOPED_TRACE(std::string(where) + ": " + vector.line);
  const std::string_view line = where == "datagram" ? without_syslog_header(vector.line) : vector.line;
  Decoding decoding(line, where == "first" ? Place::first : Place::later);
  EXPECT_EQ(decoding.outcome() == "record" ? "accepted" : decoding.outcome(), vector.outcome);
  if (vector.outcome == "client_dropped") {
    EXPECT_EQ(vector.expected, std::to_string(decoding.line().dropped_by_client));
  } else if (!vector.expected.empty()) {
    const bool is_hello = vector.outcome == "hello";
    expect(vector.expected,
           is_hello ? values_of(decoding.hello()) : values_of(decoding.record(), decoding.line()));
  }
}

TEST(WireTest, TheDecoderDoesWhatThePageSays) {
  const std::set<std::string> places{"first", "later", "datagram"};
  const std::vector<Vector> all = vectors();
  EXPECT_GT(all.size(), 50U);
  for (const Vector& vector : all) {
    ASSERT_TRUE(vector.where == "any" || places.contains(vector.where)) << vector.line;
    for (const std::string& place : places)
      if (vector.where == "any" || vector.where == place) check(vector, place);
  }
}

TEST(WireTest, ThePageHasAVectorForEveryReasonThatOneLineCanGive) {
  std::set<std::string> met;
  for (const Vector& vector : vectors()) met.insert(vector.outcome);
  for (std::size_t i = 0; i < count_of<Reject>; ++i) {
    const auto reason = static_cast<Reject>(i);
    if (reason == Reject::too_long || reason == Reject::utf8 || reason == Reject::unterminated ||
        reason == Reject::batch)
      continue;
    EXPECT_TRUE(met.contains("rejected(" + std::string(name(reason)) + ")")) << name(reason);
  }
  for (const char* outcome : {"accepted", "hello", "client_dropped", "filtered(no_response)"})
    EXPECT_TRUE(met.contains(outcome)) << outcome;
}

}  // namespace
}  // namespace pannier::record
