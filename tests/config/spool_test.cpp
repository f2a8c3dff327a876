// The spool's settings: what they are by default, what is refused, and what is only warned of.
#include "config/finish_files.h"
#include "tests/config/fixture.h"

namespace pannier::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using SpoolSettingsTest = ConfigTest;

TEST_F(SpoolSettingsTest, OverflowsToTheStateFolderByDefault) {
  const queue::SpoolOptions it = loaded().settings.spool;
  EXPECT_EQ(it.mode, queue::SpoolMode::overflow);
  EXPECT_EQ(it.path, "/var/lib/pannier/spool.db");
  EXPECT_EQ(it.bytes, 1ULL << 30U);
  EXPECT_EQ(it.survives, queue::Survives::kill);
  EXPECT_EQ(it.when_full, queue::WhenFull::drop_oldest);
}

TEST_F(SpoolSettingsTest, LiesInTheStateHomeOfAUserWhoRunsPannierByHand) {
  environment({{"XDG_RUNTIME_DIR", "/run/user/1000"}, {"XDG_STATE_HOME", "/home/ann/state"}});
  EXPECT_EQ(loaded().settings.spool.path, "/home/ann/state/pannier/spool.db");
}

TEST_F(SpoolSettingsTest, TakesEachOfItsSettings) {
  const queue::SpoolOptions it =
      loaded("spool: { mode: always, path: /x/y.db, bytes: 16MiB, survives: power, when_full: refuse }")
          .settings.spool;
  EXPECT_EQ(it.mode, queue::SpoolMode::always);
  EXPECT_EQ(it.path, "/x/y.db");
  EXPECT_EQ(it.bytes, 16ULL << 20U);
  EXPECT_EQ(it.survives, queue::Survives::power);
  EXPECT_EQ(it.when_full, queue::WhenFull::refuse);
  EXPECT_EQ(loaded("spool: { mode: off }").settings.spool.mode, queue::SpoolMode::off);
}

TEST_F(SpoolSettingsTest, ComesFromVariablesAsWell) {
  environment({{"PANNIER__SPOOL__PATH", "/x/of-a-variable.db"}, {"PANNIER__SPOOL__MODE", "always"}});
  const queue::SpoolOptions it = loaded("spool: { path: /x/of-the-file.db, bytes: 32MiB }").settings.spool;
  EXPECT_EQ(it.mode, queue::SpoolMode::always);
  EXPECT_EQ(it.path, "/x/of-a-variable.db");
  EXPECT_EQ(it.bytes, 32ULL << 20U);
}

TEST_F(SpoolSettingsTest, RefusesWhatItDoesNotKnowWithTheCure) {
  EXPECT_THAT(
      mistakes("spool: { mode: alway, bytes: 15MiB, survives: crash, when_full: drop }"),
      ElementsAre(
          "pannier.yaml:1:16: spool.mode: \"alway\" is not known here; write overflow, always or off",
          "pannier.yaml:1:30: spool.bytes: expected 16MiB to 1024GiB, got 15MiB",
          "pannier.yaml:1:47: spool.survives: \"crash\" is not known here; write kill or power",
          "pannier.yaml:1:65: spool.when_full: \"drop\" is not known here; write drop_oldest or refuse"));
}

TEST_F(SpoolSettingsTest, EachOfItsSettingsWaitsForARestart) {
  const Loaded before = loaded("spool: { mode: off }");
  const Loaded after =
      loaded("spool: { mode: always, path: /x/y.db, bytes: 16MiB, survives: power, when_full: refuse }");
  const Changes changes = compare(before, after);
  EXPECT_THAT(changes.applied, IsEmpty());
  EXPECT_THAT(changes.restart,
              ElementsAre("spool.bytes", "spool.mode", "spool.path", "spool.survives", "spool.when_full"));
}

TEST_F(SpoolSettingsTest, IsNeverTheLocalStoresFile) {
  const std::string both = "spool: { path: " + path("a.db") + " }\ndeliver: { local: { path: ";
  const std::string mistake =
      "pannier.yaml:1:16: spool.path: is the local store's file, too (deliver.local.path); write another";
  EXPECT_THAT(mistakes(both + path("a.db") + " } }"), ElementsAre(mistake));
  EXPECT_THAT(mistakes(both + path("./b/../a.db") + " } }"), ElementsAre(mistake));
  std::filesystem::create_symlink(path("a.db"), path("link.db"));
  EXPECT_THAT(mistakes(both + path("link.db") + " } }"), ElementsAre(mistake));
  write("a.db", "");
  EXPECT_THAT(mistakes(both + path("link.db") + " } }"), ElementsAre(mistake));
  std::filesystem::create_hard_link(path("a.db"), path("hard.db"));
  EXPECT_THAT(mistakes(both + path("hard.db") + " } }"), ElementsAre(mistake));
  EXPECT_THAT(mistakes(both + path("other.db") + " } }"), IsEmpty());
}

TEST_F(SpoolSettingsTest, TheLocalStoreIsToldWhereOnlyItsPathIsGiven) {
  EXPECT_THAT(
      mistakes("deliver: { local: { path: /var/lib/pannier/spool.db } }"),
      ElementsAre("pannier.yaml:1:27: deliver.local.path: is the spool's file, too (spool.path); write "
                  "another"));
  EXPECT_THAT(mistakes("spool: { mode: off }\ndeliver: { local: { path: /var/lib/pannier/spool.db } }"),
              IsEmpty());
}

TEST_F(SpoolSettingsTest, AFolderThatCannotBeWrittenIsNoMistakeButSaid) {
  write("file", "");
  const queue::SpoolOptions below_a_file =
      loaded("spool: { path: " + path("file/spool.db") + " }").settings.spool;
  EXPECT_EQ(
      without_folder(spool_trouble(below_a_file)),
      "spool.path: cannot write below file, which is no folder: the daemon would run, but keep records in "
      "memory only; let its user write there, or write another path");
  EXPECT_THAT(spool_trouble({.path = path("")}), HasSubstr("is a folder"));
}

// Root may write anywhere, so the test gives that up for a moment.
class AsNobody {
 public:
  AsNobody() {
    if (was_ == 0) is_so_ = ::seteuid(65534) == 0;
  }
  ~AsNobody() {
    if (was_ == 0) is_so_ = ::seteuid(0) == 0;
  }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;
  [[nodiscard]] bool is_so() const { return is_so_; }

 private:
  uid_t was_ = ::geteuid();
  bool is_so_ = true;
};

TEST_F(SpoolSettingsTest, AFolderOfOthersIsNamedWithWhoMayNotWriteThere) {
  const std::string inside = write("shut/inside", "");
  ::chmod(path("").c_str(), 0755);
  ::chmod(path("shut").c_str(), 0555);
  std::string made, there;
  {
    const AsNobody nobody;
    ASSERT_TRUE(nobody.is_so());
    made = spool_trouble({.path = path("shut/deeper/spool.db")});
    there = spool_trouble({.path = inside});
  }
  ::chmod(path("shut").c_str(), 0755);
  EXPECT_THAT(without_folder(made), testing::ContainsRegex("^spool.path: cannot write shut as uid [0-9]+ "
                                                           "\\(Permission denied\\): the daemon would run"));
  EXPECT_THAT(there,
              HasSubstr("/shut as uid "));  // a file alone is not enough: SQLite keeps others beside it
}

TEST_F(SpoolSettingsTest, NothingIsSaidOfAFolderThatCanBeWrittenOrMade) {
  EXPECT_EQ(spool_trouble({.path = path("spool.db")}), "");
  EXPECT_EQ(spool_trouble({.path = path("new/and/deeper/spool.db")}), "");
  write("spool.db", "");
  EXPECT_EQ(spool_trouble({.path = path("spool.db")}), "");
  EXPECT_EQ(spool_trouble({.mode = queue::SpoolMode::off, .path = "/proc/pannier/spool.db"}), "");
}

}  // namespace
}  // namespace pannier::config
