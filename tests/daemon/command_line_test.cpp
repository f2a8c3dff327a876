#include "daemon/commands/command_line.h"

#include "tests/daemon/fake_daemon.h"
#include "tests/daemon/surroundings.h"

namespace pannier::daemon::commands {
namespace {

class CommandLineTest : public CommandTest {
 protected:
  bool says(const std::string& text, std::string_view what) { return text.find(what) != std::string::npos; }
  std::string control_ = folder_ / "c.sock";
};

TEST_F(CommandLineTest, TellsItsVersion) {
  EXPECT_EQ(pannier({"version"}), 0);
  EXPECT_EQ(output(), "pannier " PANNIER_VERSION "\n");
  EXPECT_EQ(pannier({"--version"}), 0);
  EXPECT_EQ(output(), "pannier " PANNIER_VERSION "\n");
}

TEST_F(CommandLineTest, HelpsOnStandardOutput) {
  EXPECT_EQ(pannier({"--help"}), 0);
  for (const char* name : {"run", "validate", "config", "send", "status", "reload", "health", "version"})
    EXPECT_TRUE(says(output(), name)) << name;
  EXPECT_EQ(pannier({"send", "--help"}), 0);
  EXPECT_TRUE(says(output(), "--socket")) << output();
}

TEST_F(CommandLineTest, WrongUsageEndsWithTwoAndAHint) {
  for (const std::vector<std::string>& wrong : {std::vector<std::string>{"stauts"},
                                                {"status", "--foo"},
                                                {"--config"},
                                                {"version", "more"},
                                                {"run", "x"}}) {
    EXPECT_EQ(pannier(wrong), 2) << wrong.front();
    EXPECT_TRUE(error().ends_with("--help\n")) << error();
    EXPECT_EQ(output(), "");
  }
  pannier({"stauts"});
  EXPECT_TRUE(says(error(), "did you mean status")) << error();
}

TEST_F(CommandLineTest, ValidateSaysWhatIsGood) {
  const std::string file =
      write("p.yaml", "deliver: { malti: { url: \"http://127.0.0.1:1\", keys: { a: k, b: k } } }\n");
  EXPECT_EQ(pannier({"validate", file}), 0) << error();
  EXPECT_TRUE(output().starts_with(file + " is good: 2 lanes (malti/a, malti/b); unix stream ")) << output();
}

TEST_F(CommandLineTest, ValidateSaysAllMistakesAtOnce) {
  const std::string file = write("p.yaml", "memory: 16M\nreceive: { unix_steam: on }\n");
  EXPECT_EQ(pannier({"validate", file}), 2);
  EXPECT_TRUE(says(error(), ":1:9: memory: ")) << error();
  EXPECT_TRUE(says(error(), "did you mean unix_stream")) << error();
  EXPECT_TRUE(error().ends_with("2 mistakes; nothing was started\n")) << error();
  EXPECT_EQ(output(), "");
}

TEST_F(CommandLineTest, TheFileIsTakenBeforeAndAfterTheCommand) {
  const std::string file = write("p.yaml", "service: orders\n");
  EXPECT_EQ(pannier({"--config", file, "config"}), 0) << error();
  const std::string before = output();
  EXPECT_EQ(pannier({"config", "--config", file}), 0) << error();
  EXPECT_EQ(output(), before);
  EXPECT_TRUE(says(before, "orders"));
  EXPECT_EQ(pannier({"config", "--json", "--config", file}), 0);
  EXPECT_TRUE(output().starts_with("{\"config\":")) << output();
}

TEST_F(CommandLineTest, ConfigShowsNoConfigurationThatHasMistakes) {
  EXPECT_EQ(pannier({"config", "--config", write("p.yaml", "memory: 16M\n")}), 2);
  EXPECT_EQ(output(), "");
  EXPECT_TRUE(says(error(), "memory")) << error();
}

TEST_F(CommandLineTest, RunStartsNothingWithMistakes) {
  const std::string file = write("p.yaml", "memory: 16M\n");
  testing::internal::CaptureStderr();
  EXPECT_EQ(pannier({"--config", file}), 2) << "run is the default command";
  EXPECT_TRUE(says(testing::internal::GetCapturedStderr(), "nothing was started"));
}

TEST_F(CommandLineTest, WithoutDaemonACommandSaysWhereItLookedAndWhatToDo) {
  for (const char* command : {"status", "health", "reload"}) {
    EXPECT_EQ(pannier({command, "--control", control_}), 1);
    EXPECT_TRUE(error().starts_with("pannier " + std::string(command) + ": ")) << error();
    EXPECT_TRUE(says(error(), control_) && says(error(), "pannier run")) << error();
  }
}

TEST_F(CommandLineTest, StatusGivesTheDaemonsJsonAsItIs) {
  const FakeServer daemon(control_, answering({{"GET /status", {200, R"({"version":"9","new":[]})"}}}));
  EXPECT_EQ(pannier({"status", "--json", "--control", control_}), 0);
  EXPECT_EQ(output(), "{\"version\":\"9\",\"new\":[]}\n");
}

TEST_F(CommandLineTest, StatusCheckEndsWithOneWhereASumDoesNotBalance) {
  const std::string bad = R"({"version":"1","balanced":false,"imbalances":["malti/a: 1 is not 2"]})";
  const FakeServer daemon(control_, answering({{"GET /status", {200, bad}}}));
  EXPECT_EQ(pannier({"status", "--control", control_}), 0);
  EXPECT_TRUE(says(output(), "NOT BALANCED")) << output();
  EXPECT_EQ(pannier({"status", "--check", "--control", control_}), 1);
  EXPECT_TRUE(says(error(), "malti/a: 1 is not 2")) << error();
}

TEST_F(CommandLineTest, StatusCheckEndsWithZeroWhereAllBalances) {
  const FakeServer daemon(control_,
                          answering({{"GET /status", {200, R"({"version":"1","balanced":true})"}}}));
  EXPECT_EQ(pannier({"status", "--check", "--control", control_}), 0);
  EXPECT_EQ(error(), "");
}

TEST_F(CommandLineTest, StatusCheckDoesNotTakeSilenceForAYes) {
  const FakeServer daemon(control_, answering({{"GET /status", {200, R"({"version":"1"})"}}}));
  EXPECT_EQ(pannier({"status", "--check", "--control", control_}), 1);
}

TEST_F(CommandLineTest, HealthFollowsTheDaemonsAnswer) {
  {
    const FakeServer daemon(control_, answering({{"GET /health", {200, R"({"ready":true})"}}}));
    EXPECT_EQ(pannier({"health", "--control", control_}), 0);
    EXPECT_EQ(output(), "ready\n");
  }
  const FakeServer daemon(control_, answering({{"GET /health", {503, R"({"ready":false})"}}}));
  EXPECT_EQ(pannier({"health", "--control", control_}), 1);
  EXPECT_TRUE(says(error(), "not ready")) << error();
}

TEST_F(CommandLineTest, ReloadSaysWhatWasAppliedAndWhatWaits) {
  const FakeServer daemon(
      control_,
      answering(
          {{"POST /reload",
            {200, R"({"applied":["log.level"],"restart":["memory"],"warnings":["odd \u001b[31m"]})"}}}));
  EXPECT_EQ(pannier({"reload", "--control", control_}), 0);
  EXPECT_EQ(output(),
            "reloaded: 1 setting changed\n  applied: log.level\n  needs a restart: memory\n"
            "  warning: odd \\x1b[31m\n");
}

TEST_F(CommandLineTest, ReloadSaysTheMistakesAndThatNothingWasChanged) {
  const FakeServer daemon(control_,
                          answering({{"POST /reload", {422, R"({"mistakes":["p.yaml:1:1: a","b"]})"}}}));
  EXPECT_EQ(pannier({"reload", "--control", control_}), 1);
  EXPECT_EQ(error(), "p.yaml:1:1: a\nb\n2 mistakes; nothing was changed\n");
}

TEST_F(CommandLineTest, WhoMayNotAskIsToldWhoMay) {
  const FakeServer daemon(control_, answering({{"POST /reload", {403, R"({"error":"no"})"}}}));
  EXPECT_EQ(pannier({"reload", "--control", control_}), 1);
  EXPECT_TRUE(says(error(), "sudo")) << error();
}

TEST_F(CommandLineTest, AnAnswerThatIsNoPanniersIsToldSafely) {
  const FakeServer daemon(
      control_, answering({{"GET /status", {200, "<html>\x1b[31m"}}, {"POST /reload", {500, "\x1b[31m"}}}));
  for (const char* command : {"status", "reload"}) {
    EXPECT_EQ(pannier({command, "--control", control_}), 1);
    EXPECT_FALSE(says(output() + error(), "\x1b")) << error();
    EXPECT_NE(error(), "");
  }
}

TEST_F(CommandLineTest, ADaemonThatAnswersNoHttpIsToldWithACure) {
  const FakeServer daemon(control_, [](Peer& peer) {
    peer.head();
    peer.write("nonsense\r\n\r\n");
  });
  EXPECT_EQ(pannier({"health", "--control", control_}), 1);
  EXPECT_TRUE(error().ends_with("; see its log, or start it again\n")) << error();
}

class SendCommandTest : public CommandLineTest {
 protected:
  // A daemon that has taken all lines and says so.
  static std::function<void(Peer&)> taking(std::size_t lines, const std::string& ack) {
    return [=](Peer& peer) {
      peer.line();
      peer.write("{\"welcome\":{}}\n");
      for (std::size_t i = 0; i < lines; ++i) peer.line();
      peer.write(ack + "\n");
    };
  }
  std::string stream_ = folder_ / "s.sock";
};

TEST_F(SendCommandTest, EndsWithTheSum) {
  const FakeServer daemon(stream_, taking(2, R"({"ack":2,"rejected":0,"filtered":1})"));
  EXPECT_EQ(pannier({"send", write("in", "a\nb\n"), "--socket", stream_}), 0) << error();
  EXPECT_EQ(output(), "2 sent = 1 accepted + 0 rejected + 1 filtered\n");
  EXPECT_EQ(error(), "") << "no progress bar outside a terminal";
}

TEST_F(SendCommandTest, ARejectedLineIsAFailureWithAHint) {
  const FakeServer daemon(stream_, taking(2, R"({"ack":2,"rejected":1,"filtered":0})"));
  EXPECT_EQ(pannier({"send", write("in", "a\nb\n"), "--socket", stream_}), 1);
  EXPECT_EQ(output(), "2 sent = 1 accepted + 1 rejected + 0 filtered\n");
  EXPECT_EQ(error(), "1 line was rejected; why: pannier status\n");
}

TEST_F(SendCommandTest, SaysHowManyWereNotConfirmedWhenTheDaemonGoes) {
  const FakeServer daemon(stream_, taking(1, R"({"ack":1,"rejected":0,"filtered":0})"));
  EXPECT_EQ(pannier({"send", write("in", "a\nb\nc\n"), "--socket", stream_}), 1);
  EXPECT_EQ(output(), "3 sent = 1 accepted + 0 rejected + 0 filtered + 2 not confirmed\n");
  EXPECT_TRUE(says(error(), "2 lines were not confirmed, after 1 that")) << error();
}

TEST_F(SendCommandTest, IntroducesItselfAndTheService) {
  std::string hello;
  const FakeServer daemon(stream_, [&](Peer& peer) {
    hello = peer.line();
    peer.write("{\"welcome\":{}}\n");
    EXPECT_TRUE(peer.is_closed());
  });
  EXPECT_EQ(pannier({"send", write("in", ""), "--socket", stream_, "--service", "orders"}), 0);
  EXPECT_EQ(hello,
            R"({"hello":{"client":"pannier-send/)" PANNIER_VERSION R"(","service":"orders","ack":true}})");
}

TEST_F(SendCommandTest, RefusesAServiceThatTheDaemonWouldRefuse) {
  for (const std::string& name :
       {std::string("a/b"), std::string(101, 'x'), std::string("a\nb"), std::string("\xff")}) {
    EXPECT_EQ(pannier({"send", "--socket", stream_, "--service", name}), 2);
    EXPECT_TRUE(error().starts_with("pannier send: --service")) << error();
  }
}

TEST_F(SendCommandTest, SaysWhichFileCannotBeOpened) {
  EXPECT_EQ(pannier({"send", folder_ / "none", "--socket", stream_}), 1);
  EXPECT_TRUE(says(error(), "none") && says(error(), "correct the path")) << error();
}

}  // namespace
}  // namespace pannier::daemon::commands
