#include "daemon/commands/cure.h"

#include <gtest/gtest.h>

namespace pannier::daemon::commands {
namespace {

TEST(CureTest, ALaneWithoutKeyIsToldWhereToPutOne) {
  EXPECT_EQ(cure_for({.lane = "malti/users", .why = "no key", .key_file = {}, .next_try_s = {}}),
            "give it a key: deliver.malti.keys.users, then: pannier reload");
  EXPECT_EQ(cure_for({.lane = "multiplayer/traces", .why = "no key", .key_file = {}, .next_try_s = {}}),
            "give it a key: deliver.multiplayer.key, then: pannier reload");
}

TEST(CureTest, ARefusedKeyIsWrittenWhereItCameFrom) {
  EXPECT_EQ(cure_for({.lane = "malti/users",
                      .why = "key refused (401 Invalid API key)",
                      .key_file = "/run/secrets/malti-users",
                      .next_try_s = 20.2}),
            "write the new key to /run/secrets/malti-users; next try in 21 s, or now: pannier reload");
}

TEST(CureTest, AKeyInTheConfigurationNeedsAReload) {
  EXPECT_EQ(cure_for({.lane = "malti/users", .why = "key unknown (403)", .key_file = {}, .next_try_s = 20.0}),
            "write the new key to deliver.malti.keys.users, then: pannier reload");
}

TEST(CureTest, AnAddressIsToBeChecked) {
  EXPECT_EQ(cure_for({.lane = "malti/a", .why = "address (404)", .key_file = {}, .next_try_s = 3.0}),
            "check deliver.malti.url; next try in 3 s, or now: pannier reload");
  EXPECT_EQ(cure_for({.lane = "malti/a", .why = "a proxy's page (200)", .key_file = {}, .next_try_s = {}}),
            "check deliver.malti.url, then: pannier reload");
}

TEST(CureTest, AProxyAndACertificateAreSeenTo) {
  const auto cure = [](const char* why) {
    return cure_for({.lane = "malti/a", .why = why, .key_file = {}, .next_try_s = {}});
  };
  EXPECT_EQ(cure("no answer (TLS with h: its certificate expired on 2026-01-01)"),
            "see to the server's certificate and deliver.malti.tls, then: pannier reload");
  for (const char* why : {"no answer (the proxy p:1 refuses our user and password (407))",
                          "no answer (connect to 10.0.0.1:3128 (the proxy): Connection refused)"})
    EXPECT_EQ(cure(why),
              "see that the proxy runs and lets us through, and deliver.malti.proxy is right, then: pannier "
              "reload");
}

TEST(CureTest, AMissingKeyOfAFolderOfKeysIsWrittenThere) {
  EXPECT_EQ(
      cure_for({.lane = "malti/users", .why = "no key", .key_file = "/run/keys/users", .next_try_s = {}}),
      "write the new key to /run/keys/users, then: pannier reload");
}

TEST(CureTest, AServiceThatIsCalledLikeAGuestHasItsKeyUnderItsOwnName) {
  EXPECT_EQ(cure_for({.lane = "malti/a@0123abcd/", .why = "no key", .key_file = {}, .next_try_s = {}}),
            "give it a key: deliver.malti.keys.a@0123abcd, then: pannier reload");
}

TEST(CureTest, AGuestsKeyIsItsSendersBusiness) {
  EXPECT_EQ(
      cure_for({.lane = "malti/orders@1a2b3c4d", .why = "key unknown", .key_file = {}, .next_try_s = {}}),
      "have the sender of service orders that shows the key @1a2b3c4d send again: what waits goes on with "
      "its "
      "key, and with no other");
  EXPECT_EQ(
      cure_for({.lane = "malti/orders@1a2b3c4d",
                .why = "key refused (401 Invalid API key)",
                .key_file = {},
                .next_try_s = 20.0}),
      "give the sender of service orders that shows the key @1a2b3c4d the right one; what is refused for an "
      "hour and never was taken becomes dead letters");
  EXPECT_EQ(
      cure_for({.lane = "malti/orders@1a2b3c4d", .why = "address (404)", .key_file = {}, .next_try_s = {}}),
      "check deliver.malti.url, then: pannier reload");
}

TEST(CureTest, EveryReasonEndsWithSomethingToDo) {
  for (const char* why : {"no key", "key refused", "key unknown", "address", "a proxy's page", "no answer",
                          "server error (503)", "disk (full)", "", "something new"})
    for (const char* lane : {"malti/orders", "local", "", "/"})
      EXPECT_TRUE(
          cure_for({.lane = lane, .why = why, .key_file = {}, .next_try_s = 1.0}).ends_with("pannier reload"))
          << why;
}

}  // namespace
}  // namespace pannier::daemon::commands
