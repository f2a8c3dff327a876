// Control lines: hello and client_dropped in their places, and everything that only looks like one.
#include "record/control_line.h"

#include <gtest/gtest.h>

#include "tests/record/decoding.h"

namespace pannier::record {
namespace {

TEST(ControlLineTest, AHelloIsReadWhereItStandsFirst) {
  Decoding decoding(
      R"({"hello": {"service":"orders","node":"web-7","client":"python/1.0","ack":true,"again":12,)"
      R"("resource":{"service.version":"1.4"}}})",
      Place::first);
  ASSERT_EQ(decoding.outcome(), "hello");
  EXPECT_EQ(decoding.hello().service, "orders");
  EXPECT_EQ(decoding.hello().node, "web-7");
  EXPECT_EQ(decoding.hello().client, "python/1.0");
  EXPECT_TRUE(decoding.hello().ack);
  EXPECT_EQ(decoding.hello().again, 12U);
  EXPECT_EQ(decoding.hello().resource, (Resource{{"service.version", "1.4"}}));
}

TEST(ControlLineTest, AHellosResourceIsBounded) {
  const auto hello = [](const std::string& resource) {
    return outcome_of(R"({"hello":{"resource":{)" + resource + "}}}", Place::first);
  };
  std::string names = R"("name0":"")";
  for (std::size_t i = 1; i < most_resource_names; ++i) names += ",\"name" + std::to_string(i) + "\":\"\"";
  EXPECT_EQ(hello(names), "hello");
  EXPECT_EQ(hello(names + R"(,"more":"")"), "rejected(hello)");
  EXPECT_EQ(hello("\"n\":\"" + std::string(longest_resource - 1, 'x') + "\""), "hello");
  EXPECT_EQ(hello("\"n\":\"" + std::string(longest_resource, 'x') + "\""), "rejected(hello)");
}

TEST(ControlLineTest, AHellosResourceKeepsTheFirstOfTwoAndNothingWithoutAName) {
  Decoding decoding(R"({"hello":{"resource":{"b":"1","":"2","a":"\"3","b":"4"}}})", Place::first);
  ASSERT_EQ(decoding.outcome(), "hello");
  EXPECT_EQ(decoding.hello().resource, (Resource{{"b", "1"}, {"a", "\"3"}}));
}

TEST(ControlLineTest, EverythingInAHelloMayBeLeftOut) {
  for (const char* line :
       {R"({"hello":{}})", R"({"hello":{"service":null,"node":null,"client":null,"ack":null,)"
                           R"("again":null,"resource":null}})"}) {
    Decoding decoding(line, Place::first);
    ASSERT_EQ(decoding.outcome(), "hello") << line;
    EXPECT_EQ(decoding.hello().service + decoding.hello().node + decoding.hello().client, "");
    EXPECT_FALSE(decoding.hello().ack);
    EXPECT_EQ(decoding.hello().again, 0U);
  }
}

TEST(ControlLineTest, AHelloInheritsNothingFromTheOneBefore) {
  LineDecoder decoder;
  for (const std::string_view line :
       {R"({"hello":{"service":"a","node":"b","client":"c","ack":true,"again":5}})",
        R"({"hello":{"service":"a","node":5}})", R"({"hello":{}})"}) {
    std::string padded(line);
    padded.resize(line.size() + line_padding);
    decoder.decode({padded.data(), line.size()}, true);
  }
  EXPECT_EQ(decoder.hello().service + decoder.hello().node + decoder.hello().client, "");
  EXPECT_FALSE(decoder.hello().ack);
  EXPECT_EQ(decoder.hello().again, 0U);
}

TEST(ControlLineTest, WhatAHelloSaysThatWeDoNotKnowIsIgnored) {
  EXPECT_EQ(outcome_of(R"({"hello":{"future":[1,{"a":"b"}],"service":"a"}})", Place::first), "hello");
}

TEST(ControlLineTest, AFaultyHelloIsRejected) {
  for (const std::string content : {"null",
                                    "true",
                                    "5",
                                    R"("orders")",
                                    "[]",
                                    R"({"service":""})",
                                    R"({"node":""})",
                                    R"({"service":"a/b"})",
                                    R"({"node":"a\nb"})",
                                    R"({"service":5})",
                                    R"({"node":[]})",
                                    R"({"client":5})",
                                    R"({"ack":"true"})",
                                    R"({"ack":1})",
                                    R"({"again":-1})",
                                    R"({"again":1.5})",
                                    R"({"again":"1"})",
                                    R"({"again":99999999999999999999})",
                                    R"({"resource":[]})",
                                    R"({"resource":{"a":5}})",
                                    R"({"resource":"a"})",
                                    R"({"client":"\u0000"})",
                                    R"({"service":"\ud800"})",
                                    R"({"resource":{"\udc00":"a"}})"})
    EXPECT_EQ(outcome_of("{\"hello\":" + content + "}", Place::first), "rejected(hello)") << content;
  const std::string long_client = "{\"hello\":{\"client\":\"" + std::string(101, 'a') + "\"}}";
  EXPECT_EQ(outcome_of(long_client, Place::first), "rejected(hello)");
  const std::string long_service = "{\"hello\":{\"service\":\"" + std::string(101, 'a') + "\"}}";
  EXPECT_EQ(outcome_of(long_service, Place::first), "rejected(hello)");
}

TEST(ControlLineTest, AHelloAnywhereElseIsRejected) {
  EXPECT_EQ(outcome_of(R"({"hello":{}})", Place::later), "rejected(hello)");
  EXPECT_EQ(outcome_of(R"({"hello":{"service":""}})", Place::later), "rejected(hello)");
  EXPECT_EQ(outcome_of(R"({"h\u0065llo":{}})", Place::later), "rejected(hello)");
  EXPECT_EQ(outcome_of(R"({"h\u0065llo":{}})", Place::first), "hello");
}

TEST(ControlLineTest, OnlyTheDaemonSaysWelcomeSessionAndAck) {
  for (const Place place : {Place::first, Place::later})
    for (const char* line :
         {R"({"welcome":{"version":"1","session":null}})", R"({"welcome":null})", R"({"session":null})",
          R"({"session":{"type":"MANUAL"}})", R"({"ack":1})", R"({"ack":1,"rejected":0,"filtered":0})",
          R"({"ack":1,"filtered":0})", R"({"ack":"x"})", R"({"ack":null})"})
      EXPECT_EQ(outcome_of(line, place), "rejected(control)") << line;
}

TEST(ControlLineTest, ClientDroppedSaysHowMany) {
  for (const Place place : {Place::first, Place::later}) {
    Decoding decoding(R"( {"client_dropped" : 18446744073709551615} )", place);
    ASSERT_EQ(decoding.outcome(), "client_dropped");
    EXPECT_EQ(decoding.line().dropped_by_client, 18446744073709551615U);
    EXPECT_EQ(outcome_of(R"({"client_dropped":0})", place), "client_dropped");
  }
  for (const char* bad :
       {"-1", "1.5", "1e3", "\"5\"", "null", "true", "[]", "{}", "18446744073709551616", "1e999"})
    EXPECT_EQ(outcome_of("{\"client_dropped\":" + std::string(bad) + "}"), "rejected(control)") << bad;
}

TEST(ControlLineTest, AControlKeyBesidesOthersIsAnUnknownField) {
  for (const char* key : {"hello", "welcome", "session", "ack", "client_dropped"}) {
    Decoding decoding(line_with({{key, "5"}}));
    EXPECT_EQ(decoding.outcome(), "record") << key;
    EXPECT_EQ(decoding.line().unknown_fields, 1U);
    EXPECT_EQ(outcome_of("{\"" + std::string(key) + "\":5," + line_with({}).substr(1)), "record") << key;
    EXPECT_EQ(outcome_of("{\"" + std::string(key) + "\":5,\"other\":5}", Place::first), "rejected(method)")
        << key;
  }
  EXPECT_EQ(outcome_of(R"({"hello":{},"hello":{}})", Place::first), "rejected(method)");
  EXPECT_EQ(outcome_of(R"({"other":5,"hello":{}})", Place::first), "rejected(method)");
  EXPECT_EQ(outcome_of(R"({"Hello":{}})", Place::first), "rejected(method)");
  EXPECT_EQ(outcome_of(R"({"method":"GET","ack":1})"), "rejected(endpoint)");
}

TEST(ControlLineTest, AControlLineThatIsNoJsonIsThat) {
  for (const char* line :
       {R"({"hello":{})", R"({"hello":{}}})", R"({"hello":{"ack":tru}})", R"({"client_dropped":01})",
        R"({"ack":1,})", R"({"ack":1}{"ack":2})", R"({"hello":{"service":"a":1}})"})
    EXPECT_EQ(outcome_of(line, Place::first), "rejected(json)") << line;
  EXPECT_EQ(outcome_of("{\"hello\":{\"client\":\"\xff\"}}", Place::first), "rejected(utf8)");
}

}  // namespace
}  // namespace pannier::record
