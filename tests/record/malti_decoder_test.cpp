// One element of Malti's requests: what it is, what is wrong with it, what is set right in it.
#include "record/malti_decoder.h"

#include <gtest/gtest.h>

#include <string>

namespace pannier::record {
namespace {

constexpr std::string_view good =
    R"({"service":"orders","node":"n1","method":"GET","endpoint":"/users/{id}","status":200,)"
    R"("response_time":15,"consumer":"web","context":"c","created_at":"2026-01-01T12:00:00Z"})";

std::string with(std::string_view from, std::string_view to) {
  std::string text(good);
  return text.replace(text.find(from), from.size(), to);
}

class Decoding {
 public:
  explicit Decoding(std::string_view text)
      : padded_(std::string(text).append(json::Reader::readable_bytes_behind, '"')),
        reader_({padded_.data(), text.size()}) {
    EXPECT_TRUE(decoder.read(reader_) && reader_.finish()) << text;
  }
  // "service: missing; status: int_type; "
  [[nodiscard]] std::string mistakes() const {
    std::string text;
    for (const MaltiMistake& mistake : decoder.mistakes())
      text.append(mistake.field).append(": ").append(mistake.type).append("; ");
    return text;
  }
  MaltiDecoder decoder;

 private:
  std::string padded_;
  json::Reader reader_;
};

TEST(MaltiDecoderTest, ARecordHasWhatWasSaidOfIt) {
  Decoding decoding(good);
  ASSERT_EQ(decoding.mistakes(), "");
  const Record& record = decoding.decoder.record();
  EXPECT_EQ(record.service, "orders");
  EXPECT_EQ(record.node, "n1");
  EXPECT_EQ(record.method, "GET");
  EXPECT_EQ(record.endpoint, "/users/{id}");
  EXPECT_EQ(record.status, 200);
  EXPECT_EQ(record.response_ms, 15);
  EXPECT_EQ(record.consumer, "web");
  EXPECT_EQ(record.context, "c");
  using namespace std::chrono;
  EXPECT_TRUE(record.has_created_at);
  EXPECT_EQ(record.created_at, sys_days(year(2026) / January / 1) + hours(12));
  EXPECT_TRUE(record.is_processed);
  EXPECT_TRUE(record.is_plain);
  EXPECT_FALSE(decoding.decoder.is_doomed());
}

TEST(MaltiDecoderTest, WhatIsOptionalMayBeNullOrMissing) {
  for (const char* text :
       {R"({"service":"s","method":"","endpoint":"","status":0,"response_time":0,"consumer":""})",
        R"({"consumer":"","response_time":0,"status":0,"endpoint":"","method":"","service":"s",)"
        R"("node":null,"context":null,"created_at":null})"}) {
    Decoding decoding(text);
    EXPECT_EQ(decoding.mistakes(), "");
    EXPECT_EQ(decoding.decoder.record().node, "");
    EXPECT_FALSE(decoding.decoder.record().has_created_at);
  }
}

TEST(MaltiDecoderTest, AllMistakesAreToldInTheModelsOrder) {
  EXPECT_EQ(Decoding("{}").mistakes(),
            "service: missing; method: missing; endpoint: missing; status: missing; response_time: missing; "
            "consumer: missing; ");
  EXPECT_EQ(Decoding(R"({"created_at":true,"context":1,"consumer":null,"response_time":{},"status":"x",)"
                     R"("endpoint":[],"method":1.5,"node":1,"service":null})")
                .mistakes(),
            "service: string_type; node: string_type; method: string_type; endpoint: string_type; "
            "status: int_parsing; response_time: int_type; consumer: string_type; context: string_type; "
            "created_at: datetime_type; ");
  for (const char* text : {"5", "null", "[]", "\"{}\""})
    EXPECT_EQ(Decoding(text).mistakes(), ": model_attributes_type; ") << text;
}

TEST(MaltiDecoderTest, TheReasonIsTheFirstOfTheLedgersOrder) {
  EXPECT_EQ(Decoding("{}").decoder.reject(), Reject::service);
  EXPECT_EQ(Decoding(with("\"web\"", "5")).decoder.reject(), Reject::consumer);
  EXPECT_EQ(Decoding(with("200", "null")).decoder.reject(), Reject::status);
  EXPECT_EQ(Decoding("5").decoder.reject(), Reject::json);
}

TEST(MaltiDecoderTest, OfAKeyThatComesTwiceTheLastOneCounts) {
  Decoding decoding(with("\"node\"", R"("status":"x","status":404,"\u0073tatus":503,"node")"));
  EXPECT_EQ(decoding.mistakes(), "");
  EXPECT_EQ(decoding.decoder.record().status, 200);
  EXPECT_EQ(Decoding(with("\"c\"", "\"c\",\"service\":5")).mistakes(), "service: string_type; ");
}

TEST(MaltiDecoderTest, UnknownFieldsAreCountedAndNothingElse) {
  Decoding decoding(with("\"node\"", R"("x":{"service":5,"y":[1,{}]},"Status":1,"status_code":2,"node")"));
  EXPECT_EQ(decoding.mistakes(), "");
  EXPECT_EQ(decoding.decoder.unknown_fields(), 3U);
}

TEST(MaltiDecoderTest, KeysInAnotherOrderThanBeforeAreTheSameKeys) {
  MaltiDecoder decoder;
  const std::string other =
      R"({"status":200,"service":"orders","response_time":15,"x":1,"context":"c","created_at":1767268800,)"
      R"("consumer":"web" ,"endpoint" :"/users/{id}", "method":"GET","node":"n1"})";
  for (const std::string& text : {std::string(good), other, std::string(good), other, other}) {
    const std::string padded = text + std::string(json::Reader::readable_bytes_behind, ' ');
    json::Reader reader({padded.data(), text.size()});
    ASSERT_TRUE(decoder.read(reader) && reader.finish());
    EXPECT_TRUE(decoder.mistakes().empty());
    EXPECT_EQ(decoder.record().service, "orders");
    EXPECT_EQ(decoder.record().node, "n1");
    EXPECT_EQ(decoder.record().endpoint, "/users/{id}");
    EXPECT_EQ(decoder.record().status, 200);
  }
}

TEST(MaltiDecoderTest, OneElementLeavesNothingForTheNext) {
  const std::string text = "[" + std::string(good) + ",{\"service\":\"s\"}]" + std::string(16, ' ');
  json::Reader reader({text.data(), text.size() - 16});
  MaltiDecoder decoder;
  bool more = false;
  ASSERT_TRUE(reader.enter(more) && decoder.read(reader) && reader.next(more) && more);
  EXPECT_TRUE(decoder.mistakes().empty());
  ASSERT_TRUE(decoder.read(reader));
  EXPECT_EQ(decoder.mistakes().size(), 5U);
  EXPECT_EQ(decoder.record().node, "");
}

TEST(MaltiDecoderTest, TextsThatMaltiWouldFailOnOrChangeAreSetRightAndCounted) {
  Decoding decoding(with("\"web\"", R"("a\u0000b\rc\nd\ud800e")"));
  EXPECT_EQ(decoding.mistakes(), "");
  EXPECT_EQ(decoding.decoder.record().consumer, "abc d\ufffde");
  EXPECT_EQ(decoding.decoder.changed_texts(), 1U);
  EXPECT_TRUE(decoding.decoder.record().is_plain);
  for (const char* text : {R"("\n")", R"("\r")", R"("\u0000")", R"("\udc00")"})
    EXPECT_EQ(Decoding(with("\"web\"", text)).decoder.changed_texts(), 1U) << text;
  EXPECT_EQ(Decoding(with("\"web\"", R"("\u00e9\/\t")")).decoder.changed_texts(), 0U);
}

TEST(MaltiDecoderTest, OnlyTextsThatNeedNoEscapeArePlain) {
  EXPECT_TRUE(Decoding(with("\"web\"", R"("\u00e9\/\ud83d\ude00")")).decoder.record().is_plain);
  for (const char* text : {R"("\"")", R"("\\")", R"("\t")", R"("\u001f")"})
    EXPECT_FALSE(Decoding(with("\"web\"", text)).decoder.record().is_plain) << text;
}

TEST(MaltiDecoderTest, WhatTheDatabaseCanNotHoldIsDoomedAndClamped) {
  const auto is_doomed = [](const std::string& text) { return Decoding(text).decoder.is_doomed(); };
  EXPECT_FALSE(is_doomed(with("200", "32767")));
  EXPECT_TRUE(is_doomed(with("200", "32768")));
  EXPECT_FALSE(is_doomed(with("200", "-32768")));
  EXPECT_TRUE(is_doomed(with("200", "-32769")));
  EXPECT_FALSE(is_doomed(with("15", "2147483647")));
  EXPECT_TRUE(is_doomed(with("15", "2147483648")));
  EXPECT_TRUE(is_doomed(with("15", "-2147483649")));
  Decoding large(with("200", "99999999999999999999"));
  EXPECT_TRUE(large.decoder.is_doomed());
  EXPECT_EQ(large.decoder.record().status, 2147483647);
  EXPECT_EQ(Decoding(with("15", "-99999999999999999999")).decoder.record().response_ms, -1e12);
}

TEST(MaltiDecoderTest, ATimeThatAnOffsetLeadsOutOfTheCalendarIsDoomedAndCanBeWritten) {
  using namespace std::chrono;
  Decoding late(with("2026-01-01T12:00:00Z", "9999-12-31T23:59:59-05:00"));
  EXPECT_TRUE(late.decoder.is_doomed());
  EXPECT_LT(late.decoder.record().created_at, sys_days(year(10000) / January / 1));
  Decoding early(with("2026-01-01T12:00:00Z", "0001-01-01T00:00:00+01:00"));
  EXPECT_TRUE(early.decoder.is_doomed());
  EXPECT_EQ(early.decoder.record().created_at, sys_days(year(1) / January / 1));
}

TEST(MaltiDecoderTest, AServiceThatCanNameNoLaneIsRefused) {
  for (const std::string& name : {std::string("../../../etc/machine-id"), std::string(),
                                  std::string(101, 's'), std::string("a\\tb"), std::string("\\u0000")}) {
    Decoding decoding(with("orders", name));
    EXPECT_EQ(decoding.mistakes(), "service: value_error; ") << name;
    EXPECT_EQ(decoding.decoder.reject(), Reject::service);
  }
  EXPECT_EQ(Decoding(with("orders", std::string(100, 's'))).mistakes(), "");
}

TEST(MaltiDecoderTest, HalfASurrogatePairIsNoNumberAndNoTime) {
  EXPECT_EQ(Decoding(with("200", R"("200\ud800")")).mistakes(), "status: string_unicode; ");
  EXPECT_EQ(Decoding(with("2026-01-01T12:00:00Z", R"(2026-01-01\ud800)")).mistakes(),
            "created_at: string_unicode; ");
}

}  // namespace
}  // namespace pannier::record
