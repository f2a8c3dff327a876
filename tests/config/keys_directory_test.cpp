// deliver.malti.keys_directory: a folder of key files, one a service.
#include "config/keys_directory.h"

#include <sys/socket.h>

#include "tests/config/fixture.h"

namespace pannier::config {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class KeysDirectoryTest : public ConfigTest {
 protected:
  KeysDirectoryTest() { std::filesystem::create_directory(path("keys")); }

  std::string key(const std::string& service, std::string_view text, mode_t mode = 0600) {
    return write("keys/" + service, text, mode);
  }
  [[nodiscard]] std::string yaml(const std::string& more = {}) const {
    return "deliver:\n  malti:\n    keys_directory: " + path("keys") + "\n" + more;
  }
  static std::vector<std::string> services(const Loaded& loaded) {
    std::vector<std::string> names;
    for (const auto& [service, source] : loaded.settings.malti.keys) names.push_back(service);
    return names;
  }
  [[nodiscard]] std::string warnings(const Loaded& loaded) const {
    std::string all;
    for (const std::string& warning : loaded.warnings) all += without_folder(warning) + "\n";
    return all;
  }
};

TEST_F(KeysDirectoryTest, EachFileIsTheKeyOfTheServiceOfItsName) {
  key("orders", "key-orders\n");
  key("search service@home", "  key-search  \n");
  const Loaded it = loaded(yaml());
  EXPECT_THAT(services(it), ElementsAre("orders", "search service@home"));
  const SecretSource& source = it.settings.malti.keys.at("orders");
  EXPECT_EQ(source.secret.reveal(), "key-orders");
  EXPECT_EQ(source.file, path("keys/orders"));
  EXPECT_EQ(source.links, Links::refused) << "when it is read again";
  EXPECT_THAT(it.warnings, IsEmpty());
}

TEST_F(KeysDirectoryTest, SwitchesMaltiOnAndNoneDoesNot) {
  key("orders", "k");
  EXPECT_TRUE(loaded(yaml()).settings.malti.enabled);
  EXPECT_FALSE(loaded("deliver: { malti: { keys_directory: none } }").settings.malti.enabled);
}

TEST_F(KeysDirectoryTest, IsLeftAloneWhereMaltiIsOff) {
  environment({{"PANNIER__DELIVER__MALTI", "off"}});
  key("orders", "two\nlines");
  const Loaded it = loaded(yaml());
  EXPECT_FALSE(it.settings.malti.enabled);
  EXPECT_THAT(it.settings.malti.keys, IsEmpty());
}

TEST_F(KeysDirectoryTest, ComesFromAVariableAsWell) {
  key("orders", "k");
  environment({{"PANNIER__DELIVER__MALTI__KEYS_DIRECTORY", path("keys") + "//"}});
  EXPECT_EQ(loaded("").settings.malti.keys.at("orders").file, path("keys/orders"));
}

TEST_F(KeysDirectoryTest, AKeyInTheConfigurationWinsAndItsFileIsNotOpened) {
  key("orders", "two\nlines");
  key("users", "key-users");
  const Loaded it = loaded(yaml("    keys: { orders: the-written-one }\n"));
  EXPECT_EQ(it.settings.malti.keys.at("orders").secret.reveal(), "the-written-one");
  EXPECT_EQ(it.settings.malti.keys.at("users").secret.reveal(), "key-users");
}

TEST_F(KeysDirectoryTest, IsShownWithEachOfItsKeysHidden) {
  key("orders", "s3cret");
  const Loaded it = loaded(yaml());
  ASSERT_NE(origin(it, "deliver.malti.keys_directory"), nullptr);
  EXPECT_EQ(origin(it, "deliver.malti.keys_directory")->value, path("keys"));
  const Origin* shown = origin(it, "deliver.malti.keys.orders");
  ASSERT_NE(shown, nullptr);
  EXPECT_EQ(shown->value, "*** in " + path("keys/orders"));
  EXPECT_EQ(shown->where, "deliver.malti.keys_directory");
}

TEST_F(KeysDirectoryTest, AReloadTakesNewChangedAndMissingFiles) {
  key("orders", "old");
  key("users", "k");
  const Loaded before = loaded(yaml());
  key("orders", "new");
  key("search", "k");
  std::filesystem::remove(path("keys/users"));
  const Changes changes = compare(before, loaded(yaml()));
  EXPECT_THAT(changes.applied, ElementsAre("deliver.malti.keys.orders", "deliver.malti.keys.search",
                                           "deliver.malti.keys.users"));
  EXPECT_THAT(changes.restart, IsEmpty());
}

TEST_F(KeysDirectoryTest, AFileThatHoldsNoKeyIsNamedWithItsCure) {
  key("a", "");
  key("b", "two\nlines");
  key("c", std::string(70'000, 'k'));
  EXPECT_THAT(
      mistakes(yaml()),
      ElementsAre("pannier.yaml:3:21: deliver.malti.keys_directory: keys/a is empty; write the key into it",
                  "pannier.yaml:3:21: deliver.malti.keys_directory: keys/b is not one key on one line; write "
                  "nothing else into it",
                  "pannier.yaml:3:21: deliver.malti.keys_directory: keys/c is larger than 64KiB"));
}

TEST_F(KeysDirectoryTest, AFolderThatCannotBeListedIsNamedWithItsCure) {
  const std::string begin = "pannier.yaml:3:21: deliver.malti.keys_directory: cannot read keys as uid 1000 (";
  std::filesystem::remove(path("keys"));
  EXPECT_THAT(mistakes(yaml()),
              ElementsAre(begin + "no such file or directory); write a folder of key files, or none"));
  write("keys", "a file");
  EXPECT_THAT(mistakes(yaml()),
              ElementsAre(begin + "not a directory); write a folder of key files, or none"));
}

// uid 0 may read everything, so the test is somebody else for a moment.
class Nobody {
 public:
  Nobody() { EXPECT_EQ(::seteuid(before_ == 0 ? 65534 : before_), 0); }
  ~Nobody() { EXPECT_EQ(::seteuid(before_), 0); }
  Nobody(const Nobody&) = delete;
  Nobody& operator=(const Nobody&) = delete;

 private:
  const uid_t before_ = ::geteuid();
};

TEST_F(KeysDirectoryTest, WhatMayNotBeReadNamesTheWayToTry) {
  key("orders", "k", 0);
  ::chmod(path("").c_str(), 0755);
  ::chmod(path("keys").c_str(), 0755);
  const KeysDirectory directory{.path = path("keys"), .uid = 1000, .cure = "try: sudo"};
  const auto only_mistake = [&] {
    const Nobody nobody;
    const KeyFiles files = read_keys_directory(directory, {});
    return files.mistakes.size() == 1 ? without_folder(files.mistakes[0].message) : "";
  };
  EXPECT_EQ(only_mistake(), "cannot read keys/orders as uid 1000 (permission denied); try: sudo");
  ::chmod(path("keys").c_str(), 0);
  EXPECT_EQ(only_mistake(), "cannot read keys as uid 1000 (permission denied); try: sudo");
  ::chmod(path("keys").c_str(), 0700);
}

TEST_F(KeysDirectoryTest, ANameThatIsNoServicesIsRefused) {
  key("tab\there", "k");
  key(std::string(101, 'x'), "k");
  key("\xff", "k");
  EXPECT_THAT(mistakes(yaml()),
              testing::Each(HasSubstr("which is no service's name; call it by 1 to 100 characters")));
  EXPECT_EQ(mistakes().size(), 3U);
  for (const std::string& line : mistakes()) EXPECT_EQ(line.find('\t'), std::string::npos) << line;
}

TEST_F(KeysDirectoryTest, LinksAreNotFollowedAndTheCureIsNamed) {
  write("elsewhere", "a-key-of-somebody-else");
  std::filesystem::create_symlink(path("elsewhere"), path("keys/orders"));
  std::filesystem::create_symlink("gone", path("keys/users"));
  const Loaded it = loaded(yaml());
  EXPECT_THAT(it.settings.malti.keys, IsEmpty());
  EXPECT_THAT(warnings(it),
              HasSubstr("orders, users in keys are links (as in a Kubernetes secret's volume), and links "
                        "are not followed here; write deliver.malti.keys: { orders: { file: keys/orders } "
                        "}, or use credentials"));
  EXPECT_THAT(warnings(it), HasSubstr("deliver.malti has no key"));
}

// A Kubernetes secret's volume: every key is a link into ..data, which is one itself.
TEST_F(KeysDirectoryTest, KubernetesOwnFilesAreSkippedWithoutAWord) {
  write("keys/..2026_01_01/orders", "k");
  std::filesystem::create_symlink("..2026_01_01", path("keys/..data"));
  std::filesystem::create_symlink("..data/orders", path("keys/orders"));
  key(".orders.swp", "two\nlines");
  const Loaded it = loaded(yaml("    keys: { orders: { file: " + path("keys/orders") + " } }\n"));
  EXPECT_EQ(it.settings.malti.keys.at("orders").secret.reveal(), "k") << "named, a link is followed";
  EXPECT_THAT(it.warnings, IsEmpty());
}

TEST_F(KeysDirectoryTest, WhatIsNoRegularFileIsLeftOutAndNeverWaitedFor) {
  key("orders", "k");
  ASSERT_EQ(::mkfifo(path("keys/pipe").c_str(), 0600), 0);
  std::filesystem::create_directory(path("keys/folder"));
  const Loaded it = loaded(yaml());
  EXPECT_THAT(services(it), ElementsAre("orders"));
  EXPECT_THAT(warnings(it), HasSubstr("folder, pipe in keys are no regular files and are left out"));
}

TEST_F(KeysDirectoryTest, KeysThatEverybodyCanReadAreWarnedOf) {
  key("orders", "k", 0644);
  key("users", "k", 0640);
  const Loaded it = loaded(yaml());
  EXPECT_EQ(services(it).size(), 2U);
  EXPECT_EQ(warnings(it),
            "deliver.malti.keys_directory: orders in keys can be read by everybody; chmod o-r it\n");
}

TEST_F(KeysDirectoryTest, MoreFilesThanLanesAreAMistake) {
  for (int i = 0; i < 9; ++i) key("s" + std::to_string(i), "k");
  const std::string lanes = "limits: { lanes: 8 }\n";
  EXPECT_THAT(
      mistakes(lanes + yaml()),
      ElementsAre(HasSubstr("keys holds 9 key files, and limits.lanes has room for 8 of them; raise it")));
  std::filesystem::remove(path("keys/s8"));
  EXPECT_EQ(services(loaded(lanes + yaml())).size(), 8U);
  EXPECT_THAT(mistakes(lanes + yaml("    keys: { other: k }\n")),
              ElementsAre(HasSubstr("has room for 7 of them")));
}

TEST_F(KeysDirectoryTest, AFolderOfAllSortsOfFilesIsNotReadToItsEnd) {
  for (int i = 0; i < 4100; ++i) std::ofstream(path("keys/." + std::to_string(i)));
  EXPECT_THAT(mistakes(yaml()), ElementsAre(HasSubstr("keys holds more than 4096 names")));
}

TEST_F(KeysDirectoryTest, AnEmptyFolderSaysWhereToWriteAKey) {
  EXPECT_EQ(warnings(loaded(yaml())),
            "deliver.malti has no key: records wait until there is one; write it to keys/SERVICE\n");
}

TEST_F(KeysDirectoryTest, OnlyAServicesNameIsAKeyFilesName) {
  EXPECT_TRUE(is_key_file_name("orders"));
  EXPECT_TRUE(is_key_file_name("a..b"));
  for (const char* name :
       {"", ".", "..", ".orders", "../orders", "../../../etc/machine-id", "a/b", "/etc/passwd", "a\nb"})
    EXPECT_FALSE(is_key_file_name(name)) << name;
}

}  // namespace
}  // namespace pannier::config
