// Hostile files end in mistakes with a place, soon, and never in a crash: those kept in hostile/, and those
// that are too large to keep.
#include <algorithm>
#include <ctime>
#include <sstream>

#include "base/text.h"
#include "config/yaml_source.h"
#include "tests/config/fixture.h"

namespace pannier::config {
namespace {

using HostileTest = ConfigTest;

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string repeated(std::string_view text, std::size_t bytes) {
  std::string out;
  while (out.size() + text.size() <= bytes) out += text;
  return out;
}

TEST_F(HostileTest, EveryKeptFileEndsInMistakesThatCanBePrinted) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(PANNIER_SOURCE_DIR "/tests/config/hostile")) {
    ++files;
    const auto lines = mistakes(read_file(entry.path()));
    EXPECT_FALSE(lines.empty()) << entry.path();
    for (const std::string& line : lines) {
      EXPECT_TRUE(text::is_utf8(line)) << entry.path();
      EXPECT_FALSE(text::has_control_character(line)) << entry.path();
      EXPECT_LT(line.size(), 2000U) << entry.path();
    }
  }
  EXPECT_GE(files, 20U);
}

TEST_F(HostileTest, AFullMegabyteOfAnythingIsAnsweredSoon) {
  constexpr std::size_t megabyte = longest_yaml;
  for (const std::string& unit :
       std::vector<std::string>{"[",  "{",   "- ", "? ",   "a: ",  "a:\n", "-\n",   "a\n",        "\"",
                                "'",  "|\n", "& ", "&a ",  "*a ",  "!!a ", "[a, ",  "{a: ",       "a,",
                                "# ", "\n",  " ",  "\t",   ": ",   "%",    "---\n", "a: b\n",     "a: [b]\n",
                                "\\", "]",   "}",  "? - ", "- ? ", "\r",   "{a: [", "a: |\n  b\n"}) {
    const std::string text = repeated(unit, megabyte);
    const std::clock_t begin = std::clock();  // of the processor: others may be at work
    Mistakes found;
    const auto root = read_yaml(text, "x", found);
    const auto took = (std::clock() - begin) / CLOCKS_PER_SEC;
    EXPECT_TRUE(root || !found.empty()) << unit;
    EXPECT_LT(took, 20) << unit;
  }
}

}  // namespace
}  // namespace pannier::config
