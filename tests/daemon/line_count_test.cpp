#include "daemon/commands/line_count.h"

#include <gtest/gtest.h>

namespace pannier::daemon::commands {
namespace {

std::uint64_t count(std::string_view bytes, std::size_t piece = std::string_view::npos) {
  LineCount lines;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size())))
    lines.feed(bytes.substr(0, piece));
  return lines.lines();
}

TEST(LineCountTest, CountsWhatTheDaemonCounts) {
  EXPECT_EQ(count("{}\n{\"a\":1}\nnonsense\n"), 3U);
  EXPECT_EQ(count("\n \t\r\n\r\n"), 0U) << "blank lines are nothing";
  EXPECT_EQ(count("{\"client_dropped\": 12}\n"), 0U) << "a control line is none";
  EXPECT_EQ(count("{\"client\\u005fdropped\": 12}\n"), 0U) << "nor one whose key is written with escapes";
  EXPECT_EQ(count("{\"client_dropped\": -1}\n"), 1U) << "a faulty one is rejected(control)";
  EXPECT_EQ(count("{\"client_dropped\": 1, \"method\": \"GET\"}\n"), 1U);
  EXPECT_EQ(count("{\"hello\":{}}\n{\"ack\":1}\n{\"session\":null}\n"), 3U) << "rejected, and counted so";
}

TEST(LineCountTest, CountsTheSameHoweverTheBytesCome) {
  const std::string text =
      "\n{\"client_dropped\": 12}\n  \n{\"method\":\"GET\"}\n{\"a\":\"\\\"client_dropped\"}\r\n\n";
  for (std::size_t piece = 1; piece <= text.size(); ++piece) EXPECT_EQ(count(text, piece), 2U) << piece;
}

TEST(LineCountTest, KnowsWhetherALineIsUnfinished) {
  LineCount lines;
  EXPECT_FALSE(lines.is_inside_line());
  lines.feed("{\"a\":1}");
  EXPECT_TRUE(lines.is_inside_line());
  EXPECT_EQ(lines.lines(), 0U);
  lines.feed("\n");
  EXPECT_FALSE(lines.is_inside_line());
  EXPECT_EQ(lines.lines(), 1U);
}

TEST(LineCountTest, ALineOfAnyLengthIsOne) {
  const std::string line = "{\"client_dropped\": \"" + std::string(1'000'000, 'x') + "\"}\n";
  EXPECT_EQ(count(line + line, 1000), 2U);
}

}  // namespace
}  // namespace pannier::daemon::commands
