#include <gtest/gtest.h>
#include <simdjson.h>

#include <string>

#include "base/json.h"
#include "base/random.h"

namespace pannier::json {
namespace {

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

std::string nested(std::string_view open, std::string_view inside, std::string_view close,
                   std::size_t depth) {
  return repeated(open, depth) + std::string(inside) + repeated(close, depth);
}

TEST(JsonCheckTest, TakesWhatTheGrammarAllows) {
  for (const std::string_view text : {"0",
                                      "-0",
                                      "10",
                                      "1.5",
                                      "-1.25e10",
                                      "1E+3",
                                      "1e-3",
                                      "0e0",
                                      "123456789012345678901234567890",
                                      "1e999",
                                      "true",
                                      "false",
                                      "null",
                                      "\"\"",
                                      "\"a b\"",
                                      R"("\"\\\/\b\f\n\r\t")",
                                      R"("\u0041\uD83D\uDE00")",
                                      R"("\u00e9")",
                                      "\"\xc3\xa9\"",
                                      "\"\x7f\"",
                                      "[]",
                                      "[ ]",
                                      "[1]",
                                      "[1,2 , 3]",
                                      "[[],[[]]]",
                                      "{}",
                                      "{ }",
                                      R"({"a":1})",
                                      R"({"a":1,"a":2})",
                                      R"({ "" : [ { } , null ] , "b" : -1 })",
                                      " \t\r\n{}\n "})
    EXPECT_TRUE(is_value(text)) << text;
}

TEST(JsonCheckTest, RefusesAllElse) {
  for (const std::string_view text : {"",
                                      " ",
                                      "01",
                                      "-01",
                                      "-",
                                      "+1",
                                      ".5",
                                      "1.",
                                      "1.e3",
                                      "1e",
                                      "1e+",
                                      "0x10",
                                      "1_000",
                                      "NaN",
                                      "nan",
                                      "Infinity",
                                      "-Infinity",
                                      "--1",
                                      "truE",
                                      "tru",
                                      "truee",
                                      "nul",
                                      "nulll",
                                      "'a'",
                                      "\"",
                                      "\"a",
                                      "\"\\\"",
                                      R"("\x")",
                                      R"("\u12")",
                                      R"("\u12g4")",
                                      R"("\u")",
                                      R"("\)",
                                      "\"\t\"",
                                      "\"\n\"",
                                      "\"a\"b",
                                      "[",
                                      "]",
                                      "[1",
                                      "[1,",
                                      "[1,]",
                                      "[,1]",
                                      "[1 2]",
                                      "[1,,2]",
                                      "[1}",
                                      "{",
                                      "}",
                                      "{]",
                                      R"({"a"})",
                                      R"({"a":})",
                                      R"({"a":1,})",
                                      R"({,"a":1})",
                                      R"({"a" 1})",
                                      R"({"a":1 "b":2})",
                                      R"({a:1})",
                                      R"({1:1})",
                                      R"({"a":1]})",
                                      "1 2",
                                      "{} {}",
                                      "{}{}",
                                      "{},",
                                      "[] x",
                                      "// c\n1",
                                      "[1]\v",
                                      "\xef\xbb\xbf{}"})
    EXPECT_FALSE(is_value(text)) << text;
}

TEST(JsonCheckTest, RefusesANulByteWhereverItStands) {
  using namespace std::string_view_literals;
  for (const std::string_view text : {"\0"sv, "1\0"sv, "\"\0\""sv, "{\0}"sv, "[1,\0]"sv})
    EXPECT_FALSE(is_value(text));
}

TEST(JsonCheckTest, Takes1024LevelsAndNotOneMore) {
  EXPECT_TRUE(is_value(nested("[", "1", "]", 1024)));
  EXPECT_TRUE(is_value(nested("[", "", "]", 1024)));
  EXPECT_TRUE(is_value(nested("{\"a\":", "1", "}", 1024)));
  EXPECT_TRUE(is_value(nested("[{\"a\":", "1", "}]", 512)));
  EXPECT_FALSE(is_value(nested("[", "1", "]", 1025)));
  EXPECT_FALSE(is_value(nested("[", "", "]", 1025)));
  EXPECT_FALSE(is_value(nested("{\"a\":", "{}", "}", 1024)));
  EXPECT_FALSE(is_value(nested("[", "", "]", 100'000)));
  EXPECT_FALSE(is_value(repeated("[", 100'000)));
}

TEST(JsonCheckTest, CountsNeighboursAsOneLevel) {
  EXPECT_TRUE(is_value("[" + repeated("[[]],{\"a\":{}},", 5000) + "1]"));
}

// simdjson looks into escapes (\ud800 alone) and numbers (1e999) further than the grammar does.
bool is_value_by_simdjson(const std::string& text) {
  simdjson::dom::parser parser;
  return parser.parse(simdjson::padded_string(text)).error() == simdjson::SUCCESS;
}

TEST(JsonCheckTest, JudgesDamagedDocumentsAsAFullParserDoes) {
  const std::string whole =
      R"({"a":[1,-2.5e3,true,false,null,"x\"\\\n\u00e9"],"b":{"c":{},"d":[]},"e" : "f" })";
  const std::string_view pieces = "{}[]:,\"\\ 019-+.eEtfnu/a";
  Random random(7);
  int taken = 0;
  for (int i = 0; i < 50'000; ++i) {
    std::string text = whole;
    for (std::uint64_t damage = random.below(3) + 1; damage > 0; --damage) {
      const std::size_t at = random.below(text.size());
      const char piece = pieces[random.below(pieces.size())];
      switch (random.below(3)) {
        case 0: text[at] = piece; break;
        case 1: text.insert(at, 1, piece); break;
        default: text.erase(at, random.below(4) + 1); break;
      }
    }
    const bool is_whole = is_value_by_simdjson(text);
    ASSERT_EQ(is_value(text), is_whole) << text;
    taken += is_whole ? 1 : 0;
  }
  EXPECT_GT(taken, 1000);  // else the damage was too great to prove anything
}

}  // namespace
}  // namespace pannier::json
