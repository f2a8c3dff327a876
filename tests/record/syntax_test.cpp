// A line is one whole JSON object: simdjson's On-Demand lets much pass that is none.
#include <gtest/gtest.h>

#include "tests/record/decoding.h"

namespace pannier::record {
namespace {

TEST(SyntaxTest, ALineThatIsNoObjectIsNoJsonForUs) {
  for (const char* line :
       {"[]", "[{}]", "5", "-1", "\"x\"", "null", "true", "NaN", "x", "<190>", ":", ",", "}", "]"})
    EXPECT_EQ(outcome_of(line), "rejected(json)") << line;
}

TEST(SyntaxTest, NothingStandsBehindTheObject) {
  for (const char* behind :
       {"x", "}", "]", ",", ":", "{}", "\"", "\"a\"", "1", "null", "\\", ",{}", "[]", "\x01"})
    for (const char* space : {"", " "})
      EXPECT_EQ(outcome_of(line_with({}) + space + behind), "rejected(json)") << behind;
  EXPECT_EQ(outcome_of(line_with({}) + line_with({})), "rejected(json)");
  EXPECT_EQ(outcome_of(line_with({}) + "\n" + line_with({})), "rejected(json)");
  EXPECT_EQ(outcome_of("{}{}"), "rejected(json)");
}

TEST(SyntaxTest, ALineCutAnywhereIsNoJson) {
  const std::string line = line_with({{"a", R"({"b":[1,2,{"c":"d"}]})"},
                                      {"request_headers", R"({"a":"b"})"},
                                      {"context", R"("\u00e9")"},
                                      {"attributes", R"({"a":1})"},
                                      {"request_body", "[[1]]"},
                                      {"b", R"("x")"}});
  for (std::size_t size = 1; size < line.size(); ++size)
    EXPECT_EQ(outcome_of(line.substr(0, size)), "rejected(json)") << line.substr(0, size);
}

TEST(SyntaxTest, CommasAndColonsStandWhereTheyBelong) {
  const std::string rest = line_with({}).substr(1);
  for (const char* before :
       {",", "\"a\",", "\"a\":,", "\"a\":1,,", "\"a\":1 ", "\"a\" 1,", ":1,", "\"a\"::1,", "1:1,", "a:1,",
        "'a':1,", "\"a\":1;", "null:1,", "{}:1,", "\"a\":1 2,", "\"a\":\"b\" \"c\","})
    EXPECT_EQ(outcome_of("{" + std::string(before) + rest), "rejected(json)") << before;
  for (const char* value :
       {"1,", "\"a\",", "{},", "1 1", "\"a\"\"b\"", "\"a\"1", "1\"a\"", "{}{}", "[][]", "[]1"}) {
    EXPECT_EQ(outcome_with("surprise", value), "rejected(json)") << value;
    EXPECT_EQ(outcome_with("context", value), "rejected(json)") << value;
    EXPECT_EQ(outcome_with("request_body", value), "rejected(json)") << value;
  }
}

TEST(SyntaxTest, AValueIsNoKey) {
  const std::string rest = line_with({}).substr(1);
  for (const char* key : {"consumer", "context", "service", "a", "created_at"})
    for (const char* value : {R"("x":1)", R"("x" : "y")", R"("x":{})", R"("x":[1])", R"("x":1})",
                              R"("x":"y"})", R"("x":{}})", R"("x\n":1})", R"("2026-01-01T00:00:00Z":1})"}) {
      const std::string pair = "\"" + std::string(key) + "\":" + value;
      EXPECT_EQ(outcome_of("{" + pair + "," + rest), "rejected(json)") << pair;
      EXPECT_EQ(outcome_of(line_with({{key, value}})), "rejected(json)") << pair;
    }
}

TEST(SyntaxTest, BracketsMatch) {
  for (const char* value : {"[}", "{]", "[1}", R"({"a":1])", "[[]", "[[}]", "[{]}", "]", "}", "[1,]", "[,1]",
                            "[1 2]", R"(["a":1])", R"({"a","b"})", "{[]}"})
    for (const char* field : {"surprise", "request_body", "attributes", "method", "status"})
      EXPECT_EQ(outcome_with(field, value), "rejected(json)") << field << ' ' << value;
}

TEST(SyntaxTest, TenThousandBracketsAreNoJsonForUs) {
  for (const char* field : {"surprise", "method", "status", "created_at", "request_headers", "request_body",
                            "error", "attributes", "trace_id", "request_body_cut"}) {
    std::string objects;
    for (int i = 0; i < 10000; ++i) objects += R"({"a":)";
    EXPECT_EQ(outcome_with(field, nested(10000, '[', ']')), "rejected(json)") << field;
    EXPECT_EQ(outcome_with(field, std::string(10000, '[')), "rejected(json)") << field;
    EXPECT_EQ(outcome_with(field, std::string(10000, ']')), "rejected(json)") << field;
    EXPECT_EQ(outcome_with(field, objects + "1" + std::string(10000, '}')), "rejected(json)") << field;
  }
  EXPECT_EQ(outcome_of(std::string(10000, '{')), "rejected(json)");
  EXPECT_EQ(outcome_of(nested(10000, '{', '}')), "rejected(json)");
}

TEST(SyntaxTest, NumbersAreJsonNumbers) {
  for (const char* bad :
       {"01",    "-01", "1.", ".5",    "+1",    "1e", "1e+", "1.e1", "--1", "-",     "0x10",
        "1_000", "1,0", "१",  "1.2.3", "1e1.5", "00", "-.5", "1a",   "1-1", "1\x0b", "1\x0c"})
    for (const char* field : {"surprise", "status", "response_time", "created_at", "consumer"})
      EXPECT_EQ(outcome_with(field, bad), "rejected(json)") << field << ' ' << bad;
}

TEST(SyntaxTest, WordsAreTrueFalseAndNull) {
  for (const char* bad :
       {"tru", "truee", "True", "nul", "nulll", "NULL", "none", "nan1", "false0", "undefined", "null x"})
    for (const char* field : {"surprise", "status", "consumer", "request_body_cut", "error"})
      EXPECT_EQ(outcome_with(field, bad), "rejected(json)") << field << ' ' << bad;
}

TEST(SyntaxTest, ControlCharactersInTextsAreEscaped) {
  for (char control = 0; control < 0x20; ++control)
    for (const char* field : {"surprise", "context", "status", "request_headers"})
      EXPECT_EQ(outcome_with(field, std::string("\"a") + control + "\""), "rejected(json)")
          << field << ' ' << static_cast<int>(control);
  EXPECT_EQ(outcome_with("context", "\"a\x7f\""), "record");
}

TEST(SyntaxTest, EscapesAreJsonEscapes) {
  for (const char* bad :
       {R"("\x41")", R"("\u12")", R"("\u12g4")", R"("\a")", R"("\'")", R"("\U0041")", R"("\u+041")",
        R"("\0")", R"("\)", R"("\\\")", R"("\u")", R"("\ud800\u12")", R"("\ud800\x")", R"("\u 041")"})
    for (const char* field : {"surprise", "context", "status", "created_at", "request_body", "trace_id"})
      EXPECT_EQ(outcome_with(field, bad), "rejected(json)") << field << ' ' << bad;
  EXPECT_EQ(outcome_of(R"({"a\x":1,)" + line_with({}).substr(1)), "rejected(json)");
  EXPECT_EQ(outcome_of(R"({"a\u12":1,)" + line_with({}).substr(1)), "rejected(json)");
}

TEST(SyntaxTest, WhatIsWhiteSpaceElsewhereIsNoneInJson) {
  for (const char* space : {"\f", "\v", "\xc2\xa0", "\xef\xbb\xbf", "\x1a", "\b"}) {
    EXPECT_EQ(outcome_of(space + line_with({})), "rejected(json)");
    EXPECT_EQ(outcome_of(line_with({}) + space), "rejected(json)");
    EXPECT_EQ(outcome_with("a", std::string(space) + "1"), "rejected(json)");
    EXPECT_EQ(outcome_with("a", std::string("1") + space), "rejected(json)");
    EXPECT_EQ(outcome_with("consumer", std::string("\"x\"") + space), "rejected(json)");
    EXPECT_EQ(outcome_with("consumer", std::string("null") + space), "rejected(json)");
  }
}

}  // namespace
}  // namespace pannier::record
