#include "tests/doubles/process.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>

namespace pannier::doubles {
namespace {

using namespace std::chrono_literals;

TEST(ProcessTest, GivesExitCodeOutputAndErrors) {
  const auto result = run_command({{"sh", "-c", "cat; echo wrong >&2; exit 3"}, {}, {}}, "in\n");
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(result.output, "in\n");
  EXPECT_EQ(result.error, "wrong\n");
  EXPECT_FALSE(result.timed_out);
}

TEST(ProcessTest, HandsDownNothingThatIsNotGiven) {
  ASSERT_EQ(::setenv("PANNIER_TEST_SECRET", "x", 1), 0);
  const auto result = run_command({{"env"}, {{"GIVEN", "1"}}, {}});
  ::unsetenv("PANNIER_TEST_SECRET");
  EXPECT_NE(result.output.find("GIVEN=1\n"), std::string::npos);
  EXPECT_EQ(result.output.find("SECRET"), std::string::npos);
}

TEST(ProcessTest, KillsAProgramAtTheDeadlineWithAllItStarted) {
  const auto start = std::chrono::steady_clock::now();
  const auto result = run_command({{"sh", "-c", "sleep 60 & echo $!; sleep 60"}, {}, {}}, {}, 200ms);
  EXPECT_TRUE(result.timed_out);
  EXPECT_EQ(result.exit_code, -SIGKILL);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 30s);
  const pid_t grandchild = std::stoi(result.output);
  EXPECT_TRUE(wait_until(
      [&] {
        const auto state =
            run_command({{"ps", "-o", "stat=", "-p", std::to_string(grandchild)}, {}, {}}).output;
        return state.empty() || state.starts_with("Z");
      },
      5s));
}

TEST(ProcessTest, ReportsTheSignalThatEndedAChild) {
  Child child({{"sleep", "60"}, {}, {}}, -1, -1, -1);
  EXPECT_TRUE(child.running());
  child.signal(SIGTERM);
  EXPECT_EQ(child.wait(5s), -SIGTERM);
  EXPECT_FALSE(child.running());
}

TEST(ProcessTest, SaysSoWhereThereIsNoSuchProgram) {
  EXPECT_EQ(run_command({{"no-such-program-anywhere"}, {}, {}}).exit_code, 127);
}

}  // namespace
}  // namespace pannier::doubles
