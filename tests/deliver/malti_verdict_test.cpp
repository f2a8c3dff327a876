#include <gtest/gtest.h>

#include "deliver/malti/verdict.h"

namespace pannier::deliver::malti {
namespace {

using namespace std::chrono_literals;
using Indexes = std::vector<std::uint32_t>;

constexpr SystemTime now = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1) + 12h;
constexpr std::uint32_t records = 500;

net::HttpOutcome answer(int status, std::string body = {}) {
  net::HttpOutcome outcome;
  outcome.answer.emplace();
  outcome.answer->status = status;
  outcome.answer->body = std::move(body);
  outcome.handed_over = true;
  return outcome;
}

Judgement judged(int status, std::string body = {}) {
  return judge(answer(status, std::move(body)), records, now);
}

std::string mistake(const std::string& loc) {
  return R"({"detail":[{"type":"int_parsing","loc":)" + loc +
         R"(,"msg":"secret-msg","input":"secret-input"}]})";
}

// The table of DESIGN.md section 4, spelled out a second time.
Verdict expected(int status) {
  if (status < 200) return Verdict::back_off;
  if (status < 400) return Verdict::blocked;
  switch (status) {
    case 400:
    case 422: return Verdict::isolate;
    case 401:
    case 403: return Verdict::blocked_key;
    case 413: return Verdict::too_large;
    case 408:
    case 429: return Verdict::back_off;
    case 500: return Verdict::server_error;
    default: return status < 500 ? Verdict::blocked : Verdict::back_off;
  }
}

std::string_view expected_why(int status) {
  if (status < 200) return "no answer (";
  if (status == 200) return "a proxy's page (200";
  switch (expected(status)) {
    case Verdict::isolate: return "refused (";
    case Verdict::blocked_key: return "key refused (";
    case Verdict::too_large: return "too large (";
    case Verdict::blocked: return "address (";
    default: return "server error (";
  }
}

TEST(MaltiVerdictTest, HoldsTheTableForEveryStatus) {
  for (int status = 100; status <= 599; ++status) {
    const Judgement judgement = judged(status);
    EXPECT_EQ(judgement.verdict, expected(status)) << status;
    EXPECT_TRUE(judgement.why.starts_with(expected_why(status))) << status << ": " << judgement.why;
    EXPECT_NE(judgement.why.find(std::to_string(status)), std::string::npos) << judgement.why;
    EXPECT_TRUE(judgement.indexes.empty()) << status;
  }
}

TEST(MaltiVerdictTest, KnowsWhichAnswersLeaveTheOutcomeOpen) {
  for (int status = 100; status <= 599; ++status) {
    const bool open = status < 300 || status == 408 || status == 502 || status == 504;
    EXPECT_EQ(judged(status).outcome_unknown, open) << status;
  }
  EXPECT_FALSE(judged(200, R"({"count":500})").outcome_unknown);
}

TEST(MaltiVerdictTest, StatusesThatDoNotExistAreNoAnswer) {
  for (const int status : {-1, 0, 99, 600, 999, 2147483647}) {
    const Judgement judgement = judged(status);
    EXPECT_EQ(judgement.verdict, Verdict::back_off) << status;
    EXPECT_TRUE(judgement.outcome_unknown) << status;
  }
}

TEST(MaltiVerdictTest, SilenceIsNoAnswerAndOpenOnceTheLastByteWasHandedOver) {
  net::HttpOutcome silence;
  silence.failure = "connect to 127.0.0.1:8000: Connection refused";
  Judgement judgement = judge(silence, records, now);
  EXPECT_EQ(judgement.verdict, Verdict::back_off);
  EXPECT_EQ(judgement.why, "no answer (connect to 127.0.0.1:8000: Connection refused)");
  EXPECT_FALSE(judgement.outcome_unknown);
  silence.handed_over = true;
  EXPECT_TRUE(judge(silence, records, now).outcome_unknown);
}

TEST(MaltiVerdictTest, BelievesA200OnlyWithTheCountThatWasSent) {
  EXPECT_EQ(judged(200, R"({"message":"ok","count":500,"service":"orders"})").verdict, Verdict::delivered);
  for (const char* body :
       {"", "<html>welcome</html>", "{}", "[]", "500", R"({"count":499})", R"({"count":501})",
        R"({"count":0})", R"({"count":"500"})", R"({"count":500.0})", R"({"count":null})",
        R"({"count":-500})", R"({"count":[500]})", R"({"count":5000000000000000000000})", R"({"count":500)",
        R"({"count":500}x)", R"({"detail":{"count":500}})"}) {
    const Judgement judgement = judged(200, body);
    EXPECT_EQ(judgement.verdict, Verdict::blocked) << body;
    EXPECT_TRUE(judgement.why.starts_with("a proxy's page (")) << judgement.why;
    EXPECT_TRUE(judgement.outcome_unknown) << body;
  }
  net::HttpOutcome cut = answer(200, R"({"count":500})");
  cut.answer->body_cut = true;
  EXPECT_EQ(judge(cut, records, now).verdict, Verdict::blocked);
}

TEST(MaltiVerdictTest, NamesTheRecordsThatA422Names) {
  EXPECT_EQ(judged(422, mistake(R"(["body","requests",377,"status"])")).indexes, Indexes{377});
  EXPECT_EQ(judged(422, R"({"detail":[{"loc":["body","requests",9,"status"]},{"loc":["body","requests",3]},
      {"loc":["body","requests",9,"method"]},{"loc":["body","requests",499,"a","b"]}]})")
                .indexes,
            (Indexes{3, 9, 499}));
  EXPECT_EQ(judged(400, mistake(R"(["body","requests",0])")).indexes, Indexes{0});
}

TEST(MaltiVerdictTest, IgnoresIndexesThatAreNone) {
  for (const char* loc :
       {R"(["body",14])", R"(["body"])", R"(["body","requests"])", R"(["query","requests",3])",
        R"(["body","answers",3])", R"(["body","requests",500])", R"(["body","requests",-1])",
        R"(["body","requests","3"])", R"(["body","requests",3.0])", R"(["body","requests",true])",
        R"(["body","requests",18446744073709551615])", R"(["body","requests",1e400])",
        R"(["body","requests",[3]])", R"({"0":"body"})", R"("body")", "null", "3", "[]"}) {
    const Judgement judgement = judged(422, mistake(loc));
    EXPECT_EQ(judgement.verdict, Verdict::isolate) << loc;
    EXPECT_TRUE(judgement.indexes.empty()) << loc;
  }
  for (const char* body : {R"({"detail":"text"})", R"({"detail":null})", R"({"detail":{}})",
                           R"({"detail":[1,"a",null,[]]})", R"({"detail":[]})", "[]", "\"detail\"", "<html>"})
    EXPECT_TRUE(judged(422, body).indexes.empty()) << body;
}

TEST(MaltiVerdictTest, NeverShowsWhatA422Echoes) {
  for (const char* loc : {R"(["body","requests",3,"secret-loc"])", R"(["body","secret-loc"])"}) {
    const Judgement judgement = judged(422, mistake(loc));
    EXPECT_EQ(judgement.why.find("secret"), std::string::npos) << judgement.why;
  }
  EXPECT_EQ(judged(422, R"({"detail":"secret"})").why, "refused (422)");
}

TEST(MaltiVerdictTest, NamesTheElementThatA500NamesAndNothingOfItsText) {
  const Judgement judgement =
      judged(500, R"({"detail":"Failed to store telemetry: (secret) invalid input for query
 argument $7 in element #377 of executemany() sequence: secret"})");
  // The body above holds a raw newline: no JSON, so nobody is named.
  EXPECT_EQ(judgement.verdict, Verdict::server_error);
  const Judgement named =
      judged(500, R"({"detail":"Failed to store telemetry: (secret) invalid input for query argument $7)"
                  R"( in element #377 of executemany() sequence: secret element #2"})");
  EXPECT_EQ(named.verdict, Verdict::isolate);
  EXPECT_EQ(named.indexes, Indexes{377});
  EXPECT_EQ(named.why, "refused (500 element #377)");
}

TEST(MaltiVerdictTest, A500WithoutAnUsableElementIsAServerError) {
  for (const char* body :
       {R"({"detail":"element #500 of secret"})", R"({"detail":"element #99999999999999999999 secret"})",
        R"({"detail":"element #-1 secret"})", R"({"detail":"element # 3 secret"})",
        R"({"detail":"element #"})", R"({"error":"element #3 secret"})",
        R"({"detail":["element #3 secret"]})", "element #3 secret", "Internal Server Error"}) {
    const Judgement judgement = judged(500, body);
    EXPECT_EQ(judgement.verdict, Verdict::server_error) << body;
    EXPECT_TRUE(judgement.indexes.empty()) << body;
    EXPECT_EQ(judgement.why, "server error (500)") << body;
  }
  EXPECT_EQ(judged(500, R"({"detail":"Failed to store telemetry: [Errno 111] Connection refused"})").why,
            "server error (500 Failed to store telemetry: [Errno 111] Connection refused)");
}

TEST(MaltiVerdictTest, TellsWhyInTheBackendsWords) {
  EXPECT_EQ(judged(401, R"({"detail":"Invalid API key"})").why, "key refused (401 Invalid API key)");
  EXPECT_EQ(judged(403, R"({"detail":"Service mismatch: expected orders, got users"})").why,
            "key refused (403 Service mismatch: expected orders, got users)");
  EXPECT_EQ(judged(404, R"({"detail":"Not Found"})").why, "address (404 Not Found)");
  EXPECT_EQ(judged(400, R"({"detail":"Empty requests array is not allowed"})").why,
            "refused (400 Empty requests array is not allowed)");
  EXPECT_EQ(judged(503, "<html>busy</html>").why, "server error (503)");
}

TEST(MaltiVerdictTest, HostileWordsAreEscapedAndShort) {
  const Judgement escaped = judged(401, R"({"detail":"\u001b[2Jgone\n\u202e"})");
  EXPECT_EQ(escaped.why, R"(key refused (401 \x1b[2Jgone\n\u{202e}))");
  for (const int status : {401, 403, 404, 400, 500, 429, 503}) {
    const std::string words(50'000, 'x');
    const Judgement judgement = judged(status, R"({"error":")" + words + R"(","detail":")" + words + R"("})");
    EXPECT_LT(judgement.why.size(), 150U) << status;
  }
  net::HttpOutcome silence;
  silence.failure = std::string(50'000, '\x1b');
  EXPECT_LT(judge(silence, records, now).why.size(), 1'000U);
}

TEST(MaltiVerdictTest, SurvivesDeepNestingHugeListsAndEveryCut) {
  EXPECT_EQ(judged(422, std::string(60'000, '[')).verdict, Verdict::isolate);
  EXPECT_EQ(judged(422, R"({"detail":)" + std::string(30'000, '[') + std::string(30'000, ']') + "}").verdict,
            Verdict::isolate);
  std::string many = R"({"detail":[)";
  for (int i = 0; i < 2000; ++i) many += R"({"loc":["body","requests",)" + std::to_string(i % 700) + "]},";
  many.back() = ']';
  EXPECT_EQ(judged(422, many + "}").indexes.size(), records);
  const std::string body = mistake(R"(["body","requests",377,"status"])");
  for (std::size_t size = 0; size < body.size(); ++size) {
    const Judgement judgement = judged(422, body.substr(0, size));
    EXPECT_EQ(judgement.verdict, Verdict::isolate) << size;
    EXPECT_TRUE(judgement.indexes.empty()) << size;
  }
  net::HttpOutcome cut = answer(422, body);
  cut.answer->body_cut = true;
  EXPECT_TRUE(judge(cut, records, now).indexes.empty());
}

TEST(MaltiVerdictTest, HearsTheWishToBeLeftAlone) {
  for (const int status : {408, 429, 500, 502, 503, 504, 599}) {
    net::HttpOutcome outcome = answer(status);
    outcome.answer->retry_after = "7";
    EXPECT_EQ(judge(outcome, records, now).wait, 7s) << status;
    outcome.answer->retry_after = "soon";
    EXPECT_EQ(judge(outcome, records, now).wait, std::nullopt) << status;
  }
  net::HttpOutcome date = answer(503);
  date.answer->retry_after = "Thu, 01 Jan 2026 12:00:30 GMT";
  EXPECT_EQ(judge(date, records, now).wait, 30s);
}

TEST(MaltiVerdictTest, A429sBodyMayWishToo) {
  EXPECT_EQ(judged(429, R"({"error":"Rate limit exceeded","detail":"x","retry_after":60})").wait, 60s);
  EXPECT_EQ(judged(429, R"({"error":"Rate limit exceeded","retry_after":60})").why,
            "server error (429 Rate limit exceeded)");
  EXPECT_EQ(judged(429, R"({"retry_after":1.5})").wait, 1500ms);
  EXPECT_EQ(judged(429, R"({"retry_after":99999999999})").wait, 1h);
  for (const char* body : {R"({"retry_after":-60})", R"({"retry_after":"60"})", R"({"retry_after":null})",
                           R"({"retry_after":[60]})", R"({"retry_after":60)", "60"})
    EXPECT_EQ(judged(429, body).wait, std::nullopt) << body;
  net::HttpOutcome both = answer(429, R"({"retry_after":60})");
  both.answer->retry_after = "90";
  EXPECT_EQ(judge(both, records, now).wait, 90s);
  both.answer->retry_after = "5";
  EXPECT_EQ(judge(both, records, now).wait, 60s);
}

// ---- of a probe, an empty batch

Judgement probed(int status, std::string body = {}) {
  return judge_probe(answer(status, std::move(body)), now);
}

constexpr const char* refused_as_empty = R"({"detail":"Empty requests array is not allowed"})";

TEST(MaltiProbeVerdictTest, AKeyIsGoodWhereMaltiRefusesTheBatchForBeingEmpty) {
  EXPECT_EQ(probed(400, refused_as_empty).verdict, Verdict::delivered);
  EXPECT_EQ(probed(400, R"({"detail":"requests must not be EMPTY"})").verdict, Verdict::delivered);
  EXPECT_EQ(probed(422, R"({"detail":[{"type":"too_short","loc":["body","requests"],"msg":"m","input":[]}]})")
                .verdict,
            Verdict::delivered);
  EXPECT_EQ(probed(200, R"({"message":"m","count":0,"service":"orders"})").verdict, Verdict::delivered);
}

TEST(MaltiProbeVerdictTest, AnyOtherComplaintAboutTheBatchIsNoProof) {
  for (const int status : {400, 413, 422}) {
    const std::string shown = "(" + std::to_string(status);
    for (const char* body :
         {"", "<html>", R"({"detail":"Empty requests array)", "[]", R"({"error":"empty"})"}) {
      const Judgement judgement = probed(status, body);
      EXPECT_EQ(judgement.verdict, Verdict::blocked) << status << body;
      EXPECT_EQ(judgement.why, "a proxy's page " + shown + ")") << body;
    }
    for (const char* body :
         {R"({"detail":"There was an error parsing the body"})", R"({"detail":[]})", R"({"detail":[7]})",
          R"({"detail":[{"loc":["body"]}]})", R"({"detail":[{"loc":["header","x-api-key"]}]})"}) {
      const Judgement judgement = probed(status, body);
      EXPECT_EQ(judgement.verdict, Verdict::blocked) << status << body;
      EXPECT_TRUE(judgement.why.starts_with("address " + shown)) << judgement.why;
    }
  }
}

TEST(MaltiProbeVerdictTest, HoldsTheTableForEveryOtherStatus) {
  for (int status = 100; status <= 599; ++status) {
    if (status == 400 || status == 413 || status == 422) continue;
    const Judgement judgement = probed(status);
    const Verdict meant = status == 500 ? Verdict::back_off : expected(status);
    EXPECT_EQ(judgement.verdict, meant) << status;
    EXPECT_TRUE(judgement.why.starts_with(expected_why(status))) << status << ": " << judgement.why;
  }
}

TEST(MaltiProbeVerdictTest, TellsARefusedKeyFromSilence) {
  EXPECT_EQ(probed(401, R"({"detail":"Invalid API key"})").why, "key refused (401 Invalid API key)");
  EXPECT_EQ(probed(403, R"({"detail":"Service API key required for ingest endpoint"})").verdict,
            Verdict::blocked_key);
  net::HttpOutcome silence;
  silence.failure = "connect to 127.0.0.1:1: Connection refused";
  EXPECT_EQ(judge_probe(silence, now).verdict, Verdict::back_off);
  EXPECT_EQ(probed(429, R"({"error":"e","retry_after":60})").wait, 60s);
}

TEST(MaltiProbeVerdictTest, AnEmptyBatchLeavesNoDoubtWhateverHappens) {
  net::HttpOutcome cut = answer(502);
  EXPECT_EQ(judge_probe(cut, now).verdict, Verdict::back_off);
  cut.answer.reset();
  EXPECT_FALSE(judge_probe(cut, now).outcome_unknown);
}

// ---- what answers tell of the key

std::optional<KeyNews> news(int status, const std::string& body, std::uint32_t count = records) {
  const net::HttpOutcome outcome = answer(status, body);
  return news_of_key(outcome, count == 0 ? judge_probe(outcome, now) : judge(outcome, count, now));
}

TEST(MaltiKeyNewsTest, AKeyIsGoodWhereABatchWasStoredOrAnEmptyOneRefused) {
  const auto stored = news(200, R"({"count":500})");
  ASSERT_TRUE(stored);
  EXPECT_TRUE(stored->good);
  EXPECT_EQ(stored->status, 200);
  const auto empty = news(400, refused_as_empty, 0);
  ASSERT_TRUE(empty);
  EXPECT_TRUE(empty->good);
}

TEST(MaltiKeyNewsTest, ARefusalIsToldInMaltisOwnWordsButEscapedAndCut) {
  for (const std::uint32_t count : {0U, records}) {
    const auto refused = news(401, R"({"detail":"Invalid API key"})", count);
    ASSERT_TRUE(refused);
    EXPECT_FALSE(refused->good);
    EXPECT_EQ(refused->status, 401);
    EXPECT_EQ(refused->detail, "Invalid API key");
  }
  const auto hostile = news(403, R"({"detail":"\u001b[31m)" + std::string(1000, 'x') + "\"}");
  ASSERT_TRUE(hostile);
  EXPECT_EQ(hostile->detail.find('\x1b'), std::string::npos);
  EXPECT_LT(hostile->detail.size(), 220U);
  EXPECT_EQ(news(401, "<html>")->detail, "");
}

TEST(MaltiKeyNewsTest, OtherAnswersTellNothing) {
  for (const int status : {200, 204, 302, 400, 404, 413, 422, 429, 500, 503})
    EXPECT_FALSE(news(status, "")) << status;
  EXPECT_FALSE(news_of_key(net::HttpOutcome{}, judge(net::HttpOutcome{}, records, now)));
}

}  // namespace
}  // namespace pannier::deliver::malti
