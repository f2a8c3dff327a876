#include "tests/receive/stream_listener_fixture.h"

namespace pannier::receive {
namespace {

TEST_F(StreamListenerTest, ReadsTheLinesOfSeveralClients) {
  const Fd one = connect();
  const Fd two = connect();
  send_all(one, line_for("/one") + "\n" + line_for("/one") + "\n");
  send_all(two, line_for("/two") + "\n");
  ASSERT_TRUE(run_until_lines(3));
  EXPECT_EQ(intake.accepted(), 3U);
  EXPECT_EQ(intake.lines_by_uid().at(::getuid()), 3U);
}

TEST_F(StreamListenerTest, CountsALastLineWithoutNewlineOfAClientThatCloses) {
  {
    send_all(connect(), line_for("/last"));
  }
  ASSERT_TRUE(run_until_lines(1));
  EXPECT_THAT(intake.endpoints(), ElementsAre("/last"));
  EXPECT_TRUE(run_until_connections(0));
}

TEST_F(StreamListenerTest, AcksWhatAHalfClosedClientSent) {
  const Fd client = connect();
  send_all(client, std::string(hello) + line_for("/a") + "\n" + line_for("/b"));
  ::shutdown(client.get(), SHUT_WR);
  std::string answers;
  ASSERT_TRUE(
      run_until([&] { return (answers += received(client)).find(R"("ack":2)") != std::string::npos; }));
  EXPECT_THAT(answers, HasSubstr(R"({"welcome":)"));
}

TEST_F(StreamListenerTest, IsNotHeldUpByAClientThatNeverReadsItsAcks) {
  const Fd client = connect();
  send_all(client, hello);
  constexpr std::uint64_t lines = 3000;
  for (std::uint64_t line = 1; line <= lines; ++line) {
    send_all(client, line_for("/a") + "\n");
    ASSERT_TRUE(run_until_lines(line));
  }
  std::string answers;
  ASSERT_TRUE(run_until([&] {
    answers += received(client);
    return answers.ends_with(R"({"ack":3000,"rejected":0,"filtered":0})"
                             "\n");
  }));
  EXPECT_LT(std::count(answers.begin(), answers.end(), '\n'), 3000);
}

TEST_F(StreamListenerTest, TellsTheLastAckToAClientThatReadsOnlyAfterItsEnd) {
  const Fd client = connect();
  send_all(client, hello);
  for (std::uint64_t line = 1; line <= 2000; ++line) {
    send_all(client, line_for("/a") + "\n");
    ASSERT_TRUE(run_until_lines(line));
  }
  ::shutdown(client.get(), SHUT_WR);
  run_until_idle();
  std::string answers;
  ASSERT_TRUE(run_until([&] {
    return (answers += received(client)).ends_with("\"filtered\":0}\n") && listener.connections() == 0;
  }));
  answers += received(client);
  EXPECT_THAT(answers, HasSubstr(R"({"ack":2000,)"));
}

TEST_F(StreamListenerTest, RejectsALineThatABrokenConnectionCutOff) {
  {
    const Fd client = connect();
    send_all(client, hello);
    ASSERT_TRUE(run_until([&] { return !received(client).empty(); }));
    send_all(client, line_for("/whole") + "\n");
    ASSERT_TRUE(run_until_lines(1));
    send_all(client, line_for("/cut"));
  }  // closed with an ack unread: the kernel resets the connection
  ASSERT_TRUE(run_until_connections(0));
  EXPECT_THAT(intake.endpoints(), ElementsAre("/whole"));
  EXPECT_EQ(intake.rejected(Reject::unterminated), 1U);
}

TEST_F(StreamListenerTest, ReadsOnFromAClientThatTakesNoAnswers) {
  const Fd client = connect();
  ::shutdown(client.get(), SHUT_RD);
  send_all(client, std::string(hello) + line_for("/a") + "\n");
  ASSERT_TRUE(run_until_lines(1));
  send_all(client, line_for("/b") + "\n");
  ASSERT_TRUE(run_until_lines(2));
  run_until_idle();
  EXPECT_EQ(listener.connections(), 1U);
}

TEST_F(StreamListenerTest, ClosesConnectionsOverTheLimitAndCountsThem) {
  listener.set({.limits = {.connections = 2}, .allow_uids = {}});
  const std::vector<Fd> clients = [&] {
    std::vector<Fd> five;
    for (int client = 0; client < 5; ++client) five.push_back(connect());
    return five;
  }();
  ASSERT_TRUE(run_until([&] { return intake.hits(Limit::connections) == 3; }));
  EXPECT_EQ(listener.connections(), 2U);
  EXPECT_TRUE(is_closed_by_peer(clients[4]));
  send_all(clients[0], line_for("/a") + "\n");
  EXPECT_TRUE(run_until_lines(1));
}

TEST_F(StreamListenerTest, LetsOneUidHaveNoMoreThanItsShare) {
  listener.set({.limits = {.connections_per_uid = 3}, .allow_uids = {}});
  std::vector<Fd> clients;
  for (int client = 0; client < 4; ++client) clients.push_back(connect());
  ASSERT_TRUE(run_until([&] { return intake.hits(Limit::connections_per_uid) == 1; }));
  clients.erase(clients.begin());
  ASSERT_TRUE(run_until_connections(2));
  clients.push_back(connect());
  EXPECT_TRUE(run_until_connections(3));
}

TEST_F(StreamListenerTest, ShutsOutUidsThatAreNotAllowed) {
  listener.set({.limits = {}, .allow_uids = {::getuid() + 1}});
  const Fd stranger = connect();
  ASSERT_TRUE(run_until([&] { return intake.hits(Limit::uid) == 1; }));
  EXPECT_TRUE(is_closed_by_peer(stranger));
  listener.set({.limits = {}, .allow_uids = {::getuid() + 1, ::getuid()}});
  send_all(connect(), line_for("/a") + "\n");
  EXPECT_TRUE(run_until_lines(1));
}

TEST_F(StreamListenerTest, ServesEachOf512ClientsWhile600Connect) {
  allow_4096_files();
  listener.set({.limits = {.connections = 512, .connections_per_uid = 1000}, .allow_uids = {}});
  std::vector<Fd> clients;
  for (int client = 0; client < 600; ++client) clients.push_back(connect());
  ASSERT_TRUE(run_until([&] { return intake.hits(Limit::connections) == 88; }));
  for (std::size_t client = 0; client < 512; ++client) send_all(clients[client], line_for("/a") + "\n" + "{");
  ASSERT_TRUE(run_until_lines(512));
  for (std::size_t client = 0; client < 512; ++client) send_all(clients[client], "}\n");
  ASSERT_TRUE(run_until_lines(1024));
  EXPECT_EQ(intake.accepted(), 512U);
}

// Not in the address sanitizer's tree: there the check of each virtual call asks the kernel for a pipe, and
// without descriptors it takes every object for a broken one. The other trees run it.
#if !__has_feature(address_sanitizer)
TEST_F(StreamListenerTest, OutlivesAFullTableOfDescriptors) {
  const Fd client = connect();
  send_all(client, line_for("/a") + "\n");
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  const rlimit none{.rlim_cur = 3, .rlim_max = files.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  EXPECT_TRUE(run_until([&] { return listener.accept_errors() > 0; }));
  ::setrlimit(RLIMIT_NOFILE, &files);
  EXPECT_TRUE(run_until_lines(1));
}
#endif

TEST_F(StreamListenerTest, ClosesAConnectionWhoseLineStaysUnfinished) {
  listener.set({.limits = {.unfinished_line = 1s}, .allow_uids = {}});
  const Fd slow = connect();
  const Fd silent = connect();
  send_all(slow, line_for("/a") + "\n{\"method\"");
  ASSERT_TRUE(run_until_lines(1));
  ASSERT_TRUE(run_until([&] { return intake.hits(Limit::unfinished_line) == 1; }));
  EXPECT_EQ(intake.rejected(Reject::unterminated), 1U);
  EXPECT_TRUE(is_closed_by_peer(slow));
  EXPECT_EQ(listener.connections(), 1U);
}

TEST_F(StreamListenerTest, ReadsNobodyDuringAPause) {
  intake.ask_for_pauses(true);
  const Fd one = connect();
  const Fd two = connect();
  ASSERT_TRUE(run_until_connections(2));
  send_all(one, line_for("/a") + "\n");
  ASSERT_TRUE(run_until_lines(1));
  send_all(one, line_for("/a") + "\n");
  send_all(two, line_for("/b") + "\n");
  run_until_idle();
  EXPECT_EQ(intake.lines(), 1U);
  intake.ask_for_pauses(false);
  listener.room_came();
  EXPECT_TRUE(run_until_lines(3));
}

TEST_F(StreamListenerTest, ReadsOnAfterTheLongestPauseAndPausesAgainOnlyWhenRoomCame) {
  listener.set({.limits = {}, .allow_uids = {}, .max_pause = 20ms});
  intake.ask_for_pauses(true);
  const Fd client = connect();
  for (std::uint64_t line = 1; line <= 3; ++line) {
    send_all(client, line_for("/a") + "\n");
    ASSERT_TRUE(run_until_lines(line));
  }
  send_all(client, line_for("/a") + "\n");
  run_until_idle();
  EXPECT_EQ(intake.lines(), 4U);
  listener.set({.limits = {}, .allow_uids = {}, .max_pause = 1h});
  listener.room_came();
  send_all(client, line_for("/a") + "\n");
  ASSERT_TRUE(run_until_lines(5));
  send_all(client, line_for("/a") + "\n");
  run_until_idle();
  EXPECT_EQ(intake.lines(), 5U);
}

}  // namespace
}  // namespace pannier::receive
