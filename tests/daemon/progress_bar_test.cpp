#include "daemon/commands/progress_bar.h"

#include <gtest/gtest.h>

#include <sstream>

namespace pannier::daemon::commands {
namespace {

using namespace std::chrono_literals;

TEST(ProgressBarTest, ShowsThePartThatIsReadWhereTheWholeIsKnown) {
  EXPECT_EQ(progress_line({.input_bytes = 50, .lines = 120, .confirmed = 100}, 100),
            "[############            ]  50%  120 sent, 100 confirmed");
  EXPECT_EQ(progress_line({.input_bytes = 100, .lines = 9, .confirmed = 9}, 100),
            "[########################] 100%  9 sent, 9 confirmed");
}

TEST(ProgressBarTest, ShowsCountsAloneWhereItIsNot) {
  EXPECT_EQ(progress_line({.input_bytes = 50, .lines = 120, .confirmed = 100}, 0), "120 sent, 100 confirmed");
}

TEST(ProgressBarTest, StaysWholeWhereTheFileGrowsMeanwhile) {
  EXPECT_EQ(progress_line({.input_bytes = 300, .lines = 1, .confirmed = 1}, 100),
            "[########################] 100%  1 sent, 1 confirmed");
}

TEST(ProgressBarTest, IsDrawnAtMostTenTimesASecond) {
  std::ostringstream terminal;
  ProgressBar bar(terminal, true, 0);
  const SteadyTime start(1h);
  bar.show({.lines = 1}, start);
  bar.show({.lines = 2}, start + 99ms);
  bar.show({.lines = 3}, start + 100ms);
  EXPECT_EQ(terminal.str(), "\r\x1b[K1 sent, 0 confirmed\r\x1b[K3 sent, 0 confirmed");
  bar.clear();
  EXPECT_TRUE(terminal.str().ends_with("\r\x1b[K"));
}

TEST(ProgressBarTest, IsNothingOutsideATerminal) {
  std::ostringstream file;
  ProgressBar bar(file, false, 100);
  bar.show({.lines = 1}, SteadyTime(1h));
  bar.clear();
  EXPECT_EQ(file.str(), "");
}

}  // namespace
}  // namespace pannier::daemon::commands
