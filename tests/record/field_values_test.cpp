#include "record/field_values.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <string>

#include "base/random.h"

namespace pannier::record {
namespace {

TEST(FieldValuesTest, DecimalTextHasNoExponentSignSpaceOrWord) {
  for (const char* bad :
       {"", "-", ".", "1.", ".1", "+1", "1e3", " 1", "1 ", "1.2.3", "0x1", "inf", "nan", "1_0", "--1", "1-"})
    EXPECT_FALSE(parse_decimal_text(bad)) << bad;
  EXPECT_EQ(parse_decimal_text("0"), 0);
  EXPECT_EQ(parse_decimal_text("-0.25"), -0.25);
  EXPECT_EQ(parse_decimal_text("007.50"), 7.5);
  EXPECT_EQ(parse_decimal_text("12345678901234567890"), 12345678901234567890.0);
  EXPECT_FALSE(parse_decimal_text(std::string(400, '9'))) << "beyond all numbers";
}

TEST(FieldValuesTest, ANumberTokenIsAJsonNumber) {
  for (const char* bad :
       {"", "01", "1.", ".1", "+1", "1e", "nan", "true", "\"1\"", "-", "1 2", "1e999", "-1e999"})
    EXPECT_FALSE(parse_number_token(bad)) << bad;
  EXPECT_EQ(parse_number_token("999999999"), 999999999);
  EXPECT_EQ(parse_number_token("1234567890"), 1234567890);
  EXPECT_EQ(parse_number_token("-1.5E+2"), -150);
}

TEST(FieldValuesTest, EpochSecondsKeepTheirMicroseconds) {
  Random random(7);
  for (int i = 0; i < 20000; ++i) {
    const std::uint64_t micros =
        (946684800 + random.below(4133980800 - 946684800)) * 1000000 + random.below(1000000);
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%llu.%06llu", static_cast<unsigned long long>(micros / 1000000),
                  static_cast<unsigned long long>(micros % 1000000));
    const auto time = from_epoch_seconds(parse_decimal_text(text.data()).value());
    ASSERT_TRUE(time.has_value()) << text.data();
    EXPECT_EQ(time->time_since_epoch().count(), static_cast<std::int64_t>(micros)) << text.data();
  }
}

TEST(FieldValuesTest, ABadEscapeIsNulOrHalfAPair) {
  for (const char* good : {"", "a", R"(\\u0000)", R"(\u0001)", R"(\ud83d\ude00)",
                           R"(\uD83D\uDE00\uDBFF\uDFFF)", R"(\\\\ud800)", R"(u0000)", R"(\ud7ff\ue000)"})
    EXPECT_FALSE(has_bad_escape(good)) << good;
  for (const char* bad : {R"(\u0000)", R"(\\\u0000)", R"(\ud800)", R"(\udfff)", R"(\ud800\\udc00)",
                          R"(\ud800\ud800\udc00)", R"(\ud83d\ude00\ude00)",
                          R"(\ud800)"
                          "x",
                          R"(\u00000)"})
    EXPECT_TRUE(has_bad_escape(bad)) << bad;
}

TEST(FieldValuesTest, AQuestionMarkEndsAPathUnlessItMarksAnOptionalParameter) {
  EXPECT_EQ(without_query("/a?b=1"), "/a");
  EXPECT_EQ(without_query("?b"), "");
  EXPECT_EQ(without_query("/a"), "/a");
  EXPECT_EQ(without_query("/a/:id?"), "/a/:id?");
  EXPECT_EQ(without_query("/a/:id?/b"), "/a/:id?/b");
  EXPECT_EQ(without_query("/a/:id?/:other?"), "/a/:id?/:other?");
  EXPECT_EQ(without_query("/a/:id?x=1"), "/a/:id");
  EXPECT_EQ(without_query("/a?b=/:c?"), "/a");
  EXPECT_EQ(without_query("^a/(?P<id>[0-9]+)/(?P<b>x)$"), "^a/(?P<id>[0-9]+)/(?P<b>x)$");
  EXPECT_EQ(without_query("/a(?token=1"), "/a(");
  EXPECT_EQ(without_query("/a?P<b"), "/a");
}

}  // namespace
}  // namespace pannier::record
