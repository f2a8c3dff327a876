// What the files of tier B lose and keep, and what the spool's store makes of it.
#include <gtest/gtest.h>

#include <array>
#include <stdexcept>
#include <string>

#include "queue/sqlite_store.h"
#include "simulation/folder.h"
#include "simulation/memory_file.h"
#include "simulation/vfs.h"
#include "tests/doubles/temporary_folder.h"

namespace pannier::simulation {
namespace {

TEST(MemoryFileTest, KeepsOverAPowerCutWhatWasSyncedAndSectorsOfTheRest) {
  constexpr std::size_t size = 64 * 1024, sector = 512;
  std::size_t kept = 0, lost = 0;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    MemoryFile file;
    file.write(0, std::string(size, 'a'));
    file.sync();
    file.write(0, std::string(size, 'b'));
    Random random(seed);
    file.power_cut(random);
    ASSERT_EQ(file.size(), size);
    for (std::size_t at = 0; at < size; at += sector) {
      const std::string_view bytes = file.read(at, sector);
      ASSERT_EQ(bytes.find_first_not_of(bytes[0]), std::string_view::npos);
      ++(bytes[0] == 'a' ? lost : kept);
    }
  }
  EXPECT_GT(kept, 0U);
  EXPECT_GT(lost, 0U);
}

class SpoolOnFilesTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    static const bool once = [] {
      use_memory_files();
      return true;
    }();
    ASSERT_TRUE(once);
  }

  queue::SqliteStore& open(queue::Survives survives) {
    files_.start_process();
    queue::SpoolOptions options;
    options.path = real_ / "spool.db";
    options.survives = survives;
    auto opened = queue::SqliteStore::open(options);
    if (!opened) throw std::runtime_error(opened.error().message);
    store_ = std::move(*opened);
    return *store_;
  }
  void kill() {
    files_.kill();
    store_.reset();
  }
  queue::Transaction put_of(queue::RowId row) {
    static constexpr std::array<std::uint32_t, 1> ends{6};
    queue::Transaction transaction;
    transaction.puts.push_back({row, "malti/orders", {pool_->make_filled("record", ends), 0, 1, {}, {}}});
    return transaction;
  }

  doubles::TemporaryFolder real_;
  Folder files_{real_.path().string()};
  std::shared_ptr<queue::SegmentPool> pool_ = std::make_shared<queue::SegmentPool>();
  std::unique_ptr<queue::SqliteStore> store_;
};

TEST_F(SpoolOnFilesTest, ACommitWhoseSyncFailedIsNotThereAfterAKill) {
  queue::SqliteStore& store = open(queue::Survives::power);
  ASSERT_TRUE(store.begin_run(1, "boot", {}));
  ASSERT_TRUE(store.apply(put_of(1)));
  files_.on_call([](FileCall call) {
    return call == FileCall::sync ? std::optional(FileFault::sync_failed) : std::nullopt;
  });
  EXPECT_FALSE(store.apply(put_of(2)));
  files_.on_call({});
  kill();

  const auto begun = open(queue::Survives::power).begin_run(2, "boot", {});
  ASSERT_TRUE(begun);
  ASSERT_EQ(begun->lanes.size(), 1U);
  EXPECT_EQ(begun->lanes[0].records, 1U);
}

// What another process wrote over it once is there already, and would not be written again.
TEST_F(SpoolOnFilesTest, ThatHoldsForEveryProcess) {
  for (std::uint64_t run = 1; run <= 4; ++run) {
    queue::SqliteStore& store = open(queue::Survives::power);
    const auto begun = store.begin_run(run, "boot", {});
    ASSERT_TRUE(begun);
    EXPECT_TRUE(begun->lanes.empty()) << "in run " << run;
    files_.on_call([](FileCall call) {
      return call == FileCall::sync ? std::optional(FileFault::sync_failed) : std::nullopt;
    });
    EXPECT_FALSE(store.apply(put_of(begun->last_row + 1)));
    files_.on_call({});
    kill();
  }
}

// Nothing could be written over the commit that failed; then the disk is well, and a trial says so.
TEST_F(SpoolOnFilesTest, WhereATrialPassedNoFailedCommitIsThereAfterAKill) {
  queue::SqliteStore& store = open(queue::Survives::power);
  ASSERT_TRUE(store.begin_run(1, "boot", {}));
  ASSERT_TRUE(store.apply(put_of(1)));
  bool fails = false;
  files_.on_call([&fails](FileCall call) -> std::optional<FileFault> {
    if (call == FileCall::sync) fails = true;
    if (!fails) return std::nullopt;
    return call == FileCall::sync ? FileFault::sync_failed : FileFault::write_failed;
  });
  EXPECT_FALSE(store.apply(put_of(2)));
  files_.on_call({});
  queue::Transaction trial;
  trial.is_trial = true;
  ASSERT_TRUE(store.apply(trial));
  kill();

  const auto begun = open(queue::Survives::power).begin_run(2, "boot", {});
  ASSERT_TRUE(begun);
  ASSERT_EQ(begun->lanes.size(), 1U);
  EXPECT_EQ(begun->lanes[0].records, 1U);
}

TEST_F(SpoolOnFilesTest, ThatARunWasBegunOutlivesAPowerCut) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto begun = open(queue::Survives::kill).begin_run(seed, "boot " + std::to_string(seed), {});
    ASSERT_TRUE(begun);
    EXPECT_EQ(begun->unknown_ends, seed - 1);
    ASSERT_TRUE(store_->apply(put_of(begun->last_row + 1)));
    kill();
    Random random(seed);
    files_.power_cut(random);
  }
}

}  // namespace
}  // namespace pannier::simulation
