#include "receive/ack_book.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace pannier::receive {
namespace {

using Lines = AckBook::Lines;

Lines so_far(std::uint64_t lines) {
  return {.lines = lines, .rejected = lines / 3, .filtered = lines / 5};
}

TEST(AckBookTest, TellsAtOnceWhatHasNoTicket) {
  AckBook book;
  book.add(0, so_far(7));
  EXPECT_EQ(book.told(), so_far(7));
  EXPECT_FALSE(book.is_waiting());
  EXPECT_FALSE(book.committed(1'000'000));
}

TEST(AckBookTest, TellsNothingBeforeItIsCommitted) {
  AckBook book;
  book.add(5, so_far(7));
  EXPECT_EQ(book.told(), Lines{});
  EXPECT_TRUE(book.is_waiting());
  EXPECT_FALSE(book.committed(4));
  EXPECT_EQ(book.told(), Lines{});
  EXPECT_TRUE(book.committed(5));
  EXPECT_EQ(book.told(), so_far(7));
  EXPECT_FALSE(book.is_waiting());
}

TEST(AckBookTest, TellsTheNewestOfAllThatOneCommitHasReached) {
  AckBook book;
  for (std::uint64_t read = 1; read <= 5; ++read) book.add(read, so_far(10 * read));
  EXPECT_TRUE(book.committed(3));
  EXPECT_EQ(book.told(), so_far(30));
  EXPECT_FALSE(book.committed(2)) << "a commit that is told late takes nothing back";
  EXPECT_TRUE(book.committed(9));
  EXPECT_EQ(book.told(), so_far(50));
}

TEST(AckBookTest, WhatHasNoTicketWaitsForTheLinesBeforeIt) {
  AckBook book;
  book.add(4, so_far(10));
  book.add(0, so_far(12));
  EXPECT_EQ(book.told(), Lines{});
  EXPECT_TRUE(book.committed(4));
  EXPECT_EQ(book.told(), so_far(12));
}

TEST(AckBookTest, AReadWithoutLinesWaitsForNothing) {
  AckBook book;
  book.add(1, so_far(0));
  EXPECT_FALSE(book.is_waiting());
  book.add(2, so_far(3));
  book.add(9, so_far(3));
  EXPECT_TRUE(book.committed(2));
  EXPECT_FALSE(book.is_waiting());
}

TEST(AckBookTest, IsBoundedAndStillTellsAllInTheEnd) {
  AckBook book;
  constexpr std::uint64_t reads = 1000;
  for (std::uint64_t read = 1; read <= reads; ++read) book.add(read, so_far(read));
  EXPECT_TRUE(book.committed(AckBook::most_waiting - 1));
  EXPECT_EQ(book.told(), so_far(AckBook::most_waiting - 1)) << "the oldest keep their own steps";
  EXPECT_FALSE(book.committed(reads - 1));
  EXPECT_TRUE(book.committed(reads));
  EXPECT_EQ(book.told(), so_far(reads));
  EXPECT_FALSE(book.is_waiting());
}

// Remembers every read that brought lines.
class Model {
 public:
  void add(std::uint64_t ticket, const Lines& lines) {
    const Lines before = reads_.empty() ? Lines{} : reads_.back().second;
    if (lines != before) reads_.emplace_back(ticket, lines);
  }
  void committed(std::uint64_t watermark) { watermark_ = std::max(watermark_, watermark); }
  // The lines of the longest beginning that is accounted for whole.
  [[nodiscard]] Lines told() const {
    Lines told;
    for (const auto& [ticket, lines] : reads_) {
      if (ticket > watermark_) break;
      told = lines;
    }
    return told;
  }
  [[nodiscard]] std::size_t waiting() const {
    std::size_t distinct = 0;
    for (std::uint64_t last = watermark_; const auto& [ticket, lines] : reads_) {
      distinct += ticket > last ? 1 : 0;
      last = std::max(last, ticket);
    }
    return distinct;
  }

 private:
  std::vector<std::pair<std::uint64_t, Lines>> reads_;
  std::uint64_t watermark_ = 0;
};

// Both, and what they must agree in after whatever happens.
class Pair {
 public:
  void add(std::uint64_t ticket, const Lines& lines) {
    book_.add(ticket, lines);
    model_.add(ticket, lines);
    was_crowded_ = was_crowded_ || model_.waiting() > AckBook::most_waiting;
    check();
  }
  void committed(std::uint64_t watermark) {
    const Lines before = book_.told();
    EXPECT_EQ(book_.committed(watermark), before != book_.told());
    model_.committed(watermark);
    check();
    // What was crowded together came with this commit or waits on: it is forgotten when nothing waits.
    if (!book_.is_waiting()) was_crowded_ = false;
  }
  [[nodiscard]] bool is_waiting() const { return book_.is_waiting(); }

 private:
  void check() const {
    EXPECT_LE(book_.told().lines, model_.told().lines) << "told what is not accounted for";
    if (!was_crowded_) EXPECT_EQ(book_.told(), model_.told());
    if (book_.told() != model_.told()) EXPECT_TRUE(book_.is_waiting()) << "would never be told";
  }

  AckBook book_;
  Model model_;
  bool was_crowded_ = false;
};

TEST(AckBookTest, AgreesWithANaiveModelWhateverHappens) {
  for (std::uint32_t seed = 1; seed <= 500; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](std::uint32_t bound) { return static_cast<std::uint32_t>(random() % bound); };
    const std::uint32_t reads_for_a_commit = 1 + below(40);
    Pair pair;
    Lines lines;
    std::uint64_t last_ticket = 0, watermark = 0;
    for (int step = 0; step < 400; ++step) {
      if (below(reads_for_a_commit) != 0) {
        const std::uint32_t more = below(4);
        lines = {lines.lines + more, lines.rejected + (more == 3 ? 1 : 0), lines.filtered};
        if (below(5) != 0) last_ticket = std::max(last_ticket, watermark + 1) + below(3);
        pair.add(below(6) == 0 ? 0 : std::max(last_ticket, watermark + 1), lines);
      } else {
        watermark = std::max<std::uint64_t>(watermark, last_ticket - below(12) % (last_ticket + 1));
        pair.committed(watermark - std::min<std::uint64_t>(below(2), watermark));
        pair.committed(watermark);
      }
    }
    pair.committed(last_ticket + 1000);
    EXPECT_FALSE(pair.is_waiting());
    if (testing::Test::HasFailure()) FAIL() << "seed " << seed;
  }
}

}  // namespace
}  // namespace pannier::receive
