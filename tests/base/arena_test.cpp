#include "base/arena.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "base/random.h"

namespace pannier {
namespace {

TEST(ArenaTest, KeepsACopyThatOutlivesTheOriginal) {
  Arena arena;
  std::string original = "orders";
  const std::string_view kept = arena.keep(original);
  original.assign("XXXXXX");
  EXPECT_EQ(kept, "orders");
}

TEST(ArenaTest, KeepsNothingForAnEmptyText) {
  Arena arena;
  EXPECT_EQ(arena.keep({}), "");
  EXPECT_EQ(arena.capacity(), 0U);
}

TEST(ArenaTest, NeverHandsOutTheSameBytesTwiceBetweenResets) {
  Arena arena;
  Random random(1);
  for (int round = 0; round < 20; ++round) {
    arena.reset();
    std::vector<std::pair<std::string_view, std::string>> claims;
    for (int i = 0; i < 300; ++i) {
      const std::size_t usual = random.below(400);
      const std::string text(random.below(50) == 0 ? Arena::chunk_bytes + usual : usual,
                             static_cast<char>('a' + i % 26));
      claims.emplace_back(arena.keep(text), text);
    }
    for (const auto& [kept, text] : claims) ASSERT_EQ(kept, text);
  }
}

TEST(ArenaTest, UsesItsChunksAgainAfterAReset) {
  Arena arena;
  const auto fill = [&] {
    for (int i = 0; i < 10; ++i) arena.claim(Arena::chunk_bytes / 2 + 1);
  };
  fill();
  const std::size_t before = arena.capacity();
  for (int i = 0; i < 100; ++i) {
    arena.reset();
    fill();
  }
  EXPECT_EQ(arena.capacity(), before);
}

TEST(ArenaTest, GivesBackWhatAnUnusualReadClaimed) {
  Arena arena;
  arena.claim(100);
  arena.claim(50 * Arena::chunk_bytes);
  for (int i = 0; i < 100; ++i) arena.claim(Arena::chunk_bytes);
  arena.reset();
  EXPECT_LE(arena.capacity(), Arena::kept_bytes);
}

}  // namespace
}  // namespace pannier
