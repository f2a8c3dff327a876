// Clients that misbehave by what they do, not by what they say: the others never notice.
#include <unistd.h>

#include "tests/end_to_end/setup.h"

namespace pannier::end_to_end {
namespace {

class HostileClientsTest : public testing::Test {
 protected:
  void start(Environment environment = {}) {
    daemon_.emplace(malti_options(backend_, std::move(environment)));
    ASSERT_TRUE(daemon_->start());
  }
  // Another client is served now.
  void expect_service() {
    send_records(*daemon_, next_, 10);
    next_ += 10;
    EXPECT_TRUE(backend_.wait_for_records(next_, patience));
  }
  [[nodiscard]] std::uint64_t limit(const std::string& name) const {
    return daemon_->status_json().number("/listeners/unix_stream/limits/" + name);
  }
  // Opens so many idle connections, waits until `closed` of them were closed, and gives the others.
  std::vector<UnixStreamClient> crowd(std::size_t count) const {
    std::vector<UnixStreamClient> clients;
    for (std::size_t i = 0; i != count; ++i) clients.emplace_back(daemon_->stream_path());
    return clients;
  }
  ScriptedBackend backend_;
  std::optional<DaemonProcess> daemon_;
  std::uint64_t next_ = 0;
};

TEST_F(HostileClientsTest, AnIdleOneAndOneWithHalfALineDisturbNobody) {
  start();
  const UnixStreamClient idle(daemon_->stream_path());
  UnixStreamClient half(daemon_->stream_path());
  const std::string line = numbered_line(1000);
  ASSERT_TRUE(half.send(std::string_view(line).substr(0, line.size() / 2)));
  expect_service();
  ASSERT_TRUE(half.send(std::string_view(line).substr(line.size() / 2)));
  ASSERT_TRUE(half.send("\n"));
  EXPECT_TRUE(backend_.wait_for_records(next_ + 1, patience));
  EXPECT_TRUE(backend_.contexts().contains(mark(1000)));
  settled(*daemon_);
}

TEST_F(HostileClientsTest, OneThatSendsAByteAtATimeIsReadToItsLineEnd) {
  start();
  UnixStreamClient slow(daemon_->stream_path());
  const std::string line = numbered_line(1000) + "\n";
  for (std::size_t at = 0; at != line.size(); ++at) {
    ASSERT_TRUE(slow.send(std::string_view(line).substr(at, 1)));
    if (at % 40 == 0) expect_service();
  }
  EXPECT_TRUE(backend_.wait_for_records(next_ + 1, patience));
  settled(*daemon_);
}

TEST_F(HostileClientsTest, OneThatNeverReadsItsAcksCostsAConstantAndIsNeverWaitedFor) {
  start();
  UnixStreamClient deaf(daemon_->stream_path());
  ASSERT_TRUE(deaf.send_line(R"({"hello":{"ack":true}})"));
  const std::uint64_t before = daemon_->peak_resident_bytes();
  std::string lines;
  for (std::uint64_t id = 100'000; id != 120'000; ++id) {
    lines = numbered_line(id);
    ASSERT_TRUE(deaf.send_line(lines));
  }
  EXPECT_TRUE(backend_.wait_for_records(20'000, patience));
  EXPECT_LT(daemon_->peak_resident_bytes(), before + bounded_growth);
  settled(*daemon_);
  EXPECT_TRUE(deaf.wait_for_ack(20'000, patience)) << "the last ack covers all, late as it is read";
}

TEST_F(HostileClientsTest, SixHundredConnectionsOfOneUserAreCutAtItsLimitAndCounted) {
  start();
  {
    const std::vector<UnixStreamClient> clients = crowd(600);
    EXPECT_TRUE(wait_until([&] { return limit("connections_per_uid") == 600 - 128; }, patience))
        << daemon_->status_json().text();
  }
  // The crowd's going is noticed a moment later.
  EXPECT_TRUE(wait_until(
      [&] { return UnixStreamClient(daemon_->stream_path()).hello("\"ack\":true").has_value(); }, patience));
  expect_service();
  settled(*daemon_);
}

TEST_F(HostileClientsTest, SixHundredConnectionsAreCutAtTheWholeLimitWhileAnEarlierOneIsServed) {
  start({{"PANNIER__LIMITS__CONNECTIONS_PER_UID", "1000"}});
  UnixStreamClient early(daemon_->stream_path());
  ASSERT_TRUE(early.hello("\"ack\":true", patience));
  std::vector<UnixStreamClient> clients = crowd(600);
  EXPECT_TRUE(wait_until([&] { return limit("connections") == 601 - 512; }, patience))
      << daemon_->status_json().text();
  EXPECT_TRUE(clients.back().wait_for_close(patience));
  early.send_line(numbered_line(1));
  EXPECT_TRUE(early.wait_for_ack(1, patience));
  EXPECT_TRUE(DatagramClient::to_unix(daemon_->datagram_path()).send(numbered_line(2)));
  EXPECT_TRUE(backend_.wait_for_records(2, patience));
  settled(*daemon_);
}

TEST_F(HostileClientsTest, ALineThatIsNeverFinishedEndsItsConnectionAndIsCounted) {
  start({{"PANNIER__LIMITS__UNFINISHED_LINE", "1s"}});
  UnixStreamClient stuck(daemon_->stream_path());
  ASSERT_TRUE(stuck.send(numbered_line(1000) + "\n{\"method\""));
  const UnixStreamClient idle(daemon_->stream_path());
  EXPECT_TRUE(stuck.wait_for_close(patience));
  EXPECT_EQ(limit("unfinished_line"), 1U);
  EXPECT_TRUE(backend_.wait_for_records(1, patience));
  const JsonDocument status = settled(*daemon_);
  EXPECT_EQ(status.number("/listeners/unix_stream/rejected/unterminated"), 1U);
}

TEST_F(HostileClientsTest, AUserWhoIsNotAllowedIsTurnedAwayAndCounted) {
  start({{"PANNIER__RECEIVE__UNIX_STREAM__ALLOW_UIDS", std::to_string(::getuid() + 1)}});
  UnixStreamClient stranger(daemon_->stream_path());
  stranger.send_line(numbered_line(1));
  EXPECT_TRUE(stranger.wait_for_close(patience));
  EXPECT_TRUE(wait_until([&] { return limit("uid") == 1; }, patience)) << daemon_->status_json().text();
  ASSERT_TRUE(DatagramClient::to_unix(daemon_->datagram_path()).send(numbered_line(2)));
  EXPECT_TRUE(backend_.wait_for_records(1, patience));
  EXPECT_EQ(backend_.contexts(), marks(2, 1));
  settled(*daemon_);
}

TEST_F(HostileClientsTest, OneThatGoesWithoutReadingLosesNoWholeLine) {
  start();
  for (std::uint64_t id = 0; id != 20; ++id) {
    UnixStreamClient rude(daemon_->stream_path());
    ASSERT_TRUE(rude.send(R"({"hello":{"ack":true}})"
                          "\n" +
                          numbered_line(id) + "\n" + R"({"method":)"));
  }
  EXPECT_TRUE(backend_.wait_for_records(20, patience));
  EXPECT_EQ(backend_.contexts(), marks(0, 20));
  wait_for_lines(*daemon_, 40);  // the cut lines are counted too
  settled(*daemon_);
}

}  // namespace
}  // namespace pannier::end_to_end
