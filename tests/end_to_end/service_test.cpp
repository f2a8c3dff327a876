// What a service manager hears of the daemon: ready, words, reloads, the end, and signs of life that stop
// when a loop stops.
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <tuple>

#include "tests/doubles/service_manager.h"
#include "tests/end_to_end/setup.h"

namespace pannier::end_to_end {
namespace {

constexpr const char* watchdog = "1000000";  // microseconds; it is fed twice in that time
constexpr Deadline some_feedings = 2500ms;

// The first lines that are none of the signs of life, words and times.
std::vector<std::string> states(const NotifySocket& manager) {
  std::vector<std::string> found;
  for (const std::string& line : manager.lines())
    if (line.starts_with("READY") || line.starts_with("RELOADING") || line.starts_with("STOPPING"))
      found.push_back(line);
  return found;
}

// The thread of this name; the process itself is its first thread.
pid_t thread_named(pid_t process, const std::string& name) {
  const std::filesystem::path tasks = "/proc/" + std::to_string(process) + "/task";
  for (const auto& task : std::filesystem::directory_iterator(tasks))
    if (read_file(task.path() / "comm") == name + "\n") return std::stoi(task.path().filename());
  ADD_FAILURE() << "no thread " << name;
  return 0;
}

// One thread stands still, the others run on. Needs root, for the daemon lets nobody else look into it.
class StoppedThread {
 public:
  explicit StoppedThread(pid_t thread) : thread_(thread) {
    is_stopped_ = ::ptrace(PTRACE_SEIZE, thread, nullptr, nullptr) == 0 &&
                  ::ptrace(PTRACE_INTERRUPT, thread, nullptr, nullptr) == 0 &&
                  ::waitpid(thread, nullptr, __WALL) == thread;
  }
  ~StoppedThread() { ::ptrace(PTRACE_DETACH, thread_, nullptr, nullptr); }
  StoppedThread(const StoppedThread&) = delete;
  StoppedThread& operator=(const StoppedThread&) = delete;
  [[nodiscard]] bool is_stopped() const { return is_stopped_; }

 private:
  pid_t thread_;
  bool is_stopped_ = false;
};

class ServiceTest : public testing::Test {
 protected:
  [[nodiscard]] DaemonOptions options() const {
    Environment environment = manager_.environment();
    environment.emplace("WATCHDOG_USEC", watchdog);
    return malti_options(backend_, environment);
  }

  NotifySocket manager_;
  ScriptedBackend backend_{two_services()};
};

TEST_F(ServiceTest, HearsReadyReloadAndStopInThisOrder) {
  const DaemonOptions options = this->options();
  DaemonProcess daemon(options);
  daemon.launch();
  ASSERT_TRUE(manager_.wait_for("READY=1", patience)) << daemon.log();
  EXPECT_EQ(daemon.command({"health", "--control", daemon.control_path()}).exit_code, 0)
      << "ready is told when commands are answered, not before";
  send_records(daemon, 0, 3);
  EXPECT_EQ(daemon.reload().exit_code, 0);
  ASSERT_TRUE(manager_.wait_for("READY=1", patience));
  daemon.write_config("memory: 16M\n" + options.config);
  EXPECT_NE(daemon.reload().exit_code, 0);
  ASSERT_TRUE(manager_.wait_for("READY=1", patience)) << "a reload that failed is over, too";
  EXPECT_EQ(daemon.terminate(), 0);
  EXPECT_TRUE(manager_.wait_for("STOPPING=1", patience));
  const std::vector<std::string> expected{"READY=1",     "RELOADING=1", "READY=1",
                                          "RELOADING=1", "READY=1",     "STOPPING=1"};
  EXPECT_EQ(states(manager_), expected);
}

TEST_F(ServiceTest, HearsInWordsHowTheLanesFare) {
  DaemonProcess daemon(options());
  ASSERT_TRUE(daemon.start());
  EXPECT_TRUE(manager_.wait_for("STATUS=delivering to 2 lanes, 0 held", patience));
  backend_.next(answer(401, R"({"detail":"Invalid API key"})").for_ever());
  send_records(daemon, 0, 1);
  EXPECT_TRUE(manager_.wait_for("STATUS=malti/orders BLOCKED: key refused", patience)) << daemon.log();
  EXPECT_NE(manager_.lines().back().find("delivering to 1 of 2 lanes, 1 held"), std::string::npos)
      << manager_.lines().back();
}

TEST_F(ServiceTest, FeedsTheWatchdogWhileBothLoopsRun) {
  DaemonProcess daemon(options());
  ASSERT_TRUE(daemon.start());
  for (int times = 0; times < 4; ++times) EXPECT_TRUE(manager_.wait_for("WATCHDOG=1", patience));
}

TEST_F(ServiceTest, DoesNotFeedTheWatchdogWhileEitherLoopHangs) {
  DaemonProcess daemon(options());
  ASSERT_TRUE(daemon.start());
  ASSERT_TRUE(manager_.wait_for("WATCHDOG=1", patience));
  for (const pid_t thread : {thread_named(daemon.pid(), "intake"), daemon.pid()}) {
    {
      const StoppedThread stopped(thread);
      ASSERT_TRUE(stopped.is_stopped() || ::geteuid() != 0);
      if (!stopped.is_stopped()) daemon.signal(SIGSTOP);
      std::ignore = manager_.wait_for("WATCHDOG=1", 50ms);  // one that was on its way
      manager_.forget();
      EXPECT_FALSE(manager_.wait_for("WATCHDOG=1", some_feedings)) << (thread == daemon.pid() ? "T2" : "T1");
    }
    daemon.signal(SIGCONT);
    EXPECT_TRUE(manager_.wait_for("WATCHDOG=1", patience)) << "it goes on, and so does the feeding";
  }
}

TEST_F(ServiceTest, AManagerThatReadsNothingHoldsUpNothing) {
  manager_.fill();
  DaemonProcess daemon(options());
  ASSERT_TRUE(daemon.start());
  send_records(daemon, 0, 100);
  for (int times = 0; times < 20; ++times) EXPECT_EQ(daemon.reload().exit_code, 0);
  settled(daemon);
  EXPECT_EQ(backend_.contexts(), marks(0, 100));
  daemon.signal(SIGTERM);
  ASSERT_TRUE(wait_until([&] { return daemon.log().find("ledger:") != std::string::npos; }, patience));
  ASSERT_TRUE(manager_.wait_for("STOPPING=1", patience)) << "told as soon as somebody reads";
  EXPECT_EQ(daemon.wait_for_end(), 0);
  EXPECT_LT(states(manager_).size(), 12U) << "what waits to be told is bounded";
}

}  // namespace
}  // namespace pannier::end_to_end
