#include "daemon/commands/line_sender.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include "tests/daemon/fake_daemon.h"

namespace pannier::daemon::commands {
namespace {

using namespace std::chrono_literals;

constexpr const char* welcome = "{\"welcome\":{\"version\":\"x\",\"session\":null}}\n";

std::string ack(std::uint64_t lines, std::uint64_t rejected = 0, std::uint64_t filtered = 0) {
  return "{\"ack\":" + std::to_string(lines) + ",\"rejected\":" + std::to_string(rejected) +
         ",\"filtered\":" + std::to_string(filtered) + "}\n";
}

class LineSenderTest : public testing::Test {
 protected:
  // Sends `text` to a daemon that behaves as `serve`.
  SendResult send(std::string_view text, std::function<void(Peer&)> serve,
                  std::chrono::milliseconds patience = 10s) {
    doubles::write_file(folder_ / "input", text);
    const Fd input(::open((folder_ / "input").c_str(), O_RDONLY | O_CLOEXEC));
    FakeServer server(socket_, std::move(serve));
    return send_lines({.socket = socket_, .hello = "HELLO", .input = input.get(), .patience = patience});
  }

  doubles::TemporaryFolder folder_;
  std::string socket_ = folder_ / "s";
};

TEST_F(LineSenderTest, EndsWhenAllLinesAreConfirmed) {
  std::vector<std::string> seen;
  const SendResult result = send("one\n\ntwo\nthree\n", [&](Peer& peer) {
    seen.push_back(peer.line());
    peer.write(welcome);
    for (int i = 0; i < 4; ++i) seen.push_back(peer.line());
    peer.write(ack(2, 1));
    peer.write(ack(3, 1, 1));
    EXPECT_TRUE(peer.is_closed());
  });
  EXPECT_FALSE(result.fault);
  EXPECT_EQ(seen, (std::vector<std::string>{"HELLO", "one", "", "two", "three"}));
  EXPECT_EQ(result.progress.lines, 3U);
  EXPECT_EQ(result.progress.accepted(), 1U);
  EXPECT_EQ(result.progress.rejected, 1U);
  EXPECT_EQ(result.progress.filtered, 1U);
}

TEST_F(LineSenderTest, SendsALastLineWithoutNewlineWithOne) {
  std::string last;
  const SendResult result = send("one\ntwo", [&](Peer& peer) {
    peer.line();
    peer.write(welcome);
    peer.line();
    last = peer.line();
    peer.write(ack(2));
  });
  EXPECT_FALSE(result.fault);
  EXPECT_EQ(last, "two");
}

TEST_F(LineSenderTest, GoesOnWithoutAWelcome) {
  const SendResult result = send("one\n", [&](Peer& peer) {
    peer.line();
    EXPECT_EQ(peer.line(), "one");
    peer.write(ack(1));
  });
  EXPECT_FALSE(result.fault);
}

TEST_F(LineSenderTest, NeverSendsALineBeforeTheWelcomeThatComes) {
  const SendResult result = send("one\n", [&](Peer& peer) {
    EXPECT_EQ(peer.line(), "HELLO");
    peer.write(welcome);
    EXPECT_EQ(peer.line(), "one");
    peer.write(ack(1));
  });
  EXPECT_FALSE(result.fault);
}

TEST_F(LineSenderTest, TellsHowManyWereConfirmedWhenTheDaemonGoes) {
  const SendResult result = send("one\ntwo\nthree\n", [&](Peer& peer) {
    peer.line();
    peer.write(welcome);
    peer.line();
    peer.write(ack(1));
  });
  ASSERT_TRUE(result.fault);
  EXPECT_NE(result.fault->message.find("closed the connection"), std::string::npos);
  EXPECT_EQ(result.progress.confirmed, 1U);
  EXPECT_EQ(result.progress.unconfirmed(), 2U);
}

TEST_F(LineSenderTest, GivesUpWhereNothingMovesAnyMore) {
  const SendResult result = send(
      "one\ntwo\n",
      [&](Peer& peer) {
        peer.line();
        peer.write(welcome);
        peer.line();
        peer.write(ack(1));
        EXPECT_TRUE(peer.is_closed());
      },
      300ms);
  ASSERT_TRUE(result.fault);
  EXPECT_EQ(result.progress.unconfirmed(), 1U);
}

TEST_F(LineSenderTest, GivesUpWhereTheDaemonReadsNothing) {
  const SendResult result = send(
      std::string(4'000'000, 'x') + "\n",
      [&](Peer& peer) {
        peer.line();
        peer.write(welcome);
        EXPECT_TRUE(peer.is_gone());
      },
      300ms);
  EXPECT_TRUE(result.fault);
}

TEST_F(LineSenderTest, BringsAnyAmountThroughADaemonThatReadsSlowerThanItIsSent) {
  std::string text;
  constexpr std::uint64_t lines = 200'000;
  for (std::uint64_t i = 0; i < lines; ++i) text += "{\"line\":" + std::to_string(i) + "}\n";
  std::uint64_t read = 0;
  const SendResult result = send(text, [&](Peer& peer) {
    peer.line();
    peer.write(welcome);
    while (read < lines && !peer.line().empty())
      if (++read % 1000 == 0) peer.write(ack(read, read / 1000));
  });
  EXPECT_FALSE(result.fault);
  EXPECT_EQ(read, lines);
  EXPECT_EQ(result.progress.accepted(), lines - lines / 1000);
}

TEST_F(LineSenderTest, SurvivesWhatIsNoAck) {
  const SendResult result = send("one\n", [&](Peer& peer) {
    peer.line();
    peer.write("nonsense\n{}\n[]\n7\n{\"ack\":-1}\n{\"ack\":1,\"rejected\":2}\n{\"session\":null}\n\n");
    peer.write(welcome);
    peer.line();
    peer.write("{\"ack\":1");
    peer.write(",\"rejected\":0,\"filtered\":0}\n");
  });
  EXPECT_FALSE(result.fault);
  EXPECT_EQ(result.progress.accepted(), 1U);
}

TEST_F(LineSenderTest, BoundsWhatAStrangerMayAnswer) {
  const SendResult result = send("one\n", [&](Peer& peer) {
    peer.line();
    peer.write(std::string(200'000, 'x'));
  });
  ASSERT_TRUE(result.fault);
  EXPECT_NE(result.fault->message.find("no pannier"), std::string::npos) << result.fault->message;
}

TEST_F(LineSenderTest, SaysWhereNoDaemonIs) {
  const SendResult result = send_lines({.socket = socket_, .hello = "HELLO"});
  ASSERT_TRUE(result.fault);
  EXPECT_NE(result.fault->message.find(socket_), std::string::npos);
  EXPECT_TRUE(send_lines({.socket = std::string(200, 'x'), .hello = "HELLO"}).fault);
}

TEST_F(LineSenderTest, AnEmptyInputIsDoneAtOnce) {
  const SendResult result = send("\n \n", [&](Peer& peer) {
    peer.line();
    peer.write(welcome);
    EXPECT_TRUE(peer.is_closed());
  });
  EXPECT_FALSE(result.fault);
  EXPECT_EQ(result.progress.lines, 0U);
}

}  // namespace
}  // namespace pannier::daemon::commands
