#include "receive/line_splitter.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "base/random.h"
#include "tests/receive/padded.h"

namespace pannier::receive {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// What a splitter told, one text each; looks at the padding of each line, as the decoder does.
struct Told {
  std::vector<std::string> events;
  unsigned padding_seen = 0;

  void line(std::string_view line) {
    events.emplace_back("line " + std::string(line));
    for (std::size_t index = 0; index < record::line_padding; ++index)
      padding_seen += line.data()[line.size() + index] == '\xff' ? 1U : 0U;
  }
  void too_long(std::string_view head, GivenUp why) {
    events.emplace_back((why == GivenUp::over_limit ? "long " : "no memory ") + std::string(head));
  }
};

std::vector<std::string> split(std::string_view text, const std::vector<std::size_t>& cuts,
                               std::size_t limit) {
  CarryBudget budget;
  LineSplitter splitter(budget, limit);
  Told told;
  std::size_t from = 0;
  for (const std::size_t cut : cuts) {
    splitter.feed(Padded(text.substr(from, cut - from)).view(), told);
    from = cut;
  }
  splitter.feed(Padded(text.substr(from)).view(), told);
  told.events.push_back("unfinished " + std::string(splitter.unfinished()));
  return told.events;
}

TEST(LineSplitterTest, FindsTheSameLinesWhereverTheTextIsCut) {
  const std::string text = "ab\n\n0123456789\n0123456789A\r\nc\n0123456789ABCDEF\n\nend";
  const auto expected = split(text, {}, 10);
  ASSERT_THAT(expected, ElementsAre("line ab", "line ", "line 0123456789", "long 0123456789", "line c",
                                    "long 0123456789", "line ", "unfinished end"));
  for (std::size_t first = 0; first <= text.size(); ++first) {
    for (std::size_t second = first; second <= text.size(); ++second) {
      for (std::size_t third = second; third <= text.size(); ++third) {
        ASSERT_EQ(split(text, {first, second, third}, 10), expected)
            << first << ", " << second << ", " << third;
      }
    }
  }
}

TEST(LineSplitterTest, FindsTheSameLinesInRandomPieces) {
  Random random(7);
  for (int round = 0; round < 50; ++round) {
    std::string text;
    for (int line = 0; line < 30; ++line) {
      text.append(random.below(line % 7 == 0 ? 80'000 : 300), static_cast<char>('a' + line % 26))
          .push_back('\n');
    }
    std::vector<std::size_t> cuts;
    for (std::size_t at = 0; (at += 1 + random.below(20'000)) < text.size();) cuts.push_back(at);
    ASSERT_EQ(split(text, cuts, 50'000), split(text, {}, 50'000)) << "round " << round;
  }
}

TEST(LineSplitterTest, FindsTheSameLinesByteByByte) {
  const std::string text = std::string(5'000, 'x') + "\n" + std::string(5'001, 'y') + "\nz\n";
  std::vector<std::size_t> cuts;
  for (std::size_t at = 1; at < text.size(); ++at) cuts.push_back(at);
  EXPECT_EQ(split(text, cuts, 5'000), split(text, {}, 5'000));
}

TEST(LineSplitterTest, TakesALineOfExactlyTheLimitAndNoLongerOne) {
  EXPECT_THAT(split("12345\n123456\n", {}, 5), ElementsAre("line 12345", "long 12345", "unfinished "));
}

TEST(LineSplitterTest, HoldsNothingOfAnEndlessLineWhileItFlows) {
  CarryBudget budget;
  LineSplitter splitter(budget, 64 * 1024);
  Told told;
  const Padded piece(std::string(10'000, 'x'));
  for (int piece_number = 0; piece_number < 1'000; ++piece_number) {
    splitter.feed(piece.view(), told);
    ASSERT_LE(splitter.unfinished().size(), 64U * 1024);
  }
  EXPECT_EQ(told.events.size(), 1U);
  EXPECT_THAT(splitter.unfinished(), IsEmpty());
  EXPECT_TRUE(splitter.is_inside_line());
  EXPECT_EQ(budget.left(), CarryBudget::usual_pot);
  splitter.feed(Padded("\nok\n").view(), told);
  EXPECT_EQ(told.events.back(), "line ok");
  EXPECT_FALSE(splitter.is_inside_line());
}

TEST(LineSplitterTest, GivesALineUpWhenTheCommonPotIsEmptyAndTakesTheNext) {
  CarryBudget budget(10'000);
  LineSplitter greedy(budget, 256 * 1024);
  LineSplitter late(budget, 256 * 1024);
  Told told;
  greedy.feed(Padded(std::string(26'000, 'g')).view(), told);
  late.feed(Padded(std::string(17'000, 'l')).view(), told);
  EXPECT_THAT(told.events, ElementsAre("no memory " + std::string(LineSplitter::head_bytes, 'l')));
  late.feed(Padded("rest\nnext\n").view(), told);
  EXPECT_EQ(told.events.back(), "line next");
  greedy.feed(Padded("\n").view(), told);
  EXPECT_EQ(told.events.back(), "line " + std::string(26'000, 'g'));
  EXPECT_EQ(budget.left(), 10'000U);
}

TEST(LineSplitterTest, AlwaysHasRoomForALineOf16KiB) {
  CarryBudget budget(0);
  LineSplitter splitter(budget, 256 * 1024);
  Told told;
  for (int byte = 0; byte < 16 * 1024; ++byte) splitter.feed(Padded("x").view(), told);
  splitter.feed(Padded("\n").view(), told);
  EXPECT_THAT(told.events, ElementsAre("line " + std::string(std::size_t{16} * 1024, 'x')));
}

TEST(LineSplitterTest, GivesMemoryBackWhenTheConnectionGoes) {
  CarryBudget budget;
  {
    LineSplitter splitter(budget, 256 * 1024);
    Told told;
    splitter.feed(Padded(std::string(100'000, 'x')).view(), told);
    EXPECT_LT(budget.left(), CarryBudget::usual_pot);
  }
  EXPECT_EQ(budget.left(), CarryBudget::usual_pot);
}

TEST(LineSplitterTest, ForgetsAnUnfinishedLine) {
  CarryBudget budget;
  LineSplitter splitter(budget, 4);
  Told told;
  splitter.feed(Padded("123456").view(), told);
  splitter.forget_unfinished();
  EXPECT_FALSE(splitter.is_inside_line());
}

}  // namespace
}  // namespace pannier::receive
