#include "observe/log.h"

#include <gtest/gtest.h>
#include <simdjson.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <regex>
#include <sstream>
#include <vector>

namespace pannier::observe {
namespace {

// Standard error goes to a file while this lives.
class CaughtLog {
 public:
  CaughtLog() : file_(std::tmpfile()), before_(dup(STDERR_FILENO)) { dup2(fileno(file_), STDERR_FILENO); }
  ~CaughtLog() {
    dup2(before_, STDERR_FILENO);
    close(before_);
    (void)std::fclose(file_);
  }
  CaughtLog(const CaughtLog&) = delete;
  CaughtLog& operator=(const CaughtLog&) = delete;

  std::vector<std::string> lines() {
    (void)std::fflush(stderr);
    std::rewind(file_);
    std::string text;
    std::array<char, 4096> part{};
    for (std::size_t got = 0; (got = std::fread(part.data(), 1, part.size(), file_)) > 0;)
      text.append(part.data(), got);
    std::vector<std::string> all;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) all.push_back(line);
    return all;
  }

 private:
  std::FILE* file_;
  int before_;
};

TEST(LogTest, WritesALineWithUtcTimeAndLevelAndEndsWithAllOfThem) {
  CaughtLog caught;
  start_log(LogLevel::info, LogFormat::text);
  log(LogLevel::warn, "malti/orders: backing off, {} is no format");
  for (int i = 0; i < 1000; ++i) log(LogLevel::info, "line " + std::to_string(i));
  stop_log();
  const auto lines = caught.lines();
  ASSERT_EQ(lines.size(), 1001U);
  const std::regex shape(
      R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \[warning\] malti/orders: backing off, \{\} is no format)");
  EXPECT_TRUE(std::regex_match(lines[0], shape)) << lines[0];
  EXPECT_TRUE(lines[1000].ends_with("[info] line 999")) << lines[1000];
}

TEST(LogTest, WritesOneJsonObjectALineWhateverTheMessageHolds) {
  CaughtLog caught;
  start_log(LogLevel::info, LogFormat::json);
  const std::string message = "a \"quoted\" \\ text\nwith a second line and é";
  log(LogLevel::error, message);
  stop_log();
  const auto lines = caught.lines();
  ASSERT_EQ(lines.size(), 1U);
  simdjson::dom::parser parser;
  simdjson::dom::element line;
  ASSERT_EQ(parser.parse(lines[0]).get(line), simdjson::SUCCESS) << lines[0];
  EXPECT_EQ(line["message"].get_string().value(), message);
  EXPECT_EQ(line["level"].get_string().value(), "error");
}

TEST(LogTest, HoldsBackWhatIsBelowTheLevelAndTheLevelCanChange) {
  CaughtLog caught;
  start_log(LogLevel::warn, LogFormat::text);
  log(LogLevel::info, "first");
  set_log_level(LogLevel::debug);
  log(LogLevel::debug, "second");
  stop_log();
  const auto lines = caught.lines();
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_TRUE(lines[0].ends_with("second"));
}

TEST(LogTest, SaysTheSameSeldom) {
  CaughtLog caught;
  start_log(LogLevel::info, LogFormat::text);
  for (int i = 0; i < 100; ++i) log_seldom(LogLevel::error, "SaysTheSameSeldom", "the spool is full");
  log_seldom(LogLevel::error, "another key", "the disk is full");
  stop_log();
  EXPECT_EQ(caught.lines().size(), 2U);
}

}  // namespace
}  // namespace pannier::observe
