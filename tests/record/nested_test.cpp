// The fields that hold objects: headers, the error, attributes.
#include "record/nested.h"

#include <gtest/gtest.h>

#include "tests/record/decoding.h"

namespace pannier::record {
namespace {

TEST(NestedTest, HeadersAreHandedOverInTheirOrder) {
  Decoding decoding(
      line_with({{"request_headers", R"({"Host":"a.example", "X-Consumer-ID" : "app","x":"","x":"2"})"},
                 {"response_headers", R"({"Content-Type":"text/html"})"}}));
  ASSERT_EQ(decoding.outcome(), "record");
  const auto headers = decoding.record().request_headers;
  ASSERT_EQ(headers.size(), 4U);
  EXPECT_EQ(headers[0].name, "Host");
  EXPECT_EQ(headers[0].value, "a.example");
  EXPECT_EQ(headers[1].name, "X-Consumer-ID");
  EXPECT_EQ(headers[1].value, "app");
  EXPECT_EQ(headers[2].value, "");
  EXPECT_EQ(headers[3].value, "2");
  ASSERT_EQ(decoding.record().response_headers.size(), 1U);
  EXPECT_EQ(decoding.record().response_headers[0].value, "text/html");
  EXPECT_TRUE(decoding.record().is_plain);
}

TEST(NestedTest, EscapesInHeadersAreResolvedAndClearIsPlain) {
  Decoding decoding(line_with({{"request_headers", R"({"x-\u0061":"\"b\"","c":"\ud83d\ude00"})"}}));
  ASSERT_EQ(decoding.outcome(), "record");
  EXPECT_EQ(decoding.record().request_headers[0].name, "x-a");
  EXPECT_EQ(decoding.record().request_headers[0].value, "\"b\"");
  EXPECT_EQ(decoding.record().request_headers[1].value, "😀");
  EXPECT_FALSE(decoding.record().is_plain);
}

TEST(NestedTest, AttributesAreHandedOverWithTheirTypesNullsLeftOut) {
  using namespace std::string_view_literals;
  Decoding decoding(line_with(
      {{"attributes", R"({"text":"a\"b","whole":-7, "large" : 9223372036854775808 ,"real":1.5e3,"yes":true,)"
                      R"("no":false,"none":null,"beyond":1e999,"zero":-0})"}}));
  ASSERT_EQ(decoding.outcome(), "record");
  const auto attributes = decoding.record().attributes;
  ASSERT_EQ(attributes.size(), 8U);
  const auto value = [&](std::size_t i) { return attributes[i].value; };
  EXPECT_EQ(attributes[0].name, "text");
  EXPECT_EQ(std::get<std::string_view>(value(0)), "a\"b");
  EXPECT_EQ(std::get<std::int64_t>(value(1)), -7);
  EXPECT_EQ(std::get<double>(value(2)), 9223372036854775808.0);
  EXPECT_EQ(std::get<double>(value(3)), 1500);
  EXPECT_TRUE(std::get<bool>(value(4)));
  EXPECT_FALSE(std::get<bool>(value(5)));
  EXPECT_EQ(std::get<std::string_view>(value(6)),
            "1e999");  // what is beyond a number stays as it was written
  EXPECT_EQ(std::get<std::int64_t>(value(7)), 0);
  EXPECT_TRUE(Decoding(line_with({})).record().attributes.empty());
}

TEST(NestedTest, TheHeadersOfTheLineBeforeAreForgotten) {
  std::string line = line_with({{"request_headers", R"({"a":"b"})"}});
  std::string next = line_with({});
  const std::size_t sizes[] = {line.size(), next.size()};
  line.resize(line.size() + line_padding);
  next.resize(next.size() + line_padding);
  LineDecoder decoder;
  decoder.decode({line.data(), sizes[0]}, false);
  EXPECT_EQ(decoder.record().request_headers.size(), 1U);
  decoder.decode({next.data(), sizes[1]}, false);
  EXPECT_EQ(decoder.record().request_headers.size(), 0U);
}

TEST(NestedTest, HeadersAreAnObjectOfTexts) {
  for (const std::string field : {"request_headers", "response_headers"}) {
    for (const char* good : {"{}", "{ }", R"({"a":""})"})
      EXPECT_EQ(outcome_with(field, good), "record") << good;
    for (const char* bad : {R"("a: b")", "5", "true", "[]", R"([["a","b"]])", R"({"a":5})", R"({"a":null})",
                            R"({"a":["b"]})", R"({"a":"b","c":{}})", R"({"a":"\u0000"})", R"({"\u0000":"a"})",
                            R"({"a":"\udfff"})", R"({"\ud800":"a"})"})
      EXPECT_EQ(outcome_with(field, bad), "rejected(" + field + ")") << bad;
  }
}

TEST(NestedTest, AnErrorHasTextsForTypeMessageAndStack) {
  for (const char* good : {"{}", R"({"type":"ValueError","message":"no","stack":"a\nb"})", R"({"type":null})",
                           R"({"code":5,"cause":{"type":5}})"})
    EXPECT_EQ(outcome_with("error", good), "record") << good;
  for (const char* bad : {R"("ValueError")", "[]", "5", R"({"type":5})", R"({"message":[]})",
                          R"({"stack":{}})", R"({"m\u0065ssage":5})", R"({"type":"a","stack":true})",
                          R"({"message":"\u0000"})", R"({"message":"\ud800"})"})
    EXPECT_EQ(outcome_with("error", bad), "rejected(error)") << bad;
}

TEST(NestedTest, AttributesAreScalars) {
  for (const char* good : {"{}", R"({"a":"b","c":1.5,"d":true,"e":null,"f":1e999,"g":99999999999999999999})"})
    EXPECT_EQ(outcome_with("attributes", good), "record") << good;
  for (const char* bad : {R"("a")", "[]", "5", R"({"a":[]})", R"({"a":{}})", R"({"a":1,"b":[1]})",
                          R"({"a":"\u0000"})", R"({"a":"\udc00"})"})
    EXPECT_EQ(outcome_with("attributes", bad), "rejected(attributes)") << bad;
}

TEST(NestedTest, WhatIsNoJsonInAnObjectIsNoJson) {
  for (const char* field : {"request_headers", "error", "attributes", "request_body", "surprise"})
    for (const char* bad :
         {R"({"a"})", R"({"a":})", R"({"a":1,})", R"({"a":1 "b":2})", R"({a:1})", R"({"a":01})",
          R"({"a":NaN})", R"({"a":tru})", R"({"a":"\x"})", R"({"a":[1})", R"({"a":1])", R"({,})",
          R"({"a":"b":"c"})", R"({1:2})", R"({"a":"\u12"})", R"({"\q":1})", R"({"a":+1})"})
      EXPECT_EQ(outcome_with(field, bad), "rejected(json)") << field << ' ' << bad;
}

}  // namespace
}  // namespace pannier::record
