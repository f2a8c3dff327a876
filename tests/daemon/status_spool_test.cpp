#include "daemon/commands/status_spool.h"

#include <gmock/gmock.h>

#include "daemon/commands/status_text.h"

namespace pannier::daemon::commands {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string shown(const std::string& members) {
  const auto text = status_text(R"({"version":"1","balanced":true,)" + members + "}",
                                {.now = SystemTime(), .moment = [](SystemTime) { return "14:02"; }});
  EXPECT_TRUE(text) << members;
  return text ? *text : std::string();
}

std::string spool(const std::string& members) {
  return R"("spool":{"mode":"overflow","state":"ok","used":125829120,"limit":1073741824)" + members + "}";
}

TEST(StatusSpoolTest, SaysHowFullHowOldAndForHowLongYet) {
  EXPECT_THAT(
      shown(spool(R"(,"oldest_s":7800.5,"full_in_s":190000.0)")),
      HasSubstr("\nspool: 120 of 1024 MiB, oldest record 2h 10min old, full in about 2 days at this rate\n"));
  EXPECT_THAT(shown(spool(R"(,"oldest_s":null,"full_in_s":null)")), HasSubstr("\nspool: 120 of 1024 MiB\n"));
}

TEST(StatusSpoolTest, RoundsTheTimeDownToOneNumber) {
  const std::pair<const char*, const char*> cases[] = {
      {"0", "full in less than a minute at"},  {"60", "full in about 1 minute at"},
      {"7199.0", "full in about 119 minutes"}, {"7200", "full in about 2 hours"},
      {"172799", "full in about 47 hours"},    {"172800", "full in about 2 days"},
      {"1e300", "full in about 1000000 days"}, {"-5", "full in less than a minute"}};
  for (const auto& [seconds, words] : cases)
    EXPECT_THAT(shown(spool(std::string(R"(,"full_in_s":)") + seconds)), HasSubstr(words)) << seconds;
}

TEST(StatusSpoolTest, SaysLoudlyWhatIsWrong) {
  EXPECT_THAT(
      shown(R"("spool":{"mode":"always","state":"no space left \u001b[2J","used":0,"limit":1048576})"),
      HasSubstr("\nspool: NOT OK, no space left \\x1b[2J; 0 of 1 MiB\n"));
}

TEST(StatusSpoolTest, SaysNothingOfWhatIsOffOrUnheardOf) {
  EXPECT_THAT(
      shown(R"("spool":{"mode":"off","state":"ok","used":0,"limit":0},"lost_in_crash":0,"undurable":0)"),
      Not(HasSubstr("spool")));
  EXPECT_THAT(shown(R"("spool":7,"totals":null)"), Not(HasSubstr("spool")));
}

TEST(StatusSpoolTest, SaysForABlockedLaneHowLongTheDiskLasts) {
  const std::string lane = R"(,"lanes":{"malti/a":{"state":"blocked","why":"no key","dropped":{}}})";
  EXPECT_THAT(shown(spool(R"(,"full_in_s":172800)") + lane),
              HasSubstr("why  no key; nothing lost, disk lasts about 2 days\n"));
  EXPECT_THAT(shown(spool("") + lane), HasSubstr("why  no key; nothing lost\n"));
}

TEST(StatusSpoolTest, SaysWhatTheLastCrashCost) {
  EXPECT_THAT(shown(R"("lost_in_crash":12)"), HasSubstr("\nlost in the last crash: 12 records (at most)\n"));
  EXPECT_THAT(shown(R"("lost_in_crash":1)"), HasSubstr("\nlost in the last crash: 1 record (at most)\n"));
  EXPECT_THAT(shown(R"("lost_in_crash":null)"),
              HasSubstr("\nlost in the last crash: unknown after a power cut\n"));
  EXPECT_THAT(shown(R"("lost_in_crash":0)"), Not(HasSubstr("crash")));
}

TEST(StatusSpoolTest, SaysWhatWasCarriedInSoThatTheColumnsAddUp) {
  EXPECT_THAT(shown(R"("lanes":{"malti/a":{"state":"healthy","carried_in":50},"malti/b":{"carried_in":0}})"),
              HasSubstr("\ncarried in from earlier runs: malti/a 50\n"));
}

TEST(StatusSpoolTest, SaysWhatWasTakenWhileNothingCouldBeCommitted) {
  EXPECT_THAT(shown(R"("undurable":2)"), HasSubstr("\ntaken while the spool could not commit: 2 records\n"));
}

TEST(StatusSpoolTest, ShowsTheTotalsOfLanesThatAreOlderThanThisRun) {
  const std::string text = shown(
      R"("lanes":{"malti/a":{"state":"healthy","accepted":3},"malti/new":{"state":"healthy","accepted":4}},
         "totals":{"lanes":{
           "malti/a":{"accepted":30,"delivered":20,"dead":1,"dropped":{"full":2},"held":{"memory":3},"lost_in_crash":4},
           "malti/new":{"accepted":4,"delivered":4,"dead":0,"dropped":{},"held":{},"lost_in_crash":0},
           "malti/gone":{"accepted":5,"delivered":5,"dead":0,"dropped":{},"held":{},"lost_in_crash":0}}})");
  EXPECT_THAT(
      text,
      HasSubstr("since the spool was made:\n"
                "    malti/a: 30 accepted = 20 delivered + 1 dead + 2 dropped + 3 held + 4 lost in crashes\n"
                "    malti/gone: 5 accepted = 5 delivered + 0 dead + 0 dropped + 0 held\n"));
  EXPECT_THAT(text, Not(HasSubstr("malti/new: ")));
}

}  // namespace
}  // namespace pannier::daemon::commands
