#include "queue/spool_file.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/queue/stores.h"

namespace pannier::queue {
namespace {

using testing::HasSubstr;

class SpoolFileTest : public StoreTest {
 protected:
  Error refusal() {
    const auto refused = SqliteStore::open(options_);
    EXPECT_FALSE(refused);
    return refused ? Error{} : refused.error();
  }
};

TEST_F(SpoolFileTest, IsMadeForItsGroupOnlyWithItsFolders) {
  store();
  for (const char* end : {"", "-wal"}) {
    struct stat status{};
    ASSERT_EQ(::stat((options_.path + end).c_str(), &status), 0) << end;
    EXPECT_EQ(status.st_mode & 0777U, 0640U) << end;
  }
  EXPECT_FALSE(std::filesystem::exists(options_.path + "-shm")) << "nobody else may come in";
}

TEST_F(SpoolFileTest, GivesSpaceBackAndForgetsWithoutOverwriting) {
  store();
  close();
  auto database = must(sqlite::Database::open(options_.path));
  EXPECT_EQ(must(database.number("PRAGMA auto_vacuum")), 2);
  EXPECT_EQ(must(database.number("PRAGMA page_size")), spool_page_bytes);
}

TEST_F(SpoolFileTest, ASecondDaemonIsRefusedAndToldWhoIsThere) {
  store();
  const Error error = refusal();
  EXPECT_EQ(error.code, ErrorCode::in_use);
  EXPECT_THAT(error.message, HasSubstr(options_.path));
  EXPECT_THAT(error.message, HasSubstr("held by pannier, pid " + std::to_string(::getpid())));
  EXPECT_THAT(error.message, HasSubstr("give spool.path another path"));
  must(put({put_of(1, 5)}));
  close();
  EXPECT_EQ(rows(), std::vector<RowId>{1}) << "and then it is free";
}

TEST_F(SpoolFileTest, AnotherProgramThatHasItOpenIsNamedAsTheReason) {
  store();
  close();
  auto other = must(sqlite::Database::open(options_.path));
  must(other.run("BEGIN IMMEDIATE"));
  const Error error = refusal();
  EXPECT_EQ(error.code, ErrorCode::in_use);
  EXPECT_THAT(error.message, HasSubstr(options_.path));
  EXPECT_THAT(error.message, HasSubstr("end the program that has it open"));
  must(other.run("ROLLBACK"));
}

TEST_F(SpoolFileTest, NobodyElseCanOpenItMeanwhile) {
  store();
  auto other = must(sqlite::Database::open(options_.path, sqlite::Database::Access::read_write,
                                           std::chrono::milliseconds(0)));
  const auto refused = other.number("SELECT count(*) FROM segments");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::in_use);
}

TEST_F(SpoolFileTest, ANewerFileIsRefusedWithBothVersionsAndLeftAlone) {
  store();
  alter("PRAGMA user_version=" + std::to_string(spool_schema + 1));
  const std::string before = doubles::read_file(options_.path);
  const Error error = refusal();
  EXPECT_EQ(error.code, ErrorCode::not_built);
  EXPECT_THAT(error.message, HasSubstr(options_.path));
  EXPECT_THAT(error.message, HasSubstr("newer pannier (schema " + std::to_string(spool_schema + 1) +
                                       ", this one knows " + std::to_string(spool_schema) + ")"));
  EXPECT_THAT(error.message, HasSubstr("run the newer one or give spool.path another path"));
  EXPECT_EQ(doubles::read_file(options_.path), before);
}

TEST_F(SpoolFileTest, AnotherProgramsDatabaseIsRefusedAndLeftAlone) {
  options_.path = folder_ / "other.db";
  for (const char* sql : {"CREATE TABLE photos (a)", "PRAGMA user_version=1", "PRAGMA application_id=17"}) {
    alter(sql);
    const std::string before = doubles::read_file(options_.path);
    const Error error = refusal();
    EXPECT_EQ(error.code, ErrorCode::in_use) << sql;
    EXPECT_THAT(error.message, HasSubstr(options_.path + ": a database of another program"));
    EXPECT_EQ(doubles::read_file(options_.path), before);
    std::filesystem::remove(options_.path);
  }
}

TEST_F(SpoolFileTest, WhatIsNoDatabaseIsNamedWithTheCure) {
  options_.path = folder_ / "damaged.db";
  doubles::write_file(options_.path, std::string(10'000, 'x'));
  const Error error = refusal();
  EXPECT_EQ(error.code, ErrorCode::invalid);
  EXPECT_THAT(error.message, HasSubstr(options_.path));
  EXPECT_THAT(error.message, HasSubstr("mv " + options_.path));
  EXPECT_EQ(doubles::read_file(options_.path), std::string(10'000, 'x'));
}

TEST_F(SpoolFileTest, DamageInTheMiddleIsAnErrorNeverTheEnd) {
  for (RowId row = 1; row <= 20; ++row) must(put({put_of(row, 100, orders, 200)}));
  close();
  std::string bytes = doubles::read_file(options_.path);
  std::fill(bytes.begin() + 2 * spool_page_bytes, bytes.end(), '\x5a');
  doubles::write_file(options_.path, bytes);
  auto opened = SqliteStore::open(options_);
  const Error error = opened ? (*opened)->load(all(), 1000, *pool_).error() : opened.error();
  EXPECT_EQ(error.code, ErrorCode::invalid) << error.message;
  EXPECT_THAT(error.message, HasSubstr(options_.path));
}

TEST_F(SpoolFileTest, SaysWhyAFileCanNotBeMade) {
  options_.path = "/proc/pannier/spool.db";
  const Error error = refusal();
  EXPECT_EQ(error.code, ErrorCode::io);
  EXPECT_THAT(error.message, HasSubstr("/proc/pannier"));
}

}  // namespace
}  // namespace pannier::queue
