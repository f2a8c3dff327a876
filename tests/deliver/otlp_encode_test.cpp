#include <limits>

#include "base/random.h"
#include "tests/deliver/otlp_records.h"

namespace pannier::deliver::otlp {
namespace {

class OtlpEncodeTest : public testing::TestWithParam<Format> {
 protected:
  static OtlpSpan span(const record::Record& record, const Entries& resource = {}) {
    return span_of(record, GetParam().encoding, resource);
  }
};

INSTANTIATE_TEST_SUITE_P(EveryFormat, OtlpEncodeTest, testing::ValuesIn(both_formats),
                         [](const auto& info) { return info.param.name; });

TEST_P(OtlpEncodeTest, ARecordIsOneServerSpanWithOldAndNewNamesSideBySide) {
  record::Record record = plain_record();
  record.path = "/users/17";
  record.client_ip = "203.0.113.9";
  record.context = "checkout";
  const OtlpSpan made = span(record);
  EXPECT_EQ(made.name, "GET /users/{id}");
  EXPECT_EQ(made.kind, 2);
  EXPECT_EQ(made.scope, "pannier");
  EXPECT_EQ(made.trace, "debdeb01000000000000000000000000");
  EXPECT_EQ(made.span, "0102030405060708");
  EXPECT_EQ(made.parent, "");
  EXPECT_EQ(made.attributes, (OtlpAttributes{{"http.request.method", "string:GET"},
                                             {"http.method", "string:GET"},
                                             {"http.route", "string:/users/{id}"},
                                             {"url.path", "string:/users/17"},
                                             {"http.target", "string:/users/17"},
                                             {"http.response.status_code", "int:200"},
                                             {"http.status_code", "int:200"},
                                             {"client.address", "string:203.0.113.9"},
                                             {"pannier.consumer", "string:anonymous"},
                                             {"pannier.context", "string:checkout"}}));
  EXPECT_EQ(made.resource,
            (OtlpAttributes{{"service.name", "string:orders"}, {"service.instance.id", "string:web-1"}}));
}

TEST_P(OtlpEncodeTest, StartAndEndAreExact) {
  const OtlpSpan made = span(plain_record());
  EXPECT_EQ(made.end, 1767322800000004000U);
  EXPECT_EQ(made.end - made.start, 12'345'678U);
  record::Record record = plain_record();
  record.response_ms = 0;
  EXPECT_EQ(span(record).start, span(record).end);
  record.response_ms = 2147483647;
  EXPECT_EQ(span(record).end - span(record).start, 2147483647'000'000U);
}

TEST_P(OtlpEncodeTest, TheStatusIsThereEvenWhenUnsetAndAnErrorFrom500Up) {
  record::Record record = plain_record();
  for (int status = 100; status <= 599; ++status) {
    record.status = static_cast<std::uint16_t>(status);
    const OtlpSpan made = span(record);
    EXPECT_EQ(made.code, status >= 500 ? 2 : 0) << status;
    EXPECT_EQ(made.attributes.at("http.status_code"), "int:" + std::to_string(status));
    EXPECT_EQ(made.attributes.at("http.response.status_code"), "int:" + std::to_string(status));
  }
}

TEST_P(OtlpEncodeTest, WhatARecordDoesNotSayIsLeftOut) {
  record::Record record = plain_record();
  record.node = {};
  record.consumer = {};
  const OtlpSpan made = span(record);
  for (const char* name :
       {"url.path", "http.target", "client.address", "pannier.consumer", "pannier.context"})
    EXPECT_FALSE(made.attributes.contains(name)) << name;
  EXPECT_FALSE(made.resource.contains("service.instance.id"));
}

TEST_P(OtlpEncodeTest, AParentIsTaken) {
  record::Record record = plain_record();
  record.parent = {0xff, 0, 0, 0, 0, 0, 0, 1};
  EXPECT_EQ(span(record).parent, "ff00000000000001");
}

TEST_P(OtlpEncodeTest, ARecordsOwnAttributesKeepTheirTypes) {
  const record::Attribute attributes[]{{"text", std::string_view("grüße \"q\" \\ \n")},
                                       {"whole", std::numeric_limits<std::int64_t>::min()},
                                       {"large", std::numeric_limits<std::int64_t>::max()},
                                       {"zero", std::int64_t{0}},
                                       {"real", 0.1},
                                       {"yes", true},
                                       {"no", false},
                                       {"empty", std::string_view()}};
  record::Record record = plain_record();
  record.attributes = attributes;
  record.is_plain = false;
  const OtlpAttributes made = span(record).attributes;
  EXPECT_EQ(made.at("text"), "string:grüße \"q\" \\ \n");
  EXPECT_EQ(made.at("whole"), "int:-9223372036854775808");
  EXPECT_EQ(made.at("large"), "int:9223372036854775807");
  EXPECT_EQ(made.at("zero"), "int:0");
  EXPECT_EQ(made.at("real"), "double:0.1");
  EXPECT_EQ(made.at("yes"), "bool:true");
  EXPECT_EQ(made.at("no"), "bool:false");
  EXPECT_EQ(made.at("empty"), "string:");
}

TEST_P(OtlpEncodeTest, ARecordsOwnAttributesNeverTakeOurNamesOrBringBodiesHeadersAndQueries) {
  using V = std::string_view;
  const record::Attribute attributes[]{{"http.target", V("/users?token=1")},
                                       {"http.route", V("/mine")},
                                       {"pannier.consumer", V("me")},
                                       {"", V("nobody")},
                                       {"url.query", V("token=1")},
                                       {"exception.message", V("secret")},
                                       {"http.request.header.cookie", V("secret")},
                                       {"multiplayer.http.request.body", V("secret")},
                                       {"url.full", V("https://shop/users?token=1")},
                                       {"tenant", V("a")}};
  record::Record record = plain_record();
  record.attributes = attributes;
  const OtlpSpan made = span(record);
  EXPECT_EQ(made.attributes.at("http.route"), "string:/users/{id}");
  EXPECT_EQ(made.attributes.at("url.full"), "string:https://shop/users");
  EXPECT_EQ(made.attributes.at("tenant"), "string:a");
  EXPECT_EQ(made.attributes.size(), 8U);
  EXPECT_EQ(made.raw.find("token"), std::string::npos);
  EXPECT_EQ(made.raw.find("secret"), std::string::npos);
}

TEST_P(OtlpEncodeTest, TheSendersResourceGoesBeforeTheConfigurations) {
  const record::Resource said{{"service.version", "2.0"}, {"telemetry.sdk.language", "python \"3\""}};
  record::Record record = plain_record();
  const Entries configured{{"service.version", "1.4"}, {"deployment.environment", "prod \"eu\""}};
  EXPECT_EQ(span(record, configured).resource,
            (OtlpAttributes{{"service.name", "string:orders"},
                            {"service.instance.id", "string:web-1"},
                            {"service.version", "string:1.4"},
                            {"deployment.environment", "string:prod \"eu\""}}));
  record.resource = &said;
  EXPECT_EQ(span(record, configured).resource,
            (OtlpAttributes{{"service.name", "string:orders"},
                            {"service.instance.id", "string:web-1"},
                            {"service.version", "string:2.0"},
                            {"telemetry.sdk.language", "string:python \"3\""},
                            {"deployment.environment", "string:prod \"eu\""}}));
}

TEST_P(OtlpEncodeTest, NobodysResourceNamesAnotherServiceOrInstance) {
  const record::Resource said{{"service.name", "other"}, {"service.instance.id", "other"}};
  record::Record record = plain_record();
  record.resource = &said;
  EXPECT_EQ(span(record, {{"service.name", "third"}}).resource,
            (OtlpAttributes{{"service.name", "string:orders"}, {"service.instance.id", "string:web-1"}}));
}

// Every length of text crosses the borders at which a length of a length grows.
TEST_P(OtlpEncodeTest, TextsOfEveryLengthAndOfEveryKindOfLetterArriveWhole) {
  for (const std::size_t length :
       {0U, 1U, 90U, 127U, 128U, 129U, 16'250U, 16'383U, 16'384U, 16'500U, 2'200'000U}) {
    for (const std::string_view letter : {"a", "\"", "\\", "\x01", "ü"}) {
      std::string text;
      while (text.size() < length) text += letter;
      record::Record record = plain_record();
      record.is_plain = letter == "a" || letter == "ü";
      record.method = record.endpoint = record.path = record.context = record.client_ip = text;
      const OtlpSpan made = span(record);
      ASSERT_EQ(made.name, text + " " + text);
      for (const char* name : {"http.request.method", "http.method", "http.route"})
        ASSERT_EQ(made.attributes.at(name), "string:" + text);
      if (!text.empty()) ASSERT_EQ(made.attributes.at("pannier.context"), "string:" + text);
    }
  }
}

TEST_P(OtlpEncodeTest, FragmentsOneBehindTheOtherAreABatch) {
  Random random(7);
  std::string fragments;
  std::vector<std::string> contexts;
  for (int i = 0; i < 200; ++i) {
    record::Record record = plain_record();
    contexts.emplace_back(random.below(300), 'x');
    record.context = contexts.back();
    fragments += fragment_of(record, GetParam().encoding);
  }
  const auto spans = read_fragments(GetParam().encoding, fragments);
  ASSERT_TRUE(spans);
  ASSERT_EQ(spans->size(), contexts.size());
  for (std::size_t i = 0; i < contexts.size(); ++i)
    if (!contexts[i].empty())
      ASSERT_EQ((*spans)[i].attributes.at("pannier.context"), "string:" + contexts[i]);
}

TEST_P(OtlpEncodeTest, AFragmentLeavesWhatStandsBeforeItAlone) {
  Options options;
  options.encoding = GetParam().encoding;
  const auto encoder = make_encoder(options, {});
  Bytes out;
  out.append("before");
  encoder->encode(plain_record(), out);
  encoder->encode(plain_record(), out);
  const std::string one = fragment_of(plain_record(), GetParam().encoding);
  EXPECT_EQ(out.view(), "before" + one + one);
}

}  // namespace
}  // namespace pannier::deliver::otlp
