// A spool's file that is damaged, at start or while the daemon runs: what can be read goes on, the rest is
// counted, and the damaged file stays for who wants to look at it.
#include <fcntl.h>
#include <unistd.h>

#include "tests/fault/load.h"

namespace pannier::fault {
namespace {

constexpr std::uint64_t page = 8192;

class DamageTest : public testing::TestWithParam<const char*> {
 protected:
  void store(std::uint64_t records) {
    ASSERT_TRUE(daemon_.start());
    backend_.stop();
    for (std::uint64_t first = sent_; sent_ < first + records; sent_ += 500) send_lines(daemon_, sent_, 500);
  }
  [[nodiscard]] std::string path() const { return daemon_.spool_path(); }
  // Every so-many-th page from there on is something else now.
  void overwrite(std::uint64_t from_page, std::uint64_t each, char with) const {
    const int file = ::open(path().c_str(), O_WRONLY | O_CLOEXEC);
    ASSERT_GE(file, 0);
    const std::string bytes(page, with);
    const std::uint64_t size = std::filesystem::file_size(path());
    for (std::uint64_t at = from_page * page; at + page <= size; at += each * page)
      EXPECT_EQ(::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(at)),
                static_cast<ssize_t>(bytes.size()));
    ::close(file);
  }
  [[nodiscard]] std::string set_aside() const {
    for (const auto& entry : std::filesystem::directory_iterator(daemon_.folder())) {
      const std::string name = entry.path().filename();
      if (name.starts_with("spool.db.damaged-2") && name.ends_with("Z")) return entry.path();
    }
    return "";
  }
  [[nodiscard]] std::uint64_t total(const std::string& what) const {
    const JsonDocument status = daemon_.status_json();
    const std::string pointer = std::string(orders_totals) + "/" + what;
    return status.number(pointer) + status.sum(pointer);
  }
  void expect_ok_again() {
    EXPECT_TRUE(
        wait_until([&] { return daemon_.status_json().string("/spool/state") == "ok"; }, Deadline(30s)))
        << daemon_.status_json().text() << daemon_.log();
    EXPECT_FALSE(set_aside().empty()) << daemon_.log();
    expect_logged(daemon_, "the damaged file is now");
  }
  // All that was accepted was delivered or counted, in this run and in the spool.
  void expect_all_accounted(std::uint64_t at_least) {
    backend_.start_again();
    settled(daemon_);
    expect_ok_again();
    const std::uint64_t dropped = total("dropped");
    const std::uint64_t arrived = backend_.contexts().size();
    EXPECT_EQ(arrived + dropped, sent_) << daemon_.status_json().text() << daemon_.log();
    EXPECT_GE(arrived, at_least);
    expect_duplicates_are_known(backend_, daemon_);
    expect_balanced(daemon_);
    send_lines(daemon_, sent_, 100);
    settled(daemon_);
    daemon_.kill9();
    ASSERT_TRUE(daemon_.start());
    expect_balanced(daemon_);
    EXPECT_EQ(total("dropped"), dropped);
    EXPECT_EQ(total("accepted"), sent_ + 100);
    EXPECT_EQ(daemon_.status_json().number("/lost_in_crash"), 0U);
  }

  std::uint64_t sent_ = 0;
  ScriptedBackend backend_;
  DaemonProcess daemon_{spool_options(backend_, GetParam(), {{"PANNIER__MEMORY", "24MiB"}})};
};

TEST_P(DamageTest, OverwrittenPagesLoseTheirRowsOnly) {
  store(10'000);
  ASSERT_EQ(daemon_.terminate(), 0);
  overwrite(20, 40, '\x5a');
  ASSERT_TRUE(daemon_.start());
  expect_all_accounted(5000);
  EXPECT_GT(total("dropped"), 0U);
}

TEST_P(DamageTest, ATruncatedFileLosesWhatWasCutOff) {
  store(10'000);
  ASSERT_EQ(daemon_.terminate(), 0);
  std::filesystem::resize_file(path(), std::filesystem::file_size(path()) * 3 / 4 / page * page);
  ASSERT_TRUE(daemon_.start());
  expect_all_accounted(1000);
  EXPECT_GT(total("dropped"), 0U);
}

TEST_P(DamageTest, GarbageIsSetAsideAndANewFileIsMade) {
  const std::string rubbish(100'000, 'x');
  write_file(path(), rubbish);
  ASSERT_TRUE(daemon_.start());
  expect_ok_again();
  EXPECT_EQ(read_file(set_aside()), rubbish);
  EXPECT_EQ(daemon_.status_json().number("/spool/unknown_ends"), 1U) << "nobody knows what it held";
  send_lines(daemon_, 0, 100);
  settled(daemon_);
}

TEST_P(DamageTest, AnEmptyFileIsANewOne) {
  write_file(path(), "");
  ASSERT_TRUE(daemon_.start());
  EXPECT_EQ(daemon_.status_json().string("/spool/state"), "ok");
  EXPECT_EQ(set_aside(), "");
  send_lines(daemon_, 0, 100);
  settled(daemon_);
}

TEST_P(DamageTest, ADirectoryInItsPlaceIsNamedAndLeftAlone) {
  std::filesystem::create_directory(path());
  write_file(std::filesystem::path(path()) / "kept", "precious");
  ASSERT_TRUE(daemon_.start());
  const std::string state = daemon_.status_json().string("/spool/state");
  EXPECT_NE(state.find(path()), std::string::npos) << state;
  send_lines(daemon_, 0, 100);
  settled(daemon_);
  EXPECT_EQ(read_file(std::filesystem::path(path()) / "kept"), "precious");
  std::filesystem::remove_all(path());
  EXPECT_TRUE(wait_until([&] { return daemon_.status_json().string("/spool/state") == "ok"; }, Deadline(30s)))
      << daemon_.log();
  settled(daemon_);
}

TEST_P(DamageTest, WhileItRunsItGoesOnWithWhatCanBeRead) {
  store(60'000);
  // What is still to be written could make the pages well again.
  const std::uint64_t in_memory = GetParam() == std::string_view("always") ? 0 : 30'000;
  ASSERT_TRUE(wait_until(
      [&] {
        const JsonDocument status = daemon_.status_json();
        return status.number(std::string(orders) + "/accepted") == 60'000 &&
               status.number(std::string(orders) + "/held/memory") <= in_memory;
      },
      patience))
      << daemon_.status_json().text();
  overwrite(20, 40, '\x5a');
  expect_all_accounted(5000);
  EXPECT_GT(total("dropped"), 0U);
}

// Dead letters in a file that is damaged.
class DamagedLettersTest : public DamageTest {
 protected:
  static constexpr std::uint64_t count = 2000;
  void SetUp() override {
    ASSERT_TRUE(daemon_.start());
    for (std::uint64_t id = 0; id != count; ++id) backend_.poison(mark(id), Poison::unprocessable);
    send_records(daemon_, 0, count);
    wait_for_number(daemon_, "/dead_letters/stored", count);
    settled(daemon_);
  }
  void cure() {
    for (std::uint64_t id = 0; id != count; ++id) backend_.cure(mark(id));
  }
  [[nodiscard]] int replay() const {
    const std::vector<std::string> command{"dead-letters", "replay",    "--lane",
                                           "malti/orders", "--control", daemon_.control_path()};
    return daemon_.command(command).exit_code;
  }
  void expect_the_others_arrive() {
    expect_ok_again();
    EXPECT_EQ(replay(), 0);
    const JsonDocument status = settled(daemon_);
    EXPECT_EQ(status.number("/dead_letters/stored"), 0U) << status.text();
    const std::uint64_t lost = status.number("/totals/dead_letters/purged/corrupt");
    EXPECT_GT(lost, 0U) << status.text();
    EXPECT_GT(backend_.stored_records(), count / 2);
    EXPECT_EQ(backend_.stored_records() + lost, count) << status.text();
    expect_balanced(daemon_);
  }
};

TEST_P(DamagedLettersTest, ThoseThatCannotBeReadAreTakenOffTheBooks) {
  ASSERT_EQ(daemon_.terminate(), 0);
  overwrite(20, 10, '\x5a');
  cure();
  ASSERT_TRUE(daemon_.start());
  expect_the_others_arrive();
  daemon_.kill9();
  ASSERT_TRUE(daemon_.start());
  EXPECT_EQ(settled(daemon_).number("/lost_in_crash"), 0U);
  expect_balanced(daemon_);
}

TEST_P(DamagedLettersTest, ThoseThatWereCutOffAreCounted) {
  ASSERT_EQ(daemon_.terminate(), 0);
  std::filesystem::resize_file(path(), std::filesystem::file_size(path()) * 3 / 4 / page * page);
  cure();
  ASSERT_TRUE(daemon_.start());
  expect_the_others_arrive();
}

INSTANTIATE_TEST_SUITE_P(EveryMode, DamagedLettersTest, testing::Values("overflow", "always"),
                         [](const auto& info) { return std::string(info.param); });
INSTANTIATE_TEST_SUITE_P(EveryMode, DamageTest, testing::Values("overflow", "always"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace pannier::fault
