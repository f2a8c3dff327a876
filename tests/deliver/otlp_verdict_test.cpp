#include <gtest/gtest.h>

#include "deliver/otlp/verdict.h"

namespace pannier::deliver::otlp {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

constexpr SystemTime now = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1) + 12h;
constexpr std::uint32_t records = 500;
constexpr const char* json = "application/json";
constexpr const char* protobuf = "application/x-protobuf";

net::HttpOutcome answer(int status, std::string type = {}, std::string body = {}) {
  net::HttpOutcome outcome;
  outcome.answer.emplace();
  outcome.answer->status = status;
  outcome.answer->content_type = std::move(type);
  outcome.answer->body = std::move(body);
  outcome.handed_over = true;
  return outcome;
}

Judgement judged(int status, std::string type = {}, std::string body = {}, bool packed = true) {
  return judge(answer(status, std::move(type), std::move(body)), {records, Encoding::protobuf, packed}, now);
}

// The table of DESIGN.md section 4, column OTLP, spelled out a second time.
Verdict expected(int status, bool packed) {
  if (status < 200) return Verdict::back_off;
  if (status == 200) return Verdict::delivered;
  if (status < 400) return Verdict::blocked;
  switch (status) {
    case 400:
    case 422: return Verdict::isolate;
    case 401:
    case 403: return Verdict::blocked_key;
    case 413: return Verdict::too_large;
    case 415: return packed ? Verdict::send_again : Verdict::blocked;
    case 408:
    case 429: return Verdict::back_off;
    case 500: return Verdict::server_error;
    default: return status < 500 ? Verdict::blocked : Verdict::back_off;
  }
}

TEST(OtlpVerdictTest, EveryStatusMeansWhatTheTableSays) {
  for (int status = 100; status <= 599; ++status)
    for (const bool packed : {true, false}) {
      const Judgement made = judged(status, {}, {}, packed);
      EXPECT_EQ(made.verdict, expected(status, packed)) << status;
      EXPECT_TRUE(made.indexes.empty()) << status;
      EXPECT_EQ(made.not_taken, 0U) << status;
      const bool is_unknown =
          status < 200 || (status > 200 && status < 300) || status == 408 || status == 502 || status == 504;
      EXPECT_EQ(made.outcome_unknown, is_unknown) << status;
    }
}

TEST(OtlpVerdictTest, TheWordsSayWhatAPersonMustDo) {
  EXPECT_EQ(judged(401).why, "key refused (401)");
  EXPECT_EQ(judged(404).why, "address (404)");
  EXPECT_EQ(judged(302).why, "address (302)");
  EXPECT_EQ(judged(206).why, "address (206)");
  EXPECT_EQ(judged(503).why, "server error (503)");
  EXPECT_EQ(judged(415, {}, {}, false).why, "address (415)");
}

TEST(OtlpVerdictTest, AnAnswersWordsAreNotShownTheyMayEchoWhatWasSent) {
  for (const int status : {400, 401, 403, 404, 422, 429, 500, 503})
    EXPECT_EQ(judged(status, json, R"({"message":"the-key"})").why.find("the-key"), std::string::npos);
}

TEST(OtlpVerdictTest, AnEmptyBodyOrAnOtlpOneIsDelivered) {
  for (const auto& [type, body] : std::vector<std::pair<std::string, std::string>>{
           {"", ""},
           {"text/html", ""},
           {protobuf, ""},
           {protobuf, "\x0a\x00"s},
           {"application/protobuf", "\x0a\x00"s},
           {json, "{}"},
           {json, " { } "},
           {"Application/JSON ; charset=utf-8", R"({"partialSuccess":{}})"},
           {json, R"({"partialSuccess":null})"},
           {json, R"({"partialSuccess":{"rejectedSpans":"0","errorMessage":""},"later":1})"},
           {json, R"({"partial_success":{"rejected_spans":0,"error_message":null}})"},
           {"", "\x0a\x00"s}}) {
    const Judgement made = judged(200, type, body);
    EXPECT_EQ(made.verdict, Verdict::delivered) << type << ": " << body;
    EXPECT_EQ(made.not_taken, 0U) << type << ": " << body;
    EXPECT_EQ(made.note, "") << type << ": " << body;
  }
}

TEST(OtlpVerdictTest, AnythingElseWith200IsAProxysPage) {
  for (const auto& [type, body] : std::vector<std::pair<std::string, std::string>>{
           {"text/html", "<html>welcome</html>"},
           {"text/plain", "{}"},
           {json, "<html>welcome</html>"},
           {protobuf, "<html>welcome</html>"},
           {"", "<html>welcome</html>"},
           {json, "[]"},
           {json, "null"},
           {json, R"({"error":"log in first"})"},
           {json, R"({"count":500})"},
           {json, R"({"partialSuccess":[]})"},
           {json, R"({"partialSuccess":{"rejectedSpans":"many"}})"},
           {json, R"({"partialSuccess":{"rejectedSpans":1.5}})"},
           {json, R"({"partialSuccess":{"errorMessage":7}})"},
           {protobuf, "\x0a\x05\x08\x01"s},
           {protobuf, "\x0a"s},
           {protobuf, "\x12\x01x"s},
           {protobuf, "{}"},
           {protobuf, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"s}}) {
    const Judgement made = judged(200, type, body);
    EXPECT_EQ(made.verdict, Verdict::blocked) << type << ": " << body;
    EXPECT_EQ(made.why, "a proxy's page (200 without an OTLP answer)");
    EXPECT_TRUE(made.outcome_unknown);
  }
}

TEST(OtlpVerdictTest, AnAnswerThatIsTooLongIsAProxysPage) {
  net::HttpOutcome outcome = answer(200, json, "{}");
  outcome.answer->body_cut = true;
  EXPECT_EQ(judge(outcome, {records, Encoding::json, true}, now).verdict, Verdict::blocked);
}

TEST(OtlpVerdictTest, APartialSuccessIsDeliveredButForTheRejectedSpans) {
  const Judgement from_json =
      judged(200, json, R"({"partialSuccess":{"rejectedSpans":"3","errorMessage":"too old"}})");
  EXPECT_EQ(from_json.verdict, Verdict::delivered);
  EXPECT_EQ(from_json.not_taken, 3U);
  EXPECT_EQ(from_json.note, "too old");
  const Judgement from_protobuf = judged(200, protobuf, "\x0a\x0b\x08\x03\x12\x07too old"s);
  EXPECT_EQ(from_protobuf.verdict, Verdict::delivered);
  EXPECT_EQ(from_protobuf.not_taken, 3U);
  EXPECT_EQ(from_protobuf.note, "too old");
  EXPECT_EQ(judged(200, json, R"({"partialSuccess":{"rejectedSpans":3}})").not_taken, 3U);
}

TEST(OtlpVerdictTest, NoMoreIsRejectedThanWasSentAndNoLessThanNothing) {
  EXPECT_EQ(judged(200, json, R"({"partialSuccess":{"rejectedSpans":"9223372036854775807"}})").not_taken,
            records);
  EXPECT_EQ(judged(200, json, R"({"partialSuccess":{"rejectedSpans":-5}})").not_taken, 0U);
  EXPECT_EQ(judged(200, protobuf, "\x0a\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s).not_taken, 0U);
}

TEST(OtlpVerdictTest, AMessageIsKeptShort) {
  const std::string words(100'000, 'x');
  EXPECT_LE(judged(200, json, R"({"partialSuccess":{"errorMessage":")" + words + R"("}})").note.size(),
            1000U);
}

TEST(OtlpVerdictTest, ABusyBackendsWishIsKept) {
  net::HttpOutcome outcome = answer(429);
  outcome.answer->retry_after = "45";
  EXPECT_EQ(judge(outcome, {records, Encoding::protobuf, true}, now).wait, 45s);
  outcome.answer->status = 500;
  EXPECT_EQ(judge(outcome, {records, Encoding::protobuf, true}, now).wait, 45s);
}

TEST(OtlpVerdictTest, SilenceIsBackedOffAndItsOutcomeUnknownOnceAllWasSent) {
  net::HttpOutcome silent;
  silent.failure = "connect to 127.0.0.1:1: Connection refused";
  const Judgement made = judge(silent, {records, Encoding::protobuf, true}, now);
  EXPECT_EQ(made.verdict, Verdict::back_off);
  EXPECT_EQ(made.why, "no answer (connect to 127.0.0.1:1: Connection refused)");
  EXPECT_FALSE(made.outcome_unknown);
  silent.handed_over = true;
  EXPECT_TRUE(judge(silent, {records, Encoding::protobuf, true}, now).outcome_unknown);
}

}  // namespace
}  // namespace pannier::deliver::otlp
