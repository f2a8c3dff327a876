#include "net/fingerprint.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace pannier::net {
namespace {

std::vector<std::uint8_t> bytes(std::string_view text) {
  return {text.begin(), text.end()};
}

// RFC 4231, test case 2.
TEST(FingerprintTest, IsTheBeginningOfTheHmacSha256) {
  EXPECT_EQ(fingerprint("what do ya want for nothing?", bytes("Jefe")), "5bdcc146");
}

TEST(FingerprintTest, TellsKeysAndSaltsApart) {
  EXPECT_NE(fingerprint("key-1", bytes("salt")), fingerprint("key-2", bytes("salt")));
  EXPECT_NE(fingerprint("key-1", bytes("salt")), fingerprint("key-1", bytes("tlas")));
}

}  // namespace
}  // namespace pannier::net
