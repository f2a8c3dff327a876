// What of a rejected line may be shown, and the syslog header that is skipped.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>

#include "base/random.h"
#include "base/text.h"
#include "record/fields.h"
#include "tests/record/decoding.h"

namespace pannier::record {
namespace {

TEST(ShapeTest, ShowsTheFieldNamesAndHidesTheRest) {
  EXPECT_EQ(shape_of(R"({"method":"GET","status":99})"), R"({"method":"aaa","status":99})");
  EXPECT_EQ(shape_of(R"({ "path" : "/u/7" , "secret":"Zz8" })"), R"({ "path" : "/a/9" , "aaaaaa":"aa9" })");
  EXPECT_EQ(shape_of("Bearer abc-123\n\x1b[0m\xff"), "aaaaaa aaa-999??[9a?");
  EXPECT_EQ(shape_of("größe"), "aa????a");
  EXPECT_EQ(shape_of(""), "");
}

TEST(ShapeTest, AFieldsNameIsShownOnlyAsAKey) {
  EXPECT_EQ(shape_of(R"({"context":"method"})"), R"({"context":"aaaaaa"})");
  EXPECT_EQ(shape_of(R"({"context":"method","a":1})"), R"({"context":"aaaaaa","a":9})");
  EXPECT_EQ(shape_of(R"(method: "GET")"), R"(aaaaaa: "aaa")");
  EXPECT_EQ(shape_of("\"method"), "\"aaaaaa");
  EXPECT_EQ(shape_of("\"method\""), "\"aaaaaa\"");
}

TEST(ShapeTest, Shows200Bytes) {
  EXPECT_EQ(shape_of(std::string(200, 'x')).size(), 200U);
  EXPECT_EQ(shape_of(std::string(100000, 'x')), std::string(200, 'a'));
  const std::string cut = std::string(192, ' ') + R"("method":1)";
  EXPECT_EQ(shape_of(cut), std::string(192, ' ') + "\"aaaaaa\"") << "the colon is out of sight";
}

// What of a shape is not a known field's name that stands as a key in its line.
std::string without_known_keys(std::string_view line, std::string_view shape) {
  std::string rest;
  while (!shape.empty()) {
    const std::size_t close = line[0] == '"' ? line.find('"', 1) : std::string_view::npos;
    const bool is_key = close != std::string_view::npos &&
                        field_named(line.substr(1, close - 1)) != Field::unknown &&
                        text::trimmed(line.substr(close + 1)).starts_with(':');
    if (!is_key) rest += shape[0];
    line.remove_prefix(is_key ? close + 1 : 1);
    shape.remove_prefix(is_key ? close + 1 : 1);
  }
  return rest;
}

std::string random_line(Random& random) {
  static constexpr std::string_view pieces[] = {
      "{",           "}",          "\"",      "\"",     "\"", ":", ":",    ",",        " ", "\\",
      "\"method\":", "\"status\"", "service", "secret", "7",  "Z", "\xff", "\xc3\xa9", "\n"};
  std::string line;
  for (std::uint64_t i = random.below(60); i > 0; --i) {
    if (random.below(4) == 0)
      line += static_cast<char>(random.below(256));
    else
      line += pieces[random.below(std::size(pieces))];
  }
  return line;
}

TEST(ShapeTest, NeverShowsALetterOrDigitOfAValue) {
  Random random(3);
  for (int i = 0; i < 50000; ++i) {
    const std::string line = random_line(random);
    const std::string shape = shape_of(line);
    ASSERT_EQ(shape.size(), std::min<std::size_t>(line.size(), 200));
    for (const char c : without_known_keys(line.substr(0, 200), shape)) {
      const auto byte = static_cast<unsigned char>(c);
      ASSERT_TRUE(c == 'a' || c == '9' || (std::isalnum(byte) == 0 && byte >= 0x20 && byte < 0x7f)) << shape;
    }
  }
}

TEST(SyslogHeaderTest, IsSkipped) {
  const std::string json = R"({"method":"GET"})";
  for (const char* header :
       {"<190>Oct 11 22:14:15 web-7 nginx: ", "<190>Oct  1 02:14:15 web-7 nginx: ",
        "<134>Oct 11 22:14:15 haproxy[1234]: ", "<134>Oct 11 22:14:15 host haproxy[1234]: ",
        "<134>1 2026-01-01T12:00:00.123456+00:00 host haproxy 1234 - - ",
        R"(<134>1 2026-01-01T12:00:00Z - haproxy 7 - [id@32473 iut="3"] )",
        "<134>1 2026-01-01T12:00:00Z host haproxy 1234 - - \xef\xbb\xbf", "<0>", "<5> "})
    EXPECT_EQ(without_syslog_header(header + json), json) << header;
}

TEST(SyslogHeaderTest, WhatIsNoneStays) {
  for (const char* line : {"", "<", "<1", "<1>", "<>{}", "<1234>{}", "<a>{}", "<1x>{}", "{}", " <1>{}",
                           "190>{}", R"({"a":"<190>x: {}"})", "<190>Oct 11 22:14:15 host tag: no object"})
    EXPECT_EQ(without_syslog_header(line), line);
  const std::string long_header = "<190>" + std::string(600, 'x') + "{}";
  EXPECT_EQ(without_syslog_header(long_header), long_header);
}

}  // namespace
}  // namespace pannier::record
