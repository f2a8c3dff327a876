// Acks where a spool commits: who waits, who is told, who is not waited for.
#include "tests/receive/stream_listener_fixture.h"

namespace pannier::receive {
namespace {

// Where a spool commits. Nobody is let go because time has passed, unless a test says otherwise.
class StreamListenerCommitTest : public StreamListenerTest {
 protected:
  StreamListenerCommitTest() {
    intake.hand_out_tickets();
    listener.set({.limits = {.connections_per_uid = 512}, .allow_uids = {}, .slowest_commit = 1h});
  }
};

TEST_F(StreamListenerCommitTest, AcksNothingBeforeItIsCommitted) {
  const Fd client = connect_for_acks();
  send_all(client, line_for("/a") + "\n");
  ASSERT_TRUE(run_until_lines(1));
  const std::uint64_t first = intake.last_ticket();
  send_all(client, line_for("/b") + "\n");
  ASSERT_TRUE(run_until_lines(2));
  listener.committed(first - 1);
  run_until_idle();
  EXPECT_THAT(received(client), IsEmpty());
  listener.committed(first);
  EXPECT_EQ(received(client), R"({"ack":1,"rejected":0,"filtered":0})"
                              "\n");
  listener.committed(intake.last_ticket());
  EXPECT_EQ(received(client), R"({"ack":2,"rejected":0,"filtered":0})"
                              "\n");
}

TEST_F(StreamListenerCommitTest, AcksAtOnceWhatWasCommittedBeforeItsReadEnded) {
  const Fd client = connect_for_acks();
  listener.committed(intake.last_ticket() + 1000);
  send_all(client, line_for("/a") + "\n");
  EXPECT_TRUE(run_until_acked(client, 1));
}

TEST_F(StreamListenerCommitTest, KeepsAClientThatHasEndedUntilItsLastAck) {
  const Fd client = connect_for_acks();
  send_all(client, line_for("/a") + "\n" + line_for("/b"));
  ::shutdown(client.get(), SHUT_WR);
  ASSERT_TRUE(run_until_lines(2));
  run_until_idle();
  EXPECT_EQ(listener.connections(), 1U);
  EXPECT_THAT(received(client), IsEmpty());
  listener.committed(intake.last_ticket());
  EXPECT_EQ(listener.connections(), 0U);
  EXPECT_EQ(received(client), R"({"ack":2,"rejected":0,"filtered":0})"
                              "\n");
  EXPECT_TRUE(is_closed_by_peer(client));
}

TEST_F(StreamListenerCommitTest, KeepsNoClientThatIsGoneOrWantsNoAcks) {
  {
    send_all(connect_for_acks(), line_for("/a") + "\n");
  }
  const Fd silent = connect();
  send_all(silent, line_for("/b") + "\n");
  ::shutdown(silent.get(), SHUT_WR);
  ASSERT_TRUE(run_until_lines(2));
  EXPECT_TRUE(run_until_connections(0));
}

TEST_F(StreamListenerCommitTest, LetsAnEndedClientGoWhoseCommitDoesNotCome) {
  listener.set({.limits = {}, .allow_uids = {}, .slowest_commit = 20ms});
  const Fd client = connect_for_acks();
  send_all(client, line_for("/a") + "\n");
  ::shutdown(client.get(), SHUT_WR);
  ASSERT_TRUE(run_until_lines(1));
  ASSERT_TRUE(run_until_connections(0));
  EXPECT_THAT(received(client), IsEmpty());
  EXPECT_TRUE(is_closed_by_peer(client));
  listener.committed(intake.last_ticket());  // finds nobody
}

TEST_F(StreamListenerCommitTest, CommitsReachTheOthersThoughOneNeverReadsItsAcks) {
  const Fd deaf = connect();
  send_all(deaf, hello);
  constexpr std::uint64_t lines = 2000;
  for (std::uint64_t line = 1; line <= lines; ++line) {
    send_all(deaf, line_for("/a") + "\n");
    ASSERT_TRUE(run_until_lines(line));
    listener.committed(intake.last_ticket());
  }
  const Fd client = connect_for_acks();
  send_all(client, line_for("/b") + "\n");
  ASSERT_TRUE(run_until_lines(lines + 1));
  listener.committed(intake.last_ticket());
  EXPECT_TRUE(run_until_acked(client, 1));
  EXPECT_TRUE(run_until_acked(deaf, lines)) << "the newest ack replaced those that were not read";
}

TEST_F(StreamListenerCommitTest, EndsAClientThatHasItsCommitAndDoesNotReadIt) {
  const Fd deaf = connect();
  send_all(deaf, hello);
  for (std::uint64_t line = 1; line <= 2000; ++line) {
    send_all(deaf, line_for("/a") + "\n");
    ASSERT_TRUE(run_until_lines(line));
    if (line < 2000) listener.committed(intake.last_ticket());
  }
  ::shutdown(deaf.get(), SHUT_WR);
  run_until_idle();
  listener.committed(intake.last_ticket());
  EXPECT_EQ(listener.connections(), 1U) << "it may still read";
  EXPECT_TRUE(run_until_connections(0)) << "it had the commit's time once more";
}

TEST_F(StreamListenerCommitTest, ADrainWaitsForTheCommitOfWhatItsClientsSent) {
  const Fd client = connect_for_acks();
  send_all(client, line_for("/a") + "\n");
  bool done = false;
  listener.drain({.read_out = 1h}, [&] { done = true; });
  ASSERT_TRUE(run_until_lines(1));
  run_until_idle();
  EXPECT_FALSE(done);
  listener.committed(intake.last_ticket());
  ASSERT_TRUE(run_until([&] { return done; }));
  EXPECT_THAT(received(client), HasSubstr(R"({"ack":1,)"));
}

TEST_F(StreamListenerCommitTest, ADrainsOwnBoundEndsTheWaitForACommit) {
  const Fd client = connect_for_acks();
  send_all(client, line_for("/a") + "\n");
  ASSERT_TRUE(run_until_lines(1));
  bool done = false;
  listener.drain({.read_out = 50ms}, [&] { done = true; });
  ASSERT_TRUE(run_until([&] { return done; }));
  EXPECT_TRUE(is_closed_by_peer(client));
}

TEST_F(StreamListenerCommitTest, TellsEachOf512ClientsOfOneCommitAndLetsThoseGoThatHaveEnded) {
  allow_4096_files();
  intake.hand_out_tickets();
  std::vector<Fd> clients;
  for (int client = 0; client < 512; ++client) {
    clients.push_back(connect());
    send_all(clients.back(), hello + line_for("/a") + "\n");
    if (client % 2 == 0) ::shutdown(clients.back().get(), SHUT_WR);
    if (client == 255) run_until_idle();
  }
  ASSERT_TRUE(run_until_lines(512));
  run_until_idle();
  ASSERT_EQ(listener.connections(), 512U);
  clients[101].close();  // some that wait go before the commit
  clients[303].close();
  ASSERT_TRUE(run_until_connections(510));
  const std::uint64_t all = intake.last_ticket();
  send_all(clients[1], line_for("/b") + "\n");
  ASSERT_TRUE(run_until_lines(513));
  listener.committed(all);
  EXPECT_EQ(listener.connections(), 254U);
  for (std::size_t client = 0; client < 512; ++client) {
    if (!clients[client]) continue;
    EXPECT_THAT(received(clients[client]), HasSubstr(R"({"ack":1,)")) << client;
    EXPECT_EQ(is_closed_by_peer(clients[client]), client % 2 == 0) << client;
  }
  listener.committed(intake.last_ticket());
  EXPECT_THAT(received(clients[1]), HasSubstr(R"({"ack":2,)"));
}

}  // namespace
}  // namespace pannier::receive
