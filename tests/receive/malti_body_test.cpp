// A body of Malti's ingest: all of it or Malti's own answer, and every record in one account.
#include "receive/malti_body.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <map>
#include <vector>

#include "tests/receive/padded.h"

namespace pannier::receive {
namespace {

std::string record_of(std::string_view service, std::string_view status = "200") {
  return R"({"service":")" + std::string(service) + R"(","method":"GET","endpoint":"/a","status":)" +
         std::string(status) + R"(,"response_time":1,"consumer":"c"})";
}

std::string body_of(const std::vector<std::string>& records) {
  std::string body = "{\"requests\":[";
  for (const std::string& record : records) body.append(body.back() == '[' ? "" : ",").append(record);
  return body + "]}";
}

// One body, read, in a buffer with nothing behind it but the padding.
class Reading {
 public:
  explicit Reading(std::string_view text) : padded_(text), is_good(body.read(padded_.view())) {}

  // "orders 200, orders 404 doomed, "
  std::string records() {
    std::string text;
    body.each([&text](const record::Record& record, bool is_doomed) {
      text.append(record.service).append(" ").append(std::to_string(record.status));
      text.append(is_doomed ? " doomed, " : ", ");
    });
    return text;
  }
  [[nodiscard]] std::map<std::string_view, std::uint64_t> rejected() const {
    std::map<std::string_view, std::uint64_t> by_reason;
    for (std::size_t i = 0; i < count_of<Reject>; ++i)
      if (body.rejected().at(i) != 0) by_reason[name(static_cast<Reject>(i))] = body.rejected().at(i);
    return by_reason;
  }

  MaltiBody body;

 private:
  Padded padded_;

 public:
  const bool is_good;
};

using Rejected = std::map<std::string_view, std::uint64_t>;

TEST(MaltiBodyTest, AGoodBodyIsHandedOutInItsOrder) {
  Reading reading(body_of({record_of("orders"), record_of("orders", "404"), record_of("orders", "40000")}));
  ASSERT_TRUE(reading.is_good);
  EXPECT_EQ(reading.body.count(), 3U);
  EXPECT_EQ(reading.records(), "orders 200, orders 404, orders 40000 doomed, ");
  EXPECT_EQ(reading.records(), "orders 200, orders 404, orders 40000 doomed, ") << "as often as asked for";
}

// From record `escaped` on the services are written with escapes.
std::string numbered_body(std::size_t records, std::size_t escaped) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < records; ++i)
    all.push_back(record_of((i < escaped ? "s" : "\\u0073") + std::to_string(i), std::to_string(i)));
  return body_of(all);
}

TEST(MaltiBodyTest, RecordsThatAreNotKeptAreHandedOutTheSame) {
  MaltiBody body;
  for (const std::size_t records : {MaltiBody::most_kept + 3, std::size_t{2}, std::size_t{20}})
    for (const std::size_t escaped :
         {std::size_t{0}, std::size_t{1}, MaltiBody::most_kept, std::size_t{9'999}}) {
      const Padded text(numbered_body(records, escaped));
      ASSERT_TRUE(body.read(text.view()));
      for (int pass = 0; pass < 2; ++pass) {
        std::uint64_t visited = 0;
        body.each([&visited](record::Record& record, bool /*is_doomed*/) {
          EXPECT_EQ(record.service, "s" + std::to_string(visited));
          EXPECT_EQ(record.status, static_cast<std::int32_t>(visited++));
          record.service = "changed";  // as process may: the next pass must not see it
        });
        EXPECT_EQ(visited, records) << escaped;
      }
    }
}

TEST(MaltiBodyTest, OneFaultyRecordRefusesAllAndEachIsCounted) {
  Reading reading(body_of(
      {record_of("orders"), record_of("a/b"), record_of("orders", "\"x\""), record_of("orders"), "5"}));
  ASSERT_FALSE(reading.is_good);
  EXPECT_EQ(reading.body.answer().status, 422);
  EXPECT_FALSE(reading.body.is_unreadable());
  EXPECT_EQ(reading.rejected(), (Rejected{{"batch", 2}, {"service", 1}, {"status", 1}, {"json", 1}}));
  const std::string& json = reading.body.answer().json;
  EXPECT_NE(json.find(R"("loc":["body","requests",1,"service"])"), std::string::npos) << json;
  EXPECT_NE(
      json.find(
          R"({"type":"int_parsing","loc":["body","requests",2,"status"],"msg":"Input should be a valid )"
          R"(integer, unable to parse string as an integer","input":"x"})"),
      std::string::npos)
      << json;
}

TEST(MaltiBodyTest, WhatCanNotBeReadIsOneLine) {
  for (const auto& [text, status, reason] : std::vector<std::tuple<std::string, int, std::string_view>>{
           {"", 422, "json"},
           {"{", 422, "json"},
           {body_of({record_of("orders")}) + "x", 422, "json"},
           {"[]", 422, "json"},
           {"{}", 422, "json"},
           {R"({"requests":{}})", 422, "json"},
           {"{\"requests\":[\"\xff\"]}", 400, "utf8"},
           {std::string("\0{\0}", 4), 400, "utf8"},
           {std::string(2000, '['), 400, "json"}}) {
    Reading reading(text);
    ASSERT_FALSE(reading.is_good) << text;
    EXPECT_EQ(reading.body.answer().status, status) << text;
    EXPECT_EQ(reading.rejected(), (Rejected{{reason, 1}})) << text;
  }
}

TEST(MaltiBodyTest, AnEmptyListHasNoLines) {
  Reading reading(R"({"requests":[]})");
  ASSERT_FALSE(reading.is_good);
  EXPECT_EQ(reading.body.answer().status, 400);
  EXPECT_EQ(reading.body.answer().json, R"({"detail":"Empty requests array is not allowed"})");
  EXPECT_EQ(reading.rejected(), Rejected{});
}

TEST(MaltiBodyTest, OnlyWhatCanNotBeParsedIsUnreadable) {
  EXPECT_TRUE(Reading("{").body.is_unreadable());
  EXPECT_TRUE(Reading("\"\xff\"").body.is_unreadable());
  for (const char* text : {"", "{}", "[]", R"({"requests":[]})", R"({"requests":[5]})"})
    EXPECT_FALSE(Reading(text).body.is_unreadable()) << text;
}

TEST(MaltiBodyTest, AMistakeBehindTheListRefusesAllOfIt) {
  Reading reading(body_of({record_of("orders"), "{}"}) + "}");
  ASSERT_FALSE(reading.is_good);
  EXPECT_EQ(reading.rejected(), (Rejected{{"json", 1}}));
  EXPECT_NE(reading.body.answer().json.find("Extra data"), std::string::npos);
}

TEST(MaltiBodyTest, TheComplaintCountsCharactersAndNotBytes) {
  Reading reading("\xef\xbb\xbf{\"\u00e9\u20ac\U0001f600\":1 x");
  ASSERT_FALSE(reading.is_good);
  EXPECT_NE(reading.body.answer().json.find(R"("loc":["body",9])"), std::string::npos)
      << reading.body.answer().json;
}

TEST(MaltiBodyTest, OfTwoListsTheLastOneCounts) {
  Reading good(R"({"requests":[5,{}],"requests":[)" + record_of("orders") + "]}");
  ASSERT_TRUE(good.is_good) << good.body.answer().json;
  EXPECT_EQ(good.records(), "orders 200, ");
  Reading bad(R"({"requests":[)" + record_of("orders") + R"(],"requests":[5]})");
  ASSERT_FALSE(bad.is_good);
  EXPECT_EQ(bad.rejected(), (Rejected{{"json", 1}}));
}

TEST(MaltiBodyTest, TellsTheServicesApart) {
  Reading one(body_of({record_of("orders"), record_of("orders")}));
  EXPECT_EQ(one.body.service(), "orders");
  EXPECT_FALSE(one.body.other_service());
  EXPECT_FALSE(one.body.stranger_to("orders"));
  EXPECT_EQ(one.body.stranger_to("users"), "orders");
  Reading mixed(body_of({record_of("orders"), record_of("users"), record_of("billing")}));
  EXPECT_EQ(mixed.body.other_service(), "users");
  EXPECT_EQ(mixed.body.stranger_to("orders"), "users");
  EXPECT_EQ(mixed.body.stranger_to("users"), "orders");
}

TEST(MaltiBodyTest, OneBodyLeavesNothingForTheNext) {
  MaltiBody body;
  const Padded mixed(body_of({record_of("orders"), record_of("users")})),
      good(body_of({record_of("search")})), bad(body_of({"{}", "5"})), broken("{");
  ASSERT_TRUE(body.read(mixed.view()));
  ASSERT_FALSE(body.read(bad.view()));
  const std::string answer = body.answer().json;
  ASSERT_FALSE(body.read(broken.view()));
  ASSERT_TRUE(body.read(good.view()));
  EXPECT_EQ(body.count(), 1U);
  EXPECT_EQ(body.service(), "search");
  EXPECT_FALSE(body.other_service());
  ASSERT_FALSE(body.read(broken.view()));
  ASSERT_FALSE(body.read(bad.view()));
  EXPECT_EQ(body.answer().json, answer);
  EXPECT_FALSE(body.is_unreadable());
}

TEST(MaltiBodyTest, CountsWhatWasUnknownAndWhatWasSetRight) {
  std::string record = record_of("orders");
  record.replace(record.find("\"c\""), 3, R"("c\ud800","extra":{"a":1},"more":2)");
  Reading reading(body_of({record, record_of("orders"), record}));
  ASSERT_TRUE(reading.is_good);
  EXPECT_EQ(reading.body.unknown_fields(), 4U);
  EXPECT_EQ(reading.body.changed_texts(), 2U);
}

TEST(MaltiBodyTest, AHundredThousandRecordsAreNoReasonForMemory) {
  std::vector<std::string> records(100'000, record_of("orders"));
  records.back() = record_of("orders", "null");
  const Padded faulty(body_of(records)), good(body_of({records.begin(), records.end() - 1}));
  const auto in_use = [] {
    const auto all = mallinfo2();
    return all.uordblks + all.hblkhd;
  };
  MaltiBody body;
  const std::size_t before = in_use();
  ASSERT_FALSE(body.read(faulty.view()));
  EXPECT_EQ(body.rejected().at(static_cast<std::size_t>(Reject::batch)), 99'999U);
  ASSERT_TRUE(body.read(good.view()));
  EXPECT_LT(in_use(), before + 512UL * 1024);
}

TEST(MaltiBodyTest, ALargeTextIsGivenBack) {
  std::string record = record_of("orders");
  record.replace(record.find("\"c\""), 3, "\"\\u0041" + std::string(4'000'000, 'x') + "\"");
  const Padded large(body_of({record}));
  MaltiBody body;
  ASSERT_TRUE(body.read(large.view()));
  std::size_t size = 0;
  body.each([&size](const record::Record& taken, bool /*is_doomed*/) { size = taken.consumer.size(); });
  EXPECT_EQ(size, 4'000'001U);
  const auto all = mallinfo2();
  const std::size_t before = all.uordblks + all.hblkhd;
  ASSERT_TRUE(body.read(large.view()));
  const auto after = mallinfo2();
  EXPECT_LT(after.uordblks + after.hblkhd, before + 64UL * 1024);
}

TEST(MaltiBodyTest, AllMistakesAreCountedAndAHundredAreListed) {
  Reading reading(body_of(std::vector<std::string>(5'000, "5")));
  ASSERT_FALSE(reading.is_good);
  EXPECT_EQ(reading.rejected(), (Rejected{{"json", 5'000}}));
  const std::string& json = reading.body.answer().json;
  EXPECT_NE(json.find(R"("requests",99])"), std::string::npos);
  EXPECT_EQ(json.find(R"("requests",100])"), std::string::npos);
}

}  // namespace
}  // namespace pannier::receive
