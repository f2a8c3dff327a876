// A backend, or what stands in its place, that answers nonsense: nothing is taken for delivered, status says
// why, memory stays bounded, and all arrives once it is a Malti again.
#include "tests/end_to_end/setup.h"

namespace pannier::end_to_end {
namespace {

struct Nonsense {
  const char* name;
  Behaviour behaviour;
  const char* state;
  const char* why;
};

void PrintTo(const Nonsense& nonsense, std::ostream* out) {
  *out << nonsense.name;
}

class BackendAnswersTest : public testing::TestWithParam<Nonsense> {};

TEST_P(BackendAnswersTest, IsNotTakenForDeliveredAndIsSaidAndSurvived) {
  ScriptedBackend backend(two_services());
  DaemonProcess daemon(malti_options(backend, {{"PANNIER__DELIVER__MALTI__TIMEOUT", "500ms"}}));
  ASSERT_TRUE(daemon.start());
  backend.next(GetParam().behaviour.for_ever());
  send_records(daemon, 0, 300);
  wait_for_state(daemon, orders, GetParam().state, GetParam().why);
  const std::uint64_t before = daemon.peak_resident_bytes();
  // More than one attempt, so that what an attempt leaves behind would add up.
  const std::uint64_t attempts = daemon.status_json().number(std::string(orders) + "/requests");
  EXPECT_TRUE(wait_until(
      [&] { return daemon.status_json().number(std::string(orders) + "/requests") >= attempts + 5; },
      patience));
  EXPECT_LT(daemon.peak_resident_bytes(), before + bounded_growth);
  const JsonDocument status = daemon.status_json();
  EXPECT_EQ(status.number(std::string(orders) + "/delivered"), 0U);
  EXPECT_EQ(status.sum(std::string(orders) + "/held"), 300U);
  EXPECT_TRUE(status.string(std::string(orders) + "/why").starts_with(GetParam().why)) << status.text();
  expect_balanced(daemon);

  backend.follow_contract();
  backend.release();
  const JsonDocument healed = settled(daemon);
  EXPECT_EQ(healed.string(std::string(orders) + "/state"), "healthy");
  EXPECT_EQ(healed.number(std::string(orders) + "/delivered"), 300U);
  EXPECT_EQ(backend.contexts(), marks(0, 300));
  EXPECT_LE(backend.stored_records() - backend.distinct_records(),
            healed.number(std::string(orders) + "/maybe_twice"));
}

using Kind = Behaviour::Kind;

INSTANTIATE_TEST_SUITE_P(
    EveryNonsense, BackendAnswersTest,
    testing::Values(
        Nonsense{"Garbage", of_kind(Kind::garbage), "backing_off", "no answer"},
        Nonsense{"EndlessBody", of_kind(Kind::endless_body), "blocked", "a proxy's page"},
        Nonsense{"EndlessHeaders", of_kind(Kind::endless_headers), "backing_off", "no answer"},
        Nonsense{"LengthTooLong", wrong_length(100), "backing_off", "no answer"},
        Nonsense{"LengthTooShort", wrong_length(-10), "blocked", "a proxy's page"},
        Nonsense{"HtmlWith200", html(200), "blocked", "a proxy's page"},
        Nonsense{"WrongCount", answer(200, R"({"message":"ok","count":1,"service":"orders"})"), "blocked",
                 "a proxy's page"},
        Nonsense{"OtherSuccess", answer(204), "blocked", "address"},
        Nonsense{"NotFound", answer(404, R"({"detail":"Not Found"})"), "blocked", "address"},
        Nonsense{"Nothing", of_kind(Kind::hang), "backing_off", "no answer"},
        Nonsense{"ClosedUnread", of_kind(Kind::close_unread), "backing_off", "no answer"},
        Nonsense{"ClosedUnanswered", of_kind(Kind::close_unanswered), "backing_off", "no answer"},
        Nonsense{"BadGateway", html(502), "backing_off", "server error"},
        Nonsense{"DatabaseDown",
                 answer(500, R"({"detail":"Failed to store telemetry: [Errno 111] Connection refused"})"),
                 "backing_off", "server error"}),
    [](const auto& info) { return info.param.name; });

TEST(BackendAnswersTest, ARedirectIsNeverFollowed) {
  ScriptedBackend backend(two_services());
  const ScriptedBackend elsewhere(two_services());
  DaemonProcess daemon(malti_options(backend));
  ASSERT_TRUE(daemon.start());
  backend.next(redirect(elsewhere.url() + "/api/v1/ingest").for_ever());
  send_records(daemon, 0, 10);
  wait_for_state(daemon, orders, "blocked", "address");
  EXPECT_TRUE(backend.wait_for_requests(backend.request_count() + 2, patience));
  EXPECT_EQ(elsewhere.connections(), 0U);
  backend.follow_contract();
  settled(daemon);
  EXPECT_EQ(backend.contexts(), marks(0, 10));
}

TEST(BackendAnswersTest, AWishToWaitIsNeverShortened) {
  for (const Behaviour& wish : {unavailable("1"), rate_limited(1)}) {
    ScriptedBackend backend;
    DaemonProcess daemon(malti_options(backend));
    ASSERT_TRUE(daemon.start());
    backend.next(wish);
    send_records(daemon, 0, 10);
    EXPECT_TRUE(backend.wait_for_records(10, patience));
    const auto requests = backend.requests();
    ASSERT_GE(requests.size(), 2U);
    EXPECT_GE(requests[1].at - requests[0].at, 1s);
    settled(daemon);
  }
}

}  // namespace
}  // namespace pannier::end_to_end
