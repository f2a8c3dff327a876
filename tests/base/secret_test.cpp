#include "base/secret.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <new>
#include <sstream>
#include <string_view>
#include <utility>

namespace pannier {
namespace {

// Short enough to lie inside the object, where the test may look after its life.
constexpr const char* key = "hunter2-key";
// What is left when a string is only emptied or a shorter one put over it.
constexpr std::string_view rest_of_key = "ter2-key";

bool holds_key(const std::byte* bytes, std::size_t size) {
  const auto* const text = reinterpret_cast<const std::byte*>(rest_of_key.data());
  return std::search(bytes, bytes + size, text, text + rest_of_key.size()) != bytes + size;
}

// A Secret in memory that stays readable when it is gone.
struct Cell {
  alignas(Secret) std::byte bytes[sizeof(Secret)]{};
  Secret* make() { return new (bytes) Secret(std::string(key)); }
  [[nodiscard]] bool still_holds_key() const {
    std::byte seen[sizeof(Secret)];
    for (std::size_t i = 0; i < sizeof seen; ++i) seen[i] = static_cast<const volatile std::byte*>(bytes)[i];
    return holds_key(seen, sizeof seen);
  }
};

TEST(SecretTest, PrintsAsStars) {
  std::ostringstream out;
  out << Secret(std::string(key)) << ',' << Secret();
  EXPECT_EQ(out.str(), "***,");
}

TEST(SecretTest, IsRevealedOnlyWhenAsked) {
  const Secret secret{std::string(key)};
  EXPECT_EQ(secret.reveal(), key);
  EXPECT_FALSE(secret.empty());
  EXPECT_TRUE(Secret().empty());
}

TEST(SecretTest, IsWipedWhenItGoes) {
  Cell cell;
  Secret* const secret = cell.make();
  ASSERT_TRUE(cell.still_holds_key());
  secret->~Secret();
  EXPECT_FALSE(cell.still_holds_key());
}

TEST(SecretTest, IsWipedWhereItWasMovedFrom) {
  Cell cell;
  Secret* const secret = cell.make();
  const Secret moved(std::move(*secret));
  EXPECT_EQ(moved.reveal(), key);
  EXPECT_TRUE(secret->empty());
  EXPECT_FALSE(cell.still_holds_key());
  secret->~Secret();
}

TEST(SecretTest, IsWipedWhereItWasMoveAssignedFrom) {
  Cell cell;
  Secret* const secret = cell.make();
  Secret other(std::string(100, 'x'));
  other = std::move(*secret);
  EXPECT_EQ(other.reveal(), key);
  EXPECT_FALSE(cell.still_holds_key());
  secret->~Secret();
}

TEST(SecretTest, IsWipedWhereAnotherIsAssigned) {
  Cell cell;
  Secret* const secret = cell.make();
  const Secret shorter(std::string("x"));
  *secret = shorter;
  EXPECT_EQ(secret->reveal(), "x");
  EXPECT_FALSE(cell.still_holds_key());
  secret->~Secret();
}

TEST(SecretTest, SurvivesAssignmentToItself) {
  Secret secret{std::string(key)};
  Secret& same = secret;
  secret = same;
  EXPECT_EQ(secret.reveal(), key);
  secret = std::move(same);
  EXPECT_EQ(secret.reveal(), key);
}

TEST(SecretTest, IsComparedByItsText) {
  EXPECT_EQ(Secret(std::string("a")), Secret(std::string("a")));
  EXPECT_NE(Secret(std::string("a")), Secret(std::string("b")));
}

}  // namespace
}  // namespace pannier
