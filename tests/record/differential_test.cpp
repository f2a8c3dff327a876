// The decoder, which looks at each byte once, beside a full parser: both call the same lines JSON, and what
// is taken from a line is what the full parser finds there.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/random.h"
#include "base/text.h"
#include "tests/record/decoding.h"
#include "tests/record/oracle.h"

namespace pannier::record {
namespace {

const std::vector<std::string>& seeds() {
  static const std::vector<std::string> lines{
      line_with({}),
      line_with({{"service", R"("orders")"},
                 {"node", R"("web-7")"},
                 {"created_at", R"("2026-01-01T12:00:00.5Z")"}}),
      line_with({{"endpoint", ""},
                 {"path", R"("/a/7?b=c")"},
                 {"started_at", "1767268800.25"},
                 {"client_ip", R"("::1")"}}),
      line_with({{"context", R"("\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00 é 😀")"}, {"m\\u0065thods", "1"}}),
      line_with({{"request_headers", R"({"Host":"a","x-\u0061":"\"b\""})"},
                 {"response_headers", R"({"a":"","b":"c"})"}}),
      line_with({{"request_body", R"({"a":[1,{"b":null}]})"},
                 {"response_body", R"("\u0041")"},
                 {"request_body_cut", "true"}}),
      line_with(
          {{"error", R"({"type":"E","message":null})"}, {"attributes", R"({"a":1.5e3,"b":true,"c":"d"})"}}),
      line_with(
          {{"trace_id", R"("0123456789abcdef0123456789abcdef")"}, {"span_id", R"("0123456789abcdef")"}}),
      line_with({{"a", R"([[],{},[1,-2.5e-3,"x"],{"b":{"c":[false]}}])"},
                 {"b", "12345678901234567890123"},
                 {"c", "1e999"}}),
      line_with({{"response_time", ""},
                 {"response_time_us", "\"1234\""},
                 {"status", "\"200\""},
                 {"consumer", "null"}}),
      line_with({{"request_headers", R"({"a":"b","c":5})"}, {"a\\ud800", R"("x")"}}),
      line_with({{"a", R"("\ud800")"}, {"b", R"("\u0000")"}, {"status", "0"}}),
      R"( { "method" : "GET" , "endpoint" : "/a" , "status" : 200 , "response_time_s" : "0.005" } )",
      R"({"hello":{"service":"orders","client":"python/1.0","ack":true,"again":0,"resource":{"a":"b"}}})",
      R"({"client_dropped":12})",
      R"({"ack":12,"rejected":0,"filtered":1})"};
  return lines;
}

constexpr std::array<std::string_view, 34> pieces{
    "{",    "}",       "[",       "]",       ":",        ",",    "\"",         "\\",   "\\\"",
    "\\\\", "\\u0000", "\\ud83d", "\\ude00", "\\u00e9",  "null", "true",       "0",    "-1",
    "1e9",  "1.",      "01",      " ",       "\t",       "\x01", "\x0c",       "\x1a", "\xc3",
    "\xa9", "\xff",    "{}",      "[]",      "\"a\":1,", "NaN",  "\"status\":"};

void mutate(std::string& line, Random& random) {
  const std::size_t at = random.below(line.size() + 1);
  switch (random.below(8)) {
    case 0:  // one bit of one byte
      if (at < line.size()) line[at] = static_cast<char>(line[at] ^ static_cast<char>(1U << random.below(8)));
      break;
    case 1: line.erase(at, random.below(2) == 0 ? 1 : random.below(10)); break;
    case 2: line.resize(at); break;
    case 3: {  // the head of this line and the tail of another
      const std::string& other = seeds()[random.below(seeds().size())];
      line = line.substr(0, at) + other.substr(random.below(other.size() + 1));
      break;
    }
    case 4:  // a piece of this line twice
      line.insert(at, line.substr(random.below(line.size() + 1), random.below(12)));
      break;
    case 5:  // a piece in place of as many bytes
      line.replace(at, std::min(line.size() - at, std::size_t{1}), pieces[random.below(pieces.size())]);
      break;
    default: line.insert(at, pieces[random.below(pieces.size())]);
  }
}

TEST(DifferentialTest, CallsTheSameLinesJsonAsAFullParser) {
  constexpr int lines = 100000;
  Random random(20260101);
  LineDecoder decoder;
  Oracle oracle;
  std::map<std::string, int> outcomes;
  std::string padded;
  for (int i = 0; i < lines; ++i) {
    std::string line = seeds()[random.below(seeds().size())];
    for (std::uint64_t count = random.below(4); count > 0; --count) mutate(line, random);
    padded = line;
    for (std::size_t k = 0; k < line_padding; ++k) padded += pieces[random.below(pieces.size())][0];
    const Line judged = decoder.decode({padded.data(), line.size()}, true);
    const std::string objection = oracle.objection({padded.data(), line.size()}, judged, decoder.record());
    ASSERT_EQ(objection, "") << outcome_of(judged) << ' ' << text::shown(line, 2000) << " before "
                             << text::shown(padded.substr(line.size()));
    ++outcomes[outcome_of(judged)];
  }
  for (const char* outcome :
       {"record", "hello", "client_dropped", "filtered(no_response)", "rejected(json)", "rejected(utf8)",
        "rejected(duplicate)", "rejected(status)", "rejected(context)", "rejected(request_headers)"})
    EXPECT_GT(outcomes[outcome], 20) << outcome << " was hardly met";
}

}  // namespace
}  // namespace pannier::record
