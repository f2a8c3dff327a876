// The samples of `pannier test` as they are written, and every mistake in them.
#include "config/test_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/yaml_source.h"

namespace pannier::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<SampleRecord> samples(std::string_view text) {
  auto read = read_test_file(text, "s.yaml");
  if (auto* good = std::get_if<std::vector<SampleRecord>>(&read)) return std::move(*good);
  for (const Mistake& mistake : std::get<Mistakes>(read)) ADD_FAILURE() << mistake.text();
  return {};
}

std::vector<std::string> mistakes(std::string_view text) {
  const auto read = read_test_file(text, "s.yaml");
  std::vector<std::string> lines;
  if (const auto* bad = std::get_if<Mistakes>(&read))
    for (const Mistake& mistake : *bad) lines.push_back(mistake.text());
  return lines;
}

std::string line_of(std::string_view record) {
  const auto all = samples("- record: " + std::string(record) + "\n  expect: { endpoint: x }\n");
  return all.empty() ? "" : all.front().line;
}

TEST(TestFileTest, ASampleIsReadWithItsPlace) {
  const auto all = samples(
      "# two\n"
      "- name: first\n"
      "  hello: { service: web, node: n-1 }\n"
      "  record: { method: GET, path: /users/7, status: 200, response_time: 12 }\n"
      "  expect: { endpoint: \"/users/{id}\", status: 200, malti: clean_mode }\n"
      "- from: udp\n"
      "  line: '<13>x: {\"a\":\"\\u0000\"}'\n"
      "  expect: { rejected: method }\n");
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].name, "first");
  EXPECT_EQ(all[0].place.line, 2);
  EXPECT_EQ(all[0].hello, R"({"hello":{"service":"web","node":"n-1"}})");
  EXPECT_EQ(all[0].line, R"({"method":"GET","path":"/users/7","status":200,"response_time":12})");
  ASSERT_EQ(all[0].expected.size(), 3U);
  EXPECT_EQ(all[0].expected[2].subject, "malti");
  EXPECT_EQ(all[0].expected[2].value, "clean_mode");
  EXPECT_EQ(all[0].expected[2].place.line, 5);
  EXPECT_EQ(all[1].from, observe::ListenerId::udp);
  EXPECT_EQ(all[1].line, R"(<13>x: {"a":"\u0000"})") << "as it is";
}

TEST(TestFileTest, NumbersAndWordsOfJsonAreThemselvesAndAllElseIsText) {
  EXPECT_EQ(
      line_of(R"({ a: 1, b: "1", c: -1.5e3, d: 007, e: true, f: "true", g: null, h: ~, i: NaN, j: /x })"),
      R"({"a":1,"b":"1","c":-1.5e3,"d":"007","e":true,"f":"true","g":null,"h":null,"i":"NaN","j":"/x"})");
  EXPECT_EQ(line_of(R"({ h: { x-a: 1, b: [ a, {} ] }, s: "q\"\n", t: '"' })"),
            R"({"h":{"x-a":1,"b":["a",{}]},"s":"q\"\n","t":"\""})");
}

TEST(TestFileTest, ALineOfAnAccessLogCanBePastedAsARecord) {
  const std::string line =
      R"({"method":"GET","status":"200","response_time_s":"0.005","request_headers":{"a":"b"}})";
  EXPECT_EQ(line_of(line), line);
}

TEST(TestFileTest, WhatIsExpectedHasOneSpelling) {
  const auto all = samples(
      "- record: {}\n"
      "  expect: { status: '200', response_time: 12.50, created_at: \"2026-01-01T13:00+01:00\", context: '' "
      "}\n");
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].expected[0].value, "200");
  EXPECT_EQ(all[0].expected[1].value, "12.5");
  EXPECT_EQ(all[0].expected[2].value, "2026-01-01T12:00:00.000000Z");
  EXPECT_EQ(all[0].expected[3].value, "");
  EXPECT_EQ(milliseconds_text(0.0124 * 1000), "12.4");
  EXPECT_EQ(milliseconds_text(2147483647), "2147483647");
}

TEST(TestFileTest, ADestinationsFateIsALaneAReasonOrOff) {
  for (const char* good : {"malti: malti/orders", "malti: off", "malti: rule",
                           "multiplayer: multiplayer/traces", "multiplayer: not_session", "local: local"})
    EXPECT_THAT(mistakes("- record: {}\n  expect: { " + std::string(good) + " }\n"), IsEmpty()) << good;
  EXPECT_THAT(
      mistakes("- record: {}\n  expect: { malti: clean_mod, local: malti/orders, multiplayer: x }\n"),
      ElementsAre("s.yaml:2:20: expect.malti: \"clean_mod\" is neither a lane nor a reason; did you mean "
                  "clean_mode?",
                  "s.yaml:2:38: expect.local: \"malti/orders\" is neither a lane nor a reason; write local, "
                  "off, or why it is left out, as clean_mode",
                  HasSubstr("write multiplayer/traces")));
}

TEST(TestFileTest, AllMistakesAreToldAtOnceWithTheirPlaceAndCure) {
  EXPECT_THAT(
      mistakes("- recrod: {}\n"
               "  expect: { endpont: /, rejected: stats }\n"
               "- record: {}\n"
               "  line: x\n"
               "  expect: {}\n"
               "- just text\n"
               "- from: http\n"
               "  line: ' '\n"
               "  expect: { filtered: x, status: ok, response_time: -1, created_at: yesterday }\n"
               "- from: udp\n"
               "  hello: { servce: a/b }\n"
               "  line: \"a\\nb\"\n"
               "  expect: { consumer: [x] }\n"),
      ElementsAre(
          "s.yaml:1:3: the sample lacks its record; write record: { method: GET, … }",
          "s.yaml:1:3: recrod: no such member here; did you mean record?",
          "s.yaml:2:13: expect.endpont: no such member here; did you mean endpoint?",
          "s.yaml:2:25: expect.rejected: such a line has nothing else to expect; leave the rest out",
          "s.yaml:2:35: expect.rejected: \"stats\" is no reason; did you mean status?",
          "s.yaml:4:3: line: beside record there is no line; leave one of them out",
          "s.yaml:5:3: expect: the sample expects nothing; write expect: { endpoint: \"/users/{id}\" }",
          "s.yaml:6:3: expected a sample; write record: { … } and expect: { … }",
          HasSubstr("s.yaml:7:9: from: \"http\" is no listener; write unix_stream"),
          "s.yaml:8:9: line: is blank, and blank lines are nothing; write the line",
          HasSubstr("s.yaml:9:13: expect.filtered: such a line has nothing else"),
          HasSubstr("expect.filtered: \"x\" is no reason; write no_response"),
          HasSubstr("expect.status: \"ok\" is no status; write 200"),
          HasSubstr("expect.response_time: \"-1\" is no time"),
          HasSubstr("expect.created_at: \"yesterday\" is no time; write 2026"),
          "s.yaml:11:10: hello: only a stream has one; leave it out",
          "s.yaml:11:12: hello.servce: no such member here; did you mean service?",
          "s.yaml:11:20: hello.servce: \"a/b\" is no name; write 1 to 100 characters without /",
          "s.yaml:12:9: line: holds several lines; write a sample for each",
          "s.yaml:13:23: expect.consumer: expected a single value; put a text into quotes"));
}

TEST(TestFileTest, AFileWithoutSamplesIsAMistake) {
  EXPECT_THAT(mistakes(""), ElementsAre(HasSubstr("s.yaml: holds no samples; write - record:")));
  EXPECT_THAT(mistakes("samples: []"), ElementsAre(HasSubstr("expected a list; begin each item with - ")));
  EXPECT_THAT(mistakes("- record: {a: 1, a: 2}\n  expect: {status: 1}\n"),
              ElementsAre(HasSubstr("stands here twice")));
  EXPECT_THAT(mistakes("- &a x\n- *a\n"), ElementsAre(HasSubstr("anchors are not allowed")));
}

TEST(TestFileTest, HostileTextIsShownEscaped) {
  const auto told =
      mistakes("- \"\\e[31m\": 1\n  record: {}\n  expect: { \"\\u202e\": 1, status: \"\\e\" }\n");
  ASSERT_EQ(told.size(), 3U);
  for (const std::string& line : told) {
    EXPECT_EQ(line.find('\x1b'), std::string::npos) << line;
    EXPECT_EQ(line.find("\u202e"), std::string::npos) << line;
  }
}

}  // namespace
}  // namespace pannier::config
