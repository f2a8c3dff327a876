// The shim beside the built daemon: what was handed in is what the daemon counted and what the shim dropped.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <thread>

#include "tests/client/cpp/peer.h"
#include "tests/doubles/daemon_process.h"

namespace pannier::client_test {
namespace {

using doubles::DaemonProcess;

struct Beside : Place {
  Beside()
      : daemon({.config = std::string("service: shop\nnode: n1\n") + doubles::usual_receive +
                          doubles::usual_control +
                          "deliver: { local: { path: \"@folder@/records.db\" } }\n"}) {
    url = "unix://" + daemon.stream_path();
    options.url = url;
    options.service = "orders";
  }
  [[nodiscard]] std::uint64_t lines() const { return number("/listeners/unix_stream/lines"); }
  [[nodiscard]] std::uint64_t number(const std::string& pointer) const {
    return daemon.status_json().number(pointer);
  }
  [[nodiscard]] bool has_lines(std::uint64_t count) const {
    return wait_until([&] { return lines() >= count; }, patience);
  }
  // The lines of all the daemon's runs that have ended by themselves: the number in each last line of its
  // log.
  [[nodiscard]] std::uint64_t lines_of_ended_runs() const {
    static constexpr std::string_view before = "ledger: ";
    std::uint64_t sum = 0;
    const std::string log = daemon.log();
    for (std::size_t at = log.find(before); at != std::string::npos; at = log.find(before, at + 1)) {
      std::uint64_t number = 0;
      std::from_chars(log.data() + at + before.size(), log.data() + log.size(), number);
      sum += number;
    }
    return sum;
  }
  DaemonProcess daemon;
};

// A thread that reports as fast as it can until it is told to stop.
class Load {
 public:
  explicit Load(Client& client)
      : thread_([this, &client] {
          while (!stopped_) client.report(usual_record());
        }) {}
  ~Load() { stop(); }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;
  void stop() {
    stopped_ = true;
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::atomic<bool> stopped_ = false;
  std::thread thread_;
};

// Until the socket takes nothing more and the buffer is full.
void fill(Client& client) {
  do {
    while (client.report(usual_record())) {
    }
  } while (client.flush(5ms) || client.report(usual_record()));
}

// Stops it and waits until each of its threads has noticed: until then one may still read.
void stop_whole(const DaemonProcess& daemon) {
  daemon.signal(SIGSTOP);
  const std::string tasks = "/proc/" + std::to_string(daemon.pid()) + "/task";
  const auto is_stopped = [](const std::filesystem::directory_entry& task) {
    return doubles::read_file(task.path() / "status").find("State:\tT") != std::string::npos;
  };
  EXPECT_TRUE(wait_until(
      [&] {
        const std::filesystem::directory_iterator all(tasks);
        return std::all_of(begin(all), end(all), is_stopped);
      },
      patience));
}

TEST(CppShimAndDaemonTest, EveryRecordIsALineAndAccepted) {
  Beside beside;
  ASSERT_TRUE(beside.daemon.start());
  Client client(beside.options);
  for (int i = 0; i != 1000; ++i) EXPECT_TRUE(client.report(usual_record()));
  EXPECT_TRUE(client.flush(patience));
  EXPECT_TRUE(beside.has_lines(1000));
  EXPECT_EQ(beside.number("/listeners/unix_stream/accepted"), 1000U);
  EXPECT_EQ(client.counters().sent, 1000U);
}

TEST(CppShimAndDaemonTest, WhatIsDroppedWhileTheDaemonIsAbsentIsToldToItOnce) {
  Beside beside;
  Client client(beside.options);
  for (int i = 0; i != 10000; ++i) client.report(usual_record());
  const std::uint64_t dropped = client.counters()[DropReason::full];
  EXPECT_GT(dropped, 0U);
  ASSERT_TRUE(beside.daemon.start());
  EXPECT_TRUE(beside.has_lines(10000 - dropped));
  EXPECT_TRUE(client.flush(patience));
  client.report(usual_record());
  const Counters last = client.close(patience);
  EXPECT_TRUE(beside.has_lines(10001 - dropped));
  EXPECT_EQ(beside.lines(), 10001 - dropped);
  EXPECT_EQ(beside.number("/listeners/unix_stream/client_dropped"), dropped);
  EXPECT_EQ(last.told, dropped);
  EXPECT_EQ(last.sent, 10001 - dropped);
}

TEST(CppShimAndDaemonTest, NothingIsLostOrTwiceOverRestartsUnderLoad) {
  Beside beside;
  ASSERT_TRUE(beside.daemon.start());
  Client client(beside.options);
  {
    Load one(client), two(client);
    for (int restart = 0; restart != 5; ++restart) {
      EXPECT_TRUE(beside.has_lines(5000));
      EXPECT_EQ(beside.daemon.terminate(), 0);
      ASSERT_TRUE(beside.daemon.start());
    }
    EXPECT_TRUE(beside.has_lines(1));
  }
  const Counters last = client.close(patience);
  EXPECT_EQ(beside.daemon.terminate(), 0);
  EXPECT_EQ(last.handed_in, beside.lines_of_ended_runs() + last.all_dropped());
  EXPECT_EQ(last.sent, beside.lines_of_ended_runs());
  EXPECT_EQ(last.unsure, 0U);
  EXPECT_EQ(last[DropReason::closed], 0U);
  EXPECT_GE(last.connections, 6U);
}

TEST(CppShimAndDaemonTest, ADaemonThatIsStoppedHoldsUpNobodyAndGetsTheRestWhenItGoesOn) {
  Beside beside;
  ASSERT_TRUE(beside.daemon.start());
  Client client(beside.options);
  client.report(usual_record());
  EXPECT_TRUE(beside.has_lines(1));
  stop_whole(beside.daemon);
  fill(client);
  expect_rest_is_counted(client);
  beside.daemon.signal(SIGCONT);
  EXPECT_TRUE(client.flush(patience));
  const Counters last = client.close(patience);
  EXPECT_TRUE(beside.has_lines(last.sent));
  EXPECT_EQ(beside.lines() + last.all_dropped(), last.handed_in);
  EXPECT_EQ(beside.number("/listeners/unix_stream/client_dropped"), last.all_dropped());
}

TEST(CppShimAndDaemonTest, AfterAKillItIsShortByWhatLayInTheSocketAndSaysSo) {
  Beside beside;
  ASSERT_TRUE(beside.daemon.start());
  Client client(beside.options);
  for (int i = 0; i != 500; ++i) client.report(usual_record());
  EXPECT_TRUE(beside.has_lines(500));
  stop_whole(beside.daemon);
  fill(client);
  beside.daemon.kill9();
  ASSERT_TRUE(beside.daemon.start());
  const Counters last = client.close(patience);
  EXPECT_TRUE(beside.has_lines(last.sent - 500 - last.unsure));
  EXPECT_EQ(500 + beside.lines() + last.all_dropped() + last.unsure, last.handed_in);
  EXPECT_GT(last.unsure, 0U);
  EXPECT_LT(last.unsure, 3000U) << "about 210 KiB of lines of some 100 bytes";
}

TEST(CppShimAndDaemonTest, KillsUnderLoadMakeNothingCountTwice) {
  Beside beside;
  ASSERT_TRUE(beside.daemon.start());
  Client client(beside.options);
  std::uint64_t seen = 0;
  {
    Load load(client);
    for (int kill = 0; kill != 3; ++kill) {
      EXPECT_TRUE(beside.has_lines(5000));
      seen += beside.lines();  // it reads on until it is killed, and its books end with it
      beside.daemon.kill9();
      ASSERT_TRUE(beside.daemon.start());
    }
  }
  const Counters last = client.close(patience);
  EXPECT_TRUE(beside.has_lines(1));
  EXPECT_LE(seen + beside.lines() + last.all_dropped(), last.handed_in);
  EXPECT_TRUE(is_balanced(last));
}

TEST(CppShimAndDaemonTest, ForkedProcessesReportForThemselvesAndNothingTwice) {
  Beside beside;
  ASSERT_TRUE(beside.daemon.start());
  Client client(beside.options);
  constexpr int children = 5, records = 1000;
  {
    Load load(client);  // so that the forks come while the parent's buffer is full and its thread is at work
    for (int child = 0; child != children; ++child) {
      const pid_t pid = ::fork();
      ASSERT_GE(pid, 0);
      if (pid == 0) {
        for (int i = 0; i != records; ++i) client.report(usual_record());
        const Counters mine = client.close(patience);
        ::_exit(mine.handed_in == records && mine.sent == records && mine.connections == 1 ? 0 : 1);
      }
      int status = -1;
      ASSERT_EQ(::waitpid(pid, &status, 0), pid);
      EXPECT_EQ(status, 0);
    }
  }
  const Counters last = client.close(patience);
  EXPECT_EQ(last.connections, 1U) << "no child has touched it";
  EXPECT_TRUE(beside.has_lines(last.sent + children * records));
  EXPECT_EQ(beside.lines() + last.all_dropped(), last.handed_in + children * records);
}

TEST(CppShimAndDaemonTest, SpeaksUdp) {
  Beside beside;
  ASSERT_TRUE(beside.daemon.start());
  const std::string url = "udp://127.0.0.1:" + std::to_string(beside.daemon.udp_port());
  beside.options.url = url;
  Client client(beside.options);
  for (int i = 0; i != 1000; ++i) client.report(usual_record());
  EXPECT_EQ(client.close(patience).sent, 1000U);
  EXPECT_TRUE(wait_until([&] { return beside.number("/listeners/udp/accepted") == 1000; }, patience));
}

TEST(CppShimAndDaemonTest, TheExampleReportsAllItServes) {
  Beside beside;
  ASSERT_TRUE(beside.daemon.start());
  const auto run = [&](const std::string& url) {
    return doubles::run_command({{PANNIER_EXAMPLE}, {{"PANNIER_URL", url}}, beside.daemon.folder()});
  };
  const doubles::CommandResult result = run(beside.url);
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_EQ(result.output, "100 handed in, 100 sent, 0 dropped\n");
  EXPECT_EQ(result.error, "");
  EXPECT_TRUE(beside.has_lines(100));
  EXPECT_EQ(run("unix:///nowhere").exit_code, 1);
}

}  // namespace
}  // namespace pannier::client_test
