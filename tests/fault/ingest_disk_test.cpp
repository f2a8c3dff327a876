// A disk that can't be written while records come over HTTP in mode always: nothing is taken without a word.
#include <gmock/gmock.h>

#include "tests/end_to_end/ingest_setup.h"

namespace pannier::fault {
namespace {

using namespace end_to_end;
using testing::HasSubstr;

DaemonOptions on_a_disk_that_fails(const ScriptedBackend& backend) {
  return ingest_options(backend, {}, {},
                        {{"PANNIER__SPOOL__MODE", "always"},
                         {"LD_PRELOAD", PANNIER_PRELOADED_DISK},
                         {"FAILING_DISK", "@folder@/trouble"}});
}

class IngestDiskTest : public testing::Test {
 protected:
  // See preloaded_disk.cpp.
  void fail(const std::string& how) const {
    write_file(daemon_.folder() / "trouble.new", how);
    std::filesystem::rename(daemon_.folder() / "trouble.new", daemon_.folder() / "trouble");
  }
  ScriptedBackend backend_{two_services()};
  DaemonProcess daemon_{on_a_disk_that_fails(backend_)};
};

TEST_F(IngestDiskTest, RequestsAreSentAwayUntilTheDiskWorksAgainAndWhatWasTakenIsDoubted) {
  ASSERT_TRUE(daemon_.start());
  EXPECT_EQ(ingest(daemon_, sdk_body(0, 10)).status, 200);
  fail("5 ws");
  const HttpReply caught = ingest(daemon_, sdk_body(10, 10));
  EXPECT_EQ(caught.status, 503);
  EXPECT_THAT(caught.head, HasSubstr("Retry-After: "));
  const HttpReply sent_away = ingest(daemon_, sdk_body(20, 10));
  EXPECT_EQ(sent_away.status, 503);
  JsonDocument status = daemon_.status_json();
  EXPECT_EQ(status.number(std::string(http_door) + "/accepted"), 20U) << "the third was sent away unread";
  EXPECT_EQ(status.number(std::string(orders) + "/maybe_twice"), 10U) << "the second may come again";
  std::filesystem::remove(daemon_.folder() / "trouble");
  ASSERT_TRUE(wait_until([&] { return ingest(daemon_, sdk_body(20, 10)).status == 200; }, patience));
  ASSERT_TRUE(backend_.wait_for_records(30, patience));
  EXPECT_EQ(backend_.contexts(), marks(0, 30)) << "what was taken was sent all the same";
  settled(daemon_);
}

}  // namespace
}  // namespace pannier::fault
