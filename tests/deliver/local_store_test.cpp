#include <gtest/gtest.h>
#include <sys/stat.h>

#include <thread>

#include "deliver/local/store.h"
#include "tests/doubles/temporary_folder.h"

namespace pannier::deliver::local {
namespace {

using namespace std::chrono_literals;
using doubles::TemporaryFolder;

constexpr SystemTime noon = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1) + 12h;

std::string text_of(SystemTime time) {
  const auto text = utc_text(time);
  return {text.data(), text.size()};
}

Row row_number(int number) {
  static constexpr std::string_view endpoints[] = {"/users/{id}", "/orders", "/orders/{id}", "/health"};
  return {.service = "orders",
          .node = "web-7",
          .method = "GET",
          .endpoint = endpoints[static_cast<std::size_t>(number) % 4],
          .consumer = "somebody-with-a-usual-name",
          .context = {},
          .created_at = noon,
          .response_us = number % 1000 * 1000,
          .status = static_cast<std::int16_t>(number % 10 == 0 ? 500 : 200)};
}

std::vector<Row> rows_of(int count, int first = 0) {
  std::vector<Row> rows;
  for (int i = 0; i < count; ++i) rows.push_back(row_number(first + i));
  return rows;
}

class LocalStoreTest : public ::testing::Test {
 protected:
  Store open() {
    auto store = Store::open(options_);
    EXPECT_TRUE(store) << store.error().message;
    return std::move(*store);
  }
  // As any other program would read it.
  std::int64_t number(const char* sql) {
    auto reader = sqlite::Database::open(options_.path, sqlite::Database::Access::read_only);
    EXPECT_TRUE(reader) << reader.error().message;
    const auto value = reader->number(sql);
    EXPECT_TRUE(value) << value.error().message;
    return value ? *value : -1;
  }
  std::int64_t count() { return number("SELECT count(*) FROM records"); }
  static void retain_to_the_end(Store& store, SystemTime now) {
    for (int step = 0; step < 100'000; ++step) {
      const auto more = store.retain(now);
      ASSERT_TRUE(more) << more.error().message;
      if (!*more) return;
    }
    FAIL() << "retention does not end";
  }

  TemporaryFolder folder_;
  Options options_{.enabled = true, .path = folder_ / "state/pannier/records.db"};
};

TEST(UtcTextTest, HasMicrosecondsAndAZ) {
  EXPECT_EQ(text_of(noon + 123456us), "2026-01-01T12:00:00.123456Z");
  EXPECT_EQ(text_of(SystemTime()), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(text_of(SystemTime(-1us)), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(text_of(SystemTime::max()), "9999-12-31T23:59:59.999999Z");
  EXPECT_EQ(text_of(SystemTime::min()), "0000-01-01T00:00:00.000000Z");
}

TEST_F(LocalStoreTest, StoresTheColumnsThatTheContractNames) {
  Store store = open();
  Row row = row_number(1);
  row.context = "legacy";
  row.created_at = noon + 123456us;
  row.response_us = 1'500;
  ASSERT_TRUE(store.insert({&row, 1}, noon));
  auto reader = sqlite::Database::open(options_.path, sqlite::Database::Access::read_only);
  auto select = reader->prepare(
      "SELECT service, node, method, endpoint, status, response_time, consumer, context, created_at FROM "
      "records");
  ASSERT_TRUE(select) << select.error().message;
  ASSERT_TRUE(select->step().value());
  EXPECT_EQ(select->text(0), "orders");
  EXPECT_EQ(select->text(1), "web-7");
  EXPECT_EQ(select->text(2), "GET");
  EXPECT_EQ(select->text(3), "/orders");
  EXPECT_EQ(select->integer(4), 200);
  EXPECT_EQ(select->real(5), 1.5);
  EXPECT_EQ(select->text(6), "somebody-with-a-usual-name");
  EXPECT_EQ(select->text(7), "legacy");
  EXPECT_EQ(select->text(8), "2026-01-01T12:00:00.123456Z");
}

TEST_F(LocalStoreTest, WholeMillisecondsAreIntegersAndNoContextIsNull) {
  Store store = open();
  const Row row = row_number(150);
  ASSERT_TRUE(store.insert({&row, 1}, noon));
  EXPECT_EQ(
      number("SELECT count(*) FROM records WHERE typeof(response_time) = 'integer' AND response_time = 150"),
      1);
  EXPECT_EQ(number("SELECT count(*) FROM records WHERE context IS NULL"), 1);
}

TEST_F(LocalStoreTest, MakesFolderAndFileForItsGroupOnly) {
  const Store store = open();
  for (const char* end : {"", "-wal", "-shm"}) {
    struct stat status{};
    ASSERT_EQ(::stat((options_.path + end).c_str(), &status), 0) << end;
    EXPECT_EQ(status.st_mode & 0777U, 0640U) << end;
  }
}

TEST_F(LocalStoreTest, KeepsItsRecordsOverARestart) {
  ASSERT_TRUE(open().insert(rows_of(10), noon));
  Store store = open();
  // The clock went back meanwhile: still no two rows are taken for one.
  ASSERT_TRUE(store.insert(rows_of(10), noon - 1h));
  EXPECT_EQ(count(), 20);
}

TEST_F(LocalStoreTest, ForgetsByArrivalNotByTheRecordsOwnTime) {
  options_.keep = 3600s;
  Store store = open();
  std::vector<Row> rows = rows_of(10);
  for (Row& row : rows) row.created_at = noon - 24h * 30;
  ASSERT_TRUE(store.insert(rows, noon));
  ASSERT_TRUE(store.insert(rows_of(5), noon + 30min));
  retain_to_the_end(store, noon + 59min);
  EXPECT_EQ(count(), 15);
  retain_to_the_end(store, noon + 61min);
  EXPECT_EQ(count(), 5);
  retain_to_the_end(store, noon + 91min);
  EXPECT_EQ(count(), 0);
}

TEST_F(LocalStoreTest, GivesSpaceBackWhenRecordsGo) {
  options_.keep = 3600s;
  Store store = open();
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(store.insert(rows_of(500), noon));
  retain_to_the_end(store, noon);
  const auto full = store.file_bytes();
  EXPECT_GT(full, 2U << 20U);
  retain_to_the_end(store, noon + 2h);
  EXPECT_EQ(count(), 0);
  EXPECT_EQ(number("PRAGMA freelist_count"), 0);
  EXPECT_LT(std::filesystem::file_size(options_.path), 64U << 10U);
}

TEST_F(LocalStoreTest, AllItsFilesStayWithinTheBytesAndTheNewestStay) {
  options_.bytes = 4U << 20U;
  Store store = open();
  std::uint64_t most = 0;
  for (int i = 0; i < 80; ++i) {
    const auto done = store.insert(rows_of(500, i * 500), noon + std::chrono::seconds(i));
    ASSERT_TRUE(done) << done.error().message;
    most = std::max(most, store.file_bytes());
  }
  EXPECT_LE(most, options_.bytes);
  EXPECT_GT(count(), 5'000);
  EXPECT_LT(count(), 30'000);
  const std::int64_t last = (noon + 79s).time_since_epoch().count();
  EXPECT_EQ(number(("SELECT count(*) FROM records WHERE id > " + std::to_string(last)).c_str()), 500);
}

TEST_F(LocalStoreTest, ASmallerLimitIsReachedInSteps) {
  {
    Store store = open();
    for (int i = 0; i < 40; ++i) ASSERT_TRUE(store.insert(rows_of(500), noon));
  }
  options_.bytes = 2U << 20U;
  Store store = open();
  retain_to_the_end(store, noon);
  EXPECT_LE(store.file_bytes(), options_.bytes);
  EXPECT_GT(count(), 0);
  EXPECT_TRUE(store.insert(rows_of(500), noon));
}

TEST_F(LocalStoreTest, OthersReadWhileItWrites) {
  Store store = open();
  ASSERT_TRUE(store.insert(rows_of(500), noon));
  auto reader = sqlite::Database::open(options_.path, sqlite::Database::Access::read_only);
  ASSERT_TRUE(reader->run("BEGIN"));
  ASSERT_EQ(reader->number("SELECT count(*) FROM records").value(), 500);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(store.insert(rows_of(500), noon));
  EXPECT_EQ(reader->number("SELECT count(*) FROM records").value(), 500);
  ASSERT_TRUE(reader->run("COMMIT"));
  EXPECT_EQ(reader->number("SELECT count(*) FROM records").value(), 5'500);
}

TEST_F(LocalStoreTest, AReaderThatNeverEndsStopsTheWritingAtTheLimitAndNoLonger) {
  options_.bytes = 2U << 20U;
  Store store = open();
  ASSERT_TRUE(store.insert(rows_of(500), noon));
  auto reader = sqlite::Database::open(options_.path, sqlite::Database::Access::read_only);
  ASSERT_TRUE(reader->run("BEGIN"));
  ASSERT_EQ(reader->number("SELECT count(*) FROM records").value(), 500);
  Result<void> done;
  for (int i = 0; i < 200 && done; ++i) done = store.insert(rows_of(500), noon);
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().message.find("deliver.local.bytes"), std::string::npos) << done.error().message;
  EXPECT_LE(store.file_bytes(), options_.bytes + (1U << 20U));
  ASSERT_TRUE(reader->run("COMMIT"));
  done = store.insert(rows_of(500), noon);
  EXPECT_TRUE(done) << done.error().message;
}

TEST_F(LocalStoreTest, RefusesANewerSchemaAndSaysSo) {
  {
    const Store store = open();
  }
  ASSERT_TRUE(sqlite::Database::open(options_.path)->run("PRAGMA user_version=2"));
  const auto refused = Store::open(options_);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("newer pannier (schema 2, this one knows 1)"), std::string::npos)
      << refused.error().message;
}

TEST_F(LocalStoreTest, LeavesAnotherProgramsDatabaseAlone) {
  options_.path = folder_ / "other.db";
  ASSERT_TRUE(sqlite::Database::open(options_.path)->run("CREATE TABLE photos (a)"));
  const auto refused = Store::open(options_);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("another program"), std::string::npos) << refused.error().message;
}

TEST_F(LocalStoreTest, NamesADamagedFileAndTheCure) {
  options_.path = folder_ / "damaged.db";
  doubles::write_file(options_.path, std::string(10'000, 'x'));
  const auto refused = Store::open(options_);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find(options_.path), std::string::npos) << refused.error().message;
  EXPECT_NE(refused.error().message.find("mv "), std::string::npos) << refused.error().message;
}

TEST_F(LocalStoreTest, DamageInTheMiddleIsAnErrorNeverTheEnd) {
  {
    Store store = open();
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(store.insert(rows_of(500), noon));
  }
  std::string bytes = doubles::read_file(options_.path);
  std::fill(bytes.begin() + 4096, bytes.end(), '\x5a');
  doubles::write_file(options_.path, bytes);
  auto store = Store::open(options_);
  const Error error = store ? store->insert(rows_of(500), noon).error() : store.error();
  EXPECT_EQ(error.code, ErrorCode::invalid) << error.message;
  EXPECT_NE(error.message.find("mv "), std::string::npos) << error.message;
}

TEST_F(LocalStoreTest, SaysWhyAFileCanNotBeMade) {
  options_.path = "/proc/pannier/records.db";
  const auto refused = Store::open(options_);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("/proc/pannier"), std::string::npos) << refused.error().message;
}

TEST_F(LocalStoreTest, TheReadmesStatementCountsRightAndReadsTheIndexOnly) {
  Store store = open();
  ASSERT_TRUE(store.insert(rows_of(4'000), noon));
  const std::string statement =
      "SELECT service, endpoint, total AS requests, sum(errors) AS errors,"
      " min(response_time) FILTER (WHERE place * 100 >= total * 50) AS p50,"
      " min(response_time) FILTER (WHERE place * 100 >= total * 95) AS p95"
      " FROM (SELECT *, sum(n) OVER (PARTITION BY service, endpoint ORDER BY response_time) AS place,"
      " sum(n) OVER (PARTITION BY service, endpoint) AS total"
      " FROM (SELECT service, endpoint, response_time, count(*) AS n, sum(status >= 500) AS errors"
      " FROM records GROUP BY 1, 2, 3))"
      " GROUP BY 1, 2";
  auto reader = sqlite::Database::open(options_.path, sqlite::Database::Access::read_only);
  auto select = reader->prepare(statement);
  ASSERT_TRUE(select) << select.error().message;
  // Response times 3, 7, … 999 ms, four of each; every tenth row is an error, and all those have even
  // numbers.
  ASSERT_TRUE(select->step().value());
  EXPECT_EQ(select->text(1), "/health");
  EXPECT_EQ(select->integer(2), 1'000);
  EXPECT_EQ(select->integer(3), 0);
  EXPECT_EQ(select->integer(4), 499);
  EXPECT_EQ(select->integer(5), 951);
  ASSERT_TRUE(select->step().value());
  ASSERT_TRUE(select->step().value());
  EXPECT_EQ(select->text(1), "/orders/{id}");
  EXPECT_EQ(select->integer(3), 200);

  auto plan = reader->prepare("EXPLAIN QUERY PLAN " + statement);
  std::string steps;
  while (plan->step().value()) steps.append(plan->text(3)).append("\n");
  EXPECT_NE(steps.find("SCAN records USING COVERING INDEX records_by_endpoint"), std::string::npos) << steps;
}

}  // namespace
}  // namespace pannier::deliver::local
