// How the listener ends.
#include "tests/receive/stream_listener_fixture.h"

namespace pannier::receive {
namespace {

TEST_F(StreamListenerTest, DrainsAllThatWasSentAndLetsNobodySendMore) {
  const Fd client = connect();
  ASSERT_TRUE(run_until_connections(1));
  const Fd in_the_backlog = connect();
  std::string many(hello);
  for (int line = 0; line < 1000; ++line) many += line_for("/a") + "\n";
  send_all(client, many + "{\"cut");
  send_all(in_the_backlog, line_for("/b") + "\n");
  bool done = false;
  listener.drain({}, [&] { done = true; });
  EXPECT_FALSE(done);
  ASSERT_TRUE(run_until([&] { return done; }));
  EXPECT_EQ(intake.accepted(), 1001U);
  EXPECT_EQ(intake.rejected(Reject::unterminated), 1U);
  EXPECT_EQ(::send(client.get(), "x", 1, MSG_NOSIGNAL), -1);
  EXPECT_THAT(received(client), HasSubstr(R"({"ack":1001,"rejected":1,)"));
  EXPECT_THROW(connect(), std::system_error);
}

TEST_F(StreamListenerTest, CountsALastLineOfAClientThatHadClosedBeforeTheDrain) {
  const Fd half_closed = connect();
  send_all(half_closed, line_for("/a"));
  ::shutdown(half_closed.get(), SHUT_WR);
  {
    send_all(connect(), line_for("/b"));
  }
  bool done = false;
  listener.drain({}, [&] { done = true; });
  ASSERT_TRUE(run_until([&] { return done; }));
  EXPECT_EQ(intake.accepted(), 2U);
}

TEST_F(StreamListenerTest, DrainsDuringAPause) {
  intake.ask_for_pauses(true);
  listener.set({.limits = {}, .allow_uids = {}, .max_pause = 1h});
  const Fd client = connect();
  send_all(client, line_for("/a") + "\n");
  ASSERT_TRUE(run_until_lines(1));
  send_all(client, line_for("/b") + "\n");
  run_until_idle();
  bool done = false;
  listener.drain({}, [&] { done = true; });
  ASSERT_TRUE(run_until([&] { return done; }));
  EXPECT_THAT(intake.endpoints(), ElementsAre("/a", "/b"));
}

TEST_F(StreamListenerTest, EndsADrainWithoutClients) {
  bool done = false;
  listener.drain({}, [&] { done = true; });
  EXPECT_TRUE(run_until([&] { return done; }));
}

TEST_F(StreamListenerTest, EndsADrainInTimeThoughAPeerDoesNotReadItsAcks) {
  const Fd client = connect();
  send_all(client, hello);
  for (std::uint64_t line = 1; line <= 2000; ++line) {
    send_all(client, line_for("/a") + "\n");
    ASSERT_TRUE(run_until_lines(line));
  }
  bool done = false;
  listener.drain({.read_out = 0ms}, [&] { done = true; });
  run_until_idle();
  EXPECT_TRUE(done);
  EXPECT_EQ(listener.connections(), 0U);
}

TEST_F(StreamListenerTest, DrainsThoseWhoStayedAfterOthersWent) {
  Fd first = connect();
  const Fd second = connect();
  Fd third = connect();
  ASSERT_TRUE(run_until_connections(3));
  first.close();
  ASSERT_TRUE(run_until_connections(2));
  third.close();
  ASSERT_TRUE(run_until_connections(1));
  send_all(second, line_for("/second") + "\n");
  bool done = false;
  listener.drain({.read_out = 1h}, [&] { done = true; });
  ASSERT_TRUE(run_until([&] { return done; }));
  EXPECT_TRUE(is_closed_by_peer(second));
  EXPECT_THAT(intake.endpoints(), ElementsAre("/second"));
}

TEST_F(StreamListenerTest, WaitsForItsClientsAndForThoseThatStillCome) {
  Fd first = connect();
  bool done = false;
  listener.drain({.wait_for_clients = 1h}, [&] { done = true; });
  ASSERT_TRUE(run_until_connections(1));
  Fd second = connect();
  ASSERT_TRUE(run_until_connections(2));
  send_all(second, line_for("/late") + "\n");
  first.close();
  ASSERT_TRUE(run_until_connections(1));
  EXPECT_FALSE(done);
  second.close();
  send_all(connect(), line_for("/last") + "\n");
  ASSERT_TRUE(run_until([&] { return done; }));
  EXPECT_THAT(intake.endpoints(), ElementsAre("/late", "/last"));
}

TEST_F(StreamListenerTest, WaitsForClientsNoLongerThanAllowed) {
  const Fd stays = connect();
  bool done = false;
  listener.drain({.wait_for_clients = 20ms}, [&] { done = true; });
  EXPECT_TRUE(run_until([&] { return done; }));
  EXPECT_TRUE(is_closed_by_peer(stays));
}

TEST(StreamListenerLifeTest, MayGoWhileConnectionsAreOpen) {
  const doubles::TemporaryFolder folder;
  boost::asio::io_context context;
  RecordingIntake intake;
  Fd client;
  {
    StreamListener listener(context, bound_unix(SOCK_STREAM, folder / "s"), {}, intake);
    listener.start();
    client = connected_unix(SOCK_STREAM, folder / "s");
    send_all(client, "{");
    while (listener.connections() == 0) context.run_one();
    context.poll();
  }
  EXPECT_TRUE(is_closed_by_peer(client));
  context.restart();
  context.run();
}

}  // namespace
}  // namespace pannier::receive
