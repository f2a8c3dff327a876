// Malti's own ingest over HTTP: what an unmodified SDK of Malti sees, and what becomes of its records.
#include "tests/end_to_end/ingest_setup.h"

namespace pannier::end_to_end {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class IngestTest : public testing::Test {
 protected:
  ScriptedBackend backend_{two_services()};
  DaemonProcess daemon_{ingest_options(backend_)};
};

TEST_F(IngestTest, WhatAnSdkSendsArrivesAsItWas) {
  ASSERT_TRUE(daemon_.start());
  const HttpReply reply = ingest(daemon_, sdk_body(0, 500));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body,
            R"({"message":"Telemetry data ingested successfully","count":500,"service":"orders"})");
  ASSERT_TRUE(backend_.wait_for_records(500, patience));
  const MaltiRecord record = backend_.records().front();
  EXPECT_EQ(record.service + record.node + record.method + record.endpoint + record.consumer,
            "orders"
            "sdk"
            "GET"
            "/users/{user_id}"
            "web");
  EXPECT_EQ(record.status, 200);
  EXPECT_EQ(record.response_time, 12);
  EXPECT_THAT(record.created_at, HasSubstr("2026-11-30T09:00:00.123456"));
  EXPECT_EQ(backend_.contexts(), marks(0, 500));
  const JsonDocument status = settled(daemon_);
  EXPECT_EQ(status.number(std::string(http_door) + "/lines"), 500U);
  EXPECT_EQ(status.number(std::string(http_door) + "/accepted"), 500U);
}

// The SDK has applied its own rules: clean mode, endpoints and consumers stay as they came.
TEST_F(IngestTest, RecordsOfAnSdkSkipTheStepsThatItHasDone) {
  ASSERT_TRUE(daemon_.start());
  EXPECT_EQ(ingest(daemon_, R"({"requests":[)" + sdk_record(1, "orders", "404") + "]}").status, 200);
  ASSERT_TRUE(backend_.wait_for_records(1, patience));
  EXPECT_EQ(settled(daemon_).number("/destinations/malti/left_out/clean_mode"), 0U);
}

TEST_F(IngestTest, ProcessTrueAppliesOurSteps) {
  DaemonProcess daemon(ingest_options(backend_, ", malti: { process: true }"));
  ASSERT_TRUE(daemon.start());
  EXPECT_EQ(ingest(daemon, R"({"requests":[)" + sdk_record(1, "orders", "404") + "]}").status, 200);
  EXPECT_EQ(settled(daemon).number("/destinations/malti/left_out/clean_mode"), 1U);
}

TEST_F(IngestTest, NothingOfABodyWithAFaultIsTaken) {
  ASSERT_TRUE(daemon_.start());
  const HttpReply reply =
      ingest(daemon_, R"({"requests":[)" + sdk_record(1) + "," + sdk_record(2, "orders", R"("x")") + "]}");
  EXPECT_EQ(reply.status, 422);
  EXPECT_THAT(reply.body, HasSubstr(R"("type":"int_parsing","loc":["body","requests",1,"status"])"));
  const JsonDocument status = settled(daemon_);
  EXPECT_EQ(status.number(std::string(http_door) + "/rejected/status"), 1U);
  EXPECT_EQ(status.number(std::string(http_door) + "/rejected/batch"), 1U);
  EXPECT_EQ(status.number(std::string(http_door) + "/accepted"), 0U);
  EXPECT_EQ(backend_.stored_records(), 0U);
}

TEST_F(IngestTest, AServicesNameNeverBecomesAPath) {
  ASSERT_TRUE(daemon_.start());
  for (const char* name : {"../../../etc/machine-id", "a/b", ""})
    EXPECT_EQ(ingest(daemon_, sdk_body(0, 1, name)).status, 422) << name;
  EXPECT_THAT(daemon_.status_json().text(), testing::Not(HasSubstr("machine-id\":{\"state")));
  expect_balanced(daemon_);
}

// Malti would answer half a surrogate pair with 500, for the whole batch.
TEST_F(IngestTest, HalvesOfSurrogatePairsAreSetRightAndCounted) {
  ASSERT_TRUE(daemon_.start());
  std::string record = sdk_record(1);
  record.replace(record.find("web"), 3, R"(w\ud800b)");
  EXPECT_EQ(ingest(daemon_, R"({"requests":[)" + record + "]}").status, 200);
  ASSERT_TRUE(backend_.wait_for_records(1, patience));
  EXPECT_EQ(backend_.records().front().consumer,
            "w\xef\xbf\xbd"
            "b");
  EXPECT_EQ(settled(daemon_).number("/destinations/malti/texts_cut"), 1U);
}

// Malti would take it and then fail on its whole batch with 500.
TEST_F(IngestTest, WhatWouldSpoilABatchAtMaltiBecomesADeadLetterAndTheRestArrives) {
  ASSERT_TRUE(daemon_.start());
  const std::string body = R"({"requests":[)" + sdk_record(1) + "," + sdk_record(2, "orders", "70000") + "," +
                           sdk_record(3) + "]}";
  EXPECT_EQ(ingest(daemon_, body).status, 200);
  ASSERT_TRUE(backend_.wait_for_records(2, patience));
  const JsonDocument status = settled(daemon_);
  EXPECT_EQ(backend_.contexts(), (std::set<std::string>{mark(1), mark(3)}));
  EXPECT_EQ(status.number(std::string(orders) + "/dead"), 1U);
  EXPECT_THAT(daemon_.command({"dead-letters", "list", "--control", daemon_.control_path()}).output,
              HasSubstr("out_of_range"));
}

TEST_F(IngestTest, AHundredThousandRecordsInOneBodyAreTakenOrRefusedAsAWhole) {
  ASSERT_TRUE(daemon_.start());
  std::string body = R"({"requests":[)";
  for (int i = 0; i < 100'000; ++i)
    body.append(i == 0 ? "" : ",")
        .append(
            R"({"service":"orders","method":"G","endpoint":"/","status":200,"response_time":1,"consumer":""})");
  body += "]}";
  EXPECT_EQ(ingest(daemon_, body).status, 413);
  EXPECT_EQ(daemon_.status_json().number(std::string(http_door) + "/rejected/too_long"), 1U);
  // As many as 4 MiB hold.
  const std::string_view begun = std::string_view(body).substr(0, 4'000'000);
  const std::string most = std::string(begun.substr(0, begun.rfind("},") + 1)) + "]}";
  EXPECT_EQ(ingest(daemon_, most).status, 200);
  const JsonDocument status = settled(daemon_);
  EXPECT_EQ(status.number(std::string(http_door) + "/accepted"), backend_.stored_records());
  EXPECT_GT(backend_.stored_records(), 40'000U);
}

// A large body of one sender holds up no stream, and sixty-four at once no memory.
TEST_F(IngestTest, ManyBodiesAtOnceAreBoundedInMemory) {
  ASSERT_TRUE(daemon_.start());
  const std::uint64_t before = daemon_.resident_bytes();
  std::vector<RawHttpClient> clients;
  const std::string piece(1'000'000, ' ');
  std::size_t open = 0;
  for (int i = 0; i < 60; ++i) {
    clients.emplace_back(daemon_.tcp_port());
    clients.back().send(
        "POST /api/v1/ingest HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Content-Length: 4000000\r\n\r\n");
    open += clients.back().send(piece, 2s) ? 1 : 0;
  }
  EXPECT_GT(open, 0U);
  const auto sent_away = [&] {
    return daemon_.status_json().number(std::string(http_door) + "/limits/busy");
  };
  EXPECT_TRUE(wait_until([&] { return sent_away() > 0; }, patience)) << daemon_.status_json().text();
  EXPECT_LT(daemon_.peak_resident_bytes(), before + bounded_growth + (16U << 20U));
  send_records(daemon_, 0, 100, {{"service", "\"orders\""}});
  clients.clear();
  EXPECT_TRUE(wait_until([&] { return ingest(daemon_, sdk_body(500, 1)).status == 200; }, patience));
  settled(daemon_);
}

TEST_F(IngestTest, AnEndLetsWhoWasHeardHaveAnAnswer) {
  ASSERT_TRUE(daemon_.start());
  EXPECT_EQ(ingest(daemon_, sdk_body(0, 10)).status, 200);
  EXPECT_EQ(daemon_.terminate(), 0);
  EXPECT_EQ(backend_.contexts(), marks(0, 10));
  EXPECT_THAT(last_line(daemon_.log()), HasSubstr("balanced"));
}

// ---- durability

TEST_F(IngestTest, InModeAlwaysTwoHundredMeansOnDisk) {
  DaemonProcess daemon(ingest_options(backend_, {}, {}, {{"PANNIER__SPOOL__MODE", "always"}}));
  ASSERT_TRUE(daemon.start());
  backend_.stop();
  for (std::uint64_t id = 0; id < 50; ++id) ASSERT_EQ(ingest(daemon, sdk_body(10 * id, 10)).status, 200);
  daemon.kill9();
  backend_.start_again();
  ASSERT_TRUE(daemon.start());
  ASSERT_TRUE(backend_.wait_for_records(500, patience));
  EXPECT_EQ(backend_.contexts(), marks(0, 500));
  EXPECT_EQ(settled(daemon).number("/lost_in_crash"), 0U);
}

// ---- keys that are checked here

class SendersKeysTest : public testing::Test {
 protected:
  ScriptedBackend backend_{two_services()};
  DaemonProcess daemon_{
      ingest_options(backend_, ", malti: { keys: { orders: their-orders, users: their-users } }")};
};

TEST_F(SendersKeysTest, AreRefusedInMaltisWords) {
  ASSERT_TRUE(daemon_.start());
  EXPECT_EQ(ingest(daemon_, sdk_body(0, 1), "their-orders").status, 200);
  HttpReply reply = ingest(daemon_, sdk_body(1, 1), "");
  EXPECT_EQ(reply.status, 401);
  EXPECT_EQ(reply.body, R"({"detail":"API key required"})");
  reply = ingest(daemon_, sdk_body(1, 1), "key-orders");
  EXPECT_EQ(reply.status, 401);
  EXPECT_EQ(reply.body, R"({"detail":"Invalid API key"})");
  reply = ingest(daemon_, sdk_body(1, 2), "their-users");
  EXPECT_EQ(reply.status, 403);
  EXPECT_EQ(reply.body, R"({"detail":"Service mismatch: expected users, got orders"})");
  const JsonDocument status = settled(daemon_);
  EXPECT_EQ(status.number(std::string(http_door) + "/rejected/batch"), 4U);
  EXPECT_EQ(backend_.contexts(), marks(0, 1));
  EXPECT_EQ(backend_.requests().back().headers.at("x-api-key"), "key-orders") << "ours, not theirs";
}

TEST_F(SendersKeysTest, AreChangedByAReload) {
  ASSERT_TRUE(daemon_.start());
  EXPECT_EQ(ingest(daemon_, sdk_body(0, 1), "fresh").status, 401);
  daemon_.write_config(ingest_options(backend_, ", malti: { keys: { orders: fresh } }").config);
  EXPECT_EQ(daemon_.reload().exit_code, 0);
  EXPECT_EQ(ingest(daemon_, sdk_body(0, 1), "fresh").status, 200);
  EXPECT_EQ(ingest(daemon_, sdk_body(0, 1), "their-orders").status, 401);
  settled(daemon_);
}

}  // namespace
}  // namespace pannier::end_to_end
