#include "receive/stream_listener.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <string>
#include <vector>

#include "tests/doubles/temporary_folder.h"
#include "tests/receive/recording_intake.h"
#include "tests/receive/socket_pair.h"

namespace pannier::receive {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr auto hello = R"({"hello":{"ack":true}})"
                       "\n";

class StreamListenerTest : public ::testing::Test {
 protected:
  // The listener runs only in here: between two calls nothing is read.
  template <typename Fact>
  bool run_until(Fact fact) {
    const SteadyTime end = steady_now() + 20s;
    while (!fact()) {
      if (steady_now() > end) return false;
      context.restart();
      context.run_one_for(10ms);
    }
    return true;
  }
  // Until all is done that can be done now.
  void run_until_idle() {
    context.restart();
    while (context.poll() != 0) {
    }
  }
  bool run_until_lines(std::uint64_t lines) {
    return run_until([&] { return intake.lines() >= lines; });
  }
  bool run_until_connections(std::size_t count) {
    return run_until([&] { return listener.connections() == count; });
  }
  Fd connect() { return connected_unix(SOCK_STREAM, path); }
  // One that wants acks and has read its welcome.
  Fd connect_for_acks() {
    Fd client = connect();
    send_all(client, hello);
    EXPECT_TRUE(run_until([&] { return !received(client).empty(); }));
    return client;
  }
  bool run_until_acked(const Fd& client, std::uint64_t lines) {
    const std::string ack = "{\"ack\":" + std::to_string(lines) + ",";
    std::string answers;
    return run_until([&] { return (answers += received(client)).find(ack) != std::string::npos; });
  }

  void SetUp() override { listener.start(); }
  void TearDown() override { EXPECT_TRUE(intake.is_balanced()); }

  doubles::TemporaryFolder folder;
  std::filesystem::path path = folder / "stream.sock";
  boost::asio::io_context context;
  RecordingIntake intake;
  StreamListener listener{context, bound_unix(SOCK_STREAM, path), StreamSettings{}, intake};
};

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

TEST_F(StreamListenerTest, AcksNothingBeforeItIsCommitted) {
  intake.hand_out_tickets();
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

TEST_F(StreamListenerTest, AcksAtOnceWhatWasCommittedBeforeItsReadEnded) {
  intake.hand_out_tickets();
  const Fd client = connect_for_acks();
  listener.committed(intake.last_ticket() + 1000);
  send_all(client, line_for("/a") + "\n");
  EXPECT_TRUE(run_until_acked(client, 1));
}

TEST_F(StreamListenerTest, KeepsAClientThatHasEndedUntilItsLastAck) {
  intake.hand_out_tickets();
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

TEST_F(StreamListenerTest, KeepsNoClientThatIsGoneOrWantsNoAcks) {
  intake.hand_out_tickets();
  {
    send_all(connect_for_acks(), line_for("/a") + "\n");
  }
  const Fd silent = connect();
  send_all(silent, line_for("/b") + "\n");
  ::shutdown(silent.get(), SHUT_WR);
  ASSERT_TRUE(run_until_lines(2));
  const SteadyTime before = steady_now();
  EXPECT_TRUE(run_until_connections(0));
  EXPECT_LT(steady_now() - before, 4s) << "kept until the slowest commit's end";
}

TEST_F(StreamListenerTest, LetsAnEndedClientGoWhoseCommitDoesNotCome) {
  intake.hand_out_tickets();
  const Fd client = connect_for_acks();
  send_all(client, line_for("/a") + "\n");
  ::shutdown(client.get(), SHUT_WR);
  ASSERT_TRUE(run_until_lines(1));
  ASSERT_TRUE(run_until_connections(0));
  EXPECT_THAT(received(client), IsEmpty());
  EXPECT_TRUE(is_closed_by_peer(client));
  listener.committed(intake.last_ticket());  // finds nobody
}

TEST_F(StreamListenerTest, CommitsReachTheOthersThoughOneNeverReadsItsAcks) {
  intake.hand_out_tickets();
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

TEST_F(StreamListenerTest, EndsAClientThatHasItsCommitAndDoesNotReadIt) {
  intake.hand_out_tickets();
  const Fd deaf = connect();
  send_all(deaf, hello);
  for (std::uint64_t line = 1; line <= 2000; ++line) {
    send_all(deaf, line_for("/a") + "\n");
    ASSERT_TRUE(run_until_lines(line));
    if (line < 2000) listener.committed(intake.last_ticket());
  }
  ::shutdown(deaf.get(), SHUT_WR);
  run_until_idle();
  const SteadyTime before = steady_now();
  listener.committed(intake.last_ticket());
  EXPECT_EQ(listener.connections(), 1U) << "it may still read";
  EXPECT_TRUE(run_until_connections(0));
  EXPECT_LT(steady_now() - before, 4s) << "it had the commit's time once more";
}

TEST_F(StreamListenerTest, ADrainWaitsForTheCommitOfWhatItsClientsSent) {
  intake.hand_out_tickets();
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

TEST_F(StreamListenerTest, ADrainsOwnBoundEndsTheWaitForACommit) {
  intake.hand_out_tickets();
  const Fd client = connect_for_acks();
  send_all(client, line_for("/a") + "\n");
  ASSERT_TRUE(run_until_lines(1));
  const SteadyTime before = steady_now();
  bool done = false;
  listener.drain({.read_out = 50ms}, [&] { done = true; });
  ASSERT_TRUE(run_until([&] { return done; }));
  EXPECT_LT(steady_now() - before, 4s);
  EXPECT_TRUE(is_closed_by_peer(client));
}

TEST_F(StreamListenerTest, TellsEachOf512ClientsOfOneCommitAndLetsThoseGoThatHaveEnded) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = std::min<rlim_t>(files.rlim_max, 4096);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &files), 0);
  intake.hand_out_tickets();
  listener.set({.limits = {.connections_per_uid = 512}, .allow_uids = {}});
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
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = std::min<rlim_t>(files.rlim_max, 4096);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &files), 0);
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
