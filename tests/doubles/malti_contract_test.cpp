#include "tests/doubles/malti_contract.h"

#include <gtest/gtest.h>

#include "tests/doubles/json_document.h"

namespace pannier::doubles {
namespace {

std::string record(const std::string& service, const std::string& context, const std::string& more = "") {
  return R"({"service":")" + service +
         R"(","method":"GET","endpoint":"/a","consumer":"c","created_at":"2026-01-01T12:00:00.5+00:00","context":")" +
         context + "\"" + (more.empty() ? R"(,"status":200,"response_time":5)" : more) + "}";
}

std::string batch(std::initializer_list<std::string> records) {
  std::string body = R"({"requests":[)";
  for (const std::string& text : records) body += (body.back() == '[' ? "" : ",") + text;
  return body + "]}";
}

class MaltiContractTest : public testing::Test {
 protected:
  Ruling ask(const std::string& body) const { return rule(contract_, headers_, body); }
  std::string detail(const std::string& body) const {
    return JsonDocument(ask(body).answer.body).string("/detail");
  }

  Contract contract_{{{"key-orders", "orders"}}, {{"key-person", "ann"}}, {}};
  Headers headers_{{"content-type", "application/json"}, {"x-api-key", "key-orders"}};
};

TEST_F(MaltiContractTest, CountsWhatItStores) {
  const Ruling ruling = ask(batch({record("orders", "x"), record("orders", "y")}));
  EXPECT_EQ(ruling.answer.status, 200);
  EXPECT_EQ(ruling.answer.body,
            R"({"message":"Telemetry data ingested successfully","count":2,"service":"orders"})");
  ASSERT_EQ(ruling.records.size(), 2U);
  EXPECT_EQ(ruling.records[1].context, "y");
  EXPECT_EQ(ruling.records[1].response_time, 5);
}

TEST_F(MaltiContractTest, RefusesAKeyThatIsMissingUnknownOrAPersons) {
  const std::string body = batch({record("orders", "x")});
  headers_["x-api-key"] = "no such";
  EXPECT_EQ(ask(body).answer.status, 401);
  EXPECT_EQ(detail(body), "Invalid API key");
  headers_.erase("x-api-key");
  EXPECT_EQ(detail(body), "API key required");
  headers_["x-api-key"] = "key-person";
  EXPECT_EQ(ask(body).answer.status, 403);
}

TEST_F(MaltiContractTest, RefusesTheWholeBatchForOneRecordOfAnotherService) {
  const std::string body = batch({record("orders", "x"), record("users", "y")});
  EXPECT_EQ(ask(body).answer.status, 403);
  EXPECT_EQ(detail(body), "Service mismatch: expected orders, got users");
}

TEST_F(MaltiContractTest, RefusesAnEmptyBatchOnlyWithAGoodKey) {
  EXPECT_EQ(ask(R"({"requests":[]})").answer.status, 400);
  headers_["x-api-key"] = "no such";
  EXPECT_EQ(ask(R"({"requests":[]})").answer.status, 401);
}

TEST_F(MaltiContractTest, NamesEveryWrongFieldWithItsRecord) {
  const Ruling ruling =
      ask(batch({record("orders", "x"), record("orders", "y", R"(,"status":"two","node":7)")}));
  EXPECT_EQ(ruling.answer.status, 422);
  const JsonDocument document(ruling.answer.body);
  EXPECT_EQ(document.number("/detail/0/loc/2"), 1U);
  EXPECT_EQ(document.string("/detail/0/loc/3"), "node");
  EXPECT_EQ(document.string("/detail/1/loc/3"), "status");
  EXPECT_EQ(document.string("/detail/1/type"), "int_parsing");
  EXPECT_EQ(document.string("/detail/2/type"), "missing");
  EXPECT_FALSE(document.has("/detail/3"));
}

TEST_F(MaltiContractTest, TakesOnlyTimesThatMaltiTakes) {
  const auto status = [&](const std::string& time) {
    return ask(R"({"requests":[{"service":"orders","method":"GET","endpoint":"/","consumer":"c","status":200,)"
               R"("response_time":1,"created_at":)" +
               time + "}]}")
        .answer.status;
  };
  for (const char* good : {"null", "1750000000", "1750000000.5", "1750000000000", R"("2026-02-28")",
                           R"("2026-01-01T23:59:59Z")", R"("2026-01-01 23:59:59.123+02:00")"}) {
    EXPECT_EQ(status(good), 200) << good;
  }
  for (const char* bad : {R"("")", R"("2026-02-30")", R"("2026-01-01T24:00:00Z")",
                          R"("2026-01-01T23:59:60Z")", "1750000000000000", "true"}) {
    EXPECT_EQ(status(bad), 422) << bad;
  }
}

TEST_F(MaltiContractTest, NamesTheElementThatTheDatabaseRefuses) {
  const std::string body =
      batch({record("orders", "x"), record("orders", "y", R"(,"status":40000,"response_time":1)")});
  EXPECT_EQ(ask(body).answer.status, 500);
  EXPECT_NE(detail(body).find("in element #1 of executemany() sequence"), std::string::npos);
  EXPECT_EQ(ask(batch({record("orders", "z", R"(,"status":200,"response_time":2147483648)")})).answer.status,
            500);
}

TEST_F(MaltiContractTest, FailsOnWhatPythonReadsAndTheDatabaseDoesNot) {
  EXPECT_EQ(ask(batch({record("orders", R"(\ud800)")})).answer.body, "Internal Server Error");
  EXPECT_EQ(ask(batch({record("orders", "x", R"(,"status":NaN,"response_time":1)")})).answer.status, 500);
  EXPECT_EQ(ask(batch({record("orders", "\xff")})).answer.status, 400);
}

TEST_F(MaltiContractTest, RefusesWhatIsNoPlainJson) {
  const std::string body = batch({record("orders", "x")});
  EXPECT_EQ(ask("{\"requests\":[").answer.status, 422);
  headers_["content-type"] = "text/plain";
  EXPECT_EQ(ask(body).answer.status, 422);
  headers_ = {{"content-type", "application/json"}, {"content-encoding", "gzip"}};
  EXPECT_EQ(ask(body).answer.status, 400);
}

TEST_F(MaltiContractTest, FailsABatchWithAPoisonedRecordInEachKnownWay) {
  const std::string body = batch({record("orders", "x"), record("orders", "bad")});
  contract_.poison["bad"] = Poison::unprocessable;
  EXPECT_EQ(JsonDocument(ask(body).answer.body).number("/detail/0/loc/2"), 1U);
  contract_.poison["bad"] = Poison::unprocessable_hidden;
  EXPECT_EQ(ask(body).answer.status, 422);
  contract_.poison["bad"] = Poison::bad_request;
  EXPECT_EQ(ask(body).answer.status, 400);
  contract_.poison["bad"] = Poison::server_error_element;
  EXPECT_NE(detail(body).find("element #1 "), std::string::npos);
  contract_.poison["bad"] = Poison::server_error;
  EXPECT_EQ(ask(body).answer.body, "Internal Server Error");
}

TEST_F(MaltiContractTest, AnswersAsAProxyWhereTheBodyIsTooLarge) {
  contract_.largest_body = 50;
  EXPECT_EQ(ask(batch({record("orders", "x")})).answer.status, 413);
}

}  // namespace
}  // namespace pannier::doubles
