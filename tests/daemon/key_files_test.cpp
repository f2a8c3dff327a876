#include "daemon/key_files.h"

#include <gtest/gtest.h>

namespace pannier::daemon {
namespace {

observe::Books books_with(const std::vector<std::string>& names) {
  observe::Books books;
  for (const std::string& name : names) {
    books.lanes.emplace_back();
    books.lanes.back().name = name;
  }
  return books;
}

using Files = std::map<std::string, std::string, std::less<>>;

TEST(KeyFilesTest, AreWhereTheKeysWereReadFrom) {
  config::Settings settings;
  settings.malti.keys["orders"] = {.file = "/run/keys/malti-orders"};
  settings.malti.keys["users"] = {.secret = Secret("inline")};
  settings.multiplayer.key = {.file = "/run/keys/otlp"};
  EXPECT_EQ(key_files(settings, books_with({"malti/orders", "malti/users", "multiplayer/traces", "local"})),
            (Files{{"malti/orders", "/run/keys/malti-orders"}, {"multiplayer/traces", "/run/keys/otlp"}}));
}

TEST(KeyFilesTest, AServiceWithoutAKeyIsToldTheFileInTheFolderOfKeys) {
  config::Settings settings;
  settings.malti.keys_directory = "/run/keys";
  settings.malti.keys["users"] = {.secret = Secret("inline")};
  EXPECT_EQ(key_files(settings, books_with({"malti/orders", "malti/users", "malti/a@0123abcd/"})),
            (Files{{"malti/orders", "/run/keys/orders"}, {"malti/a@0123abcd/", "/run/keys/a@0123abcd"}}));
}

TEST(KeyFilesTest, NeitherGuestsNorNamesThatNoFileCanHaveAreTold) {
  config::Settings settings;
  settings.malti.keys_directory = "/run/keys";
  EXPECT_EQ(key_files(settings, books_with({"malti/orders@0123abcd", "malti/..", "malti/.", "malti/.hidden",
                                            "malti/../../../etc/machine-id", "malti/", "local"})),
            Files{});
}

}  // namespace
}  // namespace pannier::daemon
