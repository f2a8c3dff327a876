#include <gtest/gtest.h>
#include <sys/resource.h>

#include <thread>

#include "base/sqlite.h"
#include "deliver/local/encode.h"
#include "deliver/local/store.h"
#include "deliver/local/transport.h"
#include "tests/deliver/batches.h"
#include "tests/deliver/transports.h"
#include "tests/doubles/temporary_folder.h"
#include "tests/doubles/wait.h"

namespace pannier::deliver::local {
namespace {

using namespace std::chrono_literals;

std::string fragment(std::string_view endpoint = "/users/{id}") {
  record::Record record;
  record.service = "orders";
  record.method = "GET";
  record.endpoint = endpoint;
  record.consumer = "web";
  record.status = 200;
  record.created_at = system_now();
  Bytes out;
  encode(record, out);
  return std::string(out.view());
}

Batch batch_of(std::size_t records, std::string_view endpoint = "/users/{id}") {
  return make_batch({std::vector<std::string>(records, fragment(endpoint))});
}

// While it lives, no file of the process grows beyond so many bytes: a full disk for whoever writes.
class FileLimit {
 public:
  explicit FileLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }
  FileLimit(const FileLimit&) = delete;
  FileLimit& operator=(const FileLimit&) = delete;

 private:
  rlimit before_{};
};

class LocalTransportTest : public ::testing::Test {
 protected:
  std::int64_t count(const std::string& path) {
    auto reader = sqlite::Database::open(path, sqlite::Database::Access::read_only);
    if (!reader) return -1;
    const auto number = reader->number("SELECT count(*) FROM records");
    return number ? *number : -1;
  }
  std::int64_t count() { return count(options_.path); }

  Loop loop_;
  doubles::TemporaryFolder folder_;
  Options options_{.enabled = true, .path = folder_ / "records.db"};
};

TEST_F(LocalTransportTest, StoresEveryRecordOfABatch) {
  LocalTransport transport(loop_.io(), options_);
  const Batch batch = make_batch({{fragment(), fragment("/a")}, {fragment("/b")}});
  const Judgement answer = loop_.send(transport, batch);
  EXPECT_EQ(answer.verdict, Verdict::delivered) << answer.why;
  EXPECT_EQ(count(), 3);
}

TEST_F(LocalTransportTest, TakesOnlyTheBatchsPartOfASegment) {
  LocalTransport transport(loop_.io(), options_);
  Batch batch = make_batch({{fragment("/a"), fragment("/b"), fragment("/c")}});
  batch.slices[0].first = 1;
  batch.slices[0].last = 2;
  batch.records = 1;
  EXPECT_EQ(loop_.send(transport, batch).verdict, Verdict::delivered);
  EXPECT_EQ(sqlite::Database::open(options_.path)->number("SELECT endpoint = '/b' FROM records").value(), 1);
}

TEST_F(LocalTransportTest, MakesTheFileBeforeTheFirstRecord) {
  const LocalTransport transport(loop_.io(), options_);
  EXPECT_TRUE(doubles::wait_until([&] { return count() == 0; }, 10s));
}

TEST_F(LocalTransportTest, HasNoKeyToRead) {
  LocalTransport transport(loop_.io(), options_);
  EXPECT_FALSE(loop_.read_key(transport));
}

TEST_F(LocalTransportTest, NamesDamagedFragmentsAndStoresNothingOfTheBatch) {
  LocalTransport transport(loop_.io(), options_);
  const Judgement answer =
      loop_.send(transport, make_batch({{fragment(), "damaged"}, {fragment(), fragment().substr(1)}}));
  EXPECT_EQ(answer.verdict, Verdict::isolate);
  EXPECT_EQ(answer.indexes, (std::vector<std::uint32_t>{1, 3}));
  EXPECT_EQ(count(), 0);
}

TEST_F(LocalTransportTest, BacksOffOnAFullDiskAndComesBackByItself) {
  LocalTransport transport(loop_.io(), options_);
  std::int64_t delivered = 0;
  std::int64_t refused = 0;
  {
    const FileLimit limit(512 * 1024);
    // Several: opening the file again empties its log, so that a little more fits in.
    for (int i = 0; i < 1000 && refused < 5; ++i) {
      const Judgement answer = loop_.send(transport, batch_of(500));
      ++(answer.verdict == Verdict::delivered ? delivered : refused);
      if (answer.verdict == Verdict::delivered) continue;
      EXPECT_EQ(answer.verdict, Verdict::back_off);
      EXPECT_TRUE(answer.why.starts_with("disk (")) << answer.why;
      EXPECT_FALSE(answer.outcome_unknown);
    }
  }
  EXPECT_EQ(refused, 5);
  EXPECT_GT(delivered, 0);
  const Judgement answer = loop_.send(transport, batch_of(500));
  EXPECT_EQ(answer.verdict, Verdict::delivered) << answer.why;
  EXPECT_EQ(count(), (delivered + 1) * 500);
}

TEST_F(LocalTransportTest, MakesTheFileAgainWhenItWasRemoved) {
  LocalTransport transport(loop_.io(), options_);
  ASSERT_EQ(loop_.send(transport, batch_of(5)).verdict, Verdict::delivered);
  for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(options_.path + end);
  const Judgement answer = loop_.send(transport, batch_of(7));
  EXPECT_EQ(answer.verdict, Verdict::delivered) << answer.why;
  EXPECT_EQ(count(), 7);
}

TEST_F(LocalTransportTest, GoesOnInANewFileWhenTheFolderItselfWasRemoved) {
  options_.path = folder_ / "state/records.db";
  LocalTransport transport(loop_.io(), options_);
  ASSERT_EQ(loop_.send(transport, batch_of(5)).verdict, Verdict::delivered);
  std::filesystem::remove_all(folder_ / "state");
  EXPECT_EQ(loop_.send(transport, batch_of(7)).verdict, Verdict::delivered);
  EXPECT_EQ(count(), 7);
}

TEST_F(LocalTransportTest, BacksOffFromADamagedFileUntilItIsMovedAway) {
  doubles::write_file(options_.path, std::string(10'000, 'x'));
  LocalTransport transport(loop_.io(), options_);
  const Judgement answer = loop_.send(transport, batch_of(5));
  EXPECT_EQ(answer.verdict, Verdict::back_off);
  EXPECT_TRUE(answer.why.starts_with("disk (" + options_.path)) << answer.why;
  EXPECT_NE(answer.why.find("mv "), std::string::npos) << answer.why;
  std::filesystem::rename(options_.path, options_.path + ".damaged");
  EXPECT_EQ(loop_.send(transport, batch_of(5)).verdict, Verdict::delivered);
  EXPECT_EQ(count(), 5);
}

TEST_F(LocalTransportTest, BacksOffWhileAnotherProgramHoldsTheFile) {
  LocalTransport transport(loop_.io(), options_);
  ASSERT_EQ(loop_.send(transport, batch_of(5)).verdict, Verdict::delivered);
  auto other = sqlite::Database::open(options_.path);
  {
    const auto held = sqlite::Transaction::begin(*other);
    const Judgement answer = loop_.send(transport, batch_of(5));
    EXPECT_EQ(answer.verdict, Verdict::back_off);
    EXPECT_NE(answer.why.find("locked"), std::string::npos) << answer.why;
  }
  EXPECT_EQ(loop_.send(transport, batch_of(5)).verdict, Verdict::delivered);
  EXPECT_EQ(count(), 10);
}

TEST_F(LocalTransportTest, OthersReadWhileItWrites) {
  LocalTransport transport(loop_.io(), options_);
  ASSERT_EQ(loop_.send(transport, batch_of(500)).verdict, Verdict::delivered);
  std::atomic<bool> ends = false;
  std::atomic<int> torn = 0;
  std::thread reader([&] {
    while (!ends)
      if (const auto seen = count(); seen < 0 || seen % 500 != 0) ++torn;
  });
  for (int i = 0; i < 50; ++i) EXPECT_EQ(loop_.send(transport, batch_of(500)).verdict, Verdict::delivered);
  ends = true;
  reader.join();
  EXPECT_EQ(torn, 0);
  EXPECT_EQ(count(), 51 * 500);
}

TEST_F(LocalTransportTest, ForgetsWhatIsTooOldWithoutANewRecord) {
  const std::string old = fragment();
  const std::vector<Row> rows(1000, *decode(old));
  ASSERT_TRUE(Store::open(options_)->insert(rows, system_now() - 2h));
  ASSERT_EQ(count(), 1000);
  options_.keep = 3600s;
  const LocalTransport transport(loop_.io(), options_);
  EXPECT_TRUE(doubles::wait_until([&] { return count() == 0; }, 10s));
}

TEST_F(LocalTransportTest, AnswersAllWhenItStopsAndStopsInTime) {
  LocalTransport transport(loop_.io(), options_);
  ASSERT_EQ(loop_.send(transport, batch_of(5)).verdict, Verdict::delivered);
  auto other = sqlite::Database::open(options_.path);
  const auto held = sqlite::Transaction::begin(*other);
  std::vector<Judgement> answers;
  for (int i = 0; i < 3; ++i)
    transport.send(batch_of(5), [&](Judgement judgement) { answers.push_back(std::move(judgement)); });
  const SteadyTime before = steady_now();
  transport.stop();
  EXPECT_LT(steady_now() - before, LocalTransport::stop_limit);
  loop_.drain();
  ASSERT_EQ(answers.size(), 3U);
  for (const Judgement& answer : answers) EXPECT_EQ(answer.verdict, Verdict::back_off) << answer.why;
  EXPECT_EQ(loop_.send(transport, batch_of(5)).verdict, Verdict::back_off);
}

TEST_F(LocalTransportTest, CallsNobodyOnceItIsGone) {
  bool called = false;
  {
    LocalTransport transport(loop_.io(), options_);
    for (int i = 0; i < 5; ++i) transport.send(batch_of(100), [&](const Judgement&) { called = true; });
  }
  loop_.drain();
  EXPECT_FALSE(called);
}

TEST_F(LocalTransportTest, TakesNoMoreBatchesThanItsQueueHolds) {
  LocalTransport transport(loop_.io(), options_);
  ASSERT_EQ(loop_.send(transport, batch_of(5)).verdict, Verdict::delivered);
  auto other = sqlite::Database::open(options_.path);
  const auto held = sqlite::Transaction::begin(*other);
  std::size_t refused = 0;
  for (std::size_t i = 0; i < LocalTransport::most_waiting + 5; ++i)
    transport.send(batch_of(1), [&](const Judgement& answer) {
      refused += answer.why.find("too many") != std::string::npos;
    });
  EXPECT_TRUE(loop_.run_until([&] { return refused >= 4; }));
}

}  // namespace
}  // namespace pannier::deliver::local
