#include "base/sqlite.h"

#include <gtest/gtest.h>

#include "tests/doubles/temporary_folder.h"

namespace pannier::sqlite {
namespace {

using doubles::TemporaryFolder;

class SqliteTest : public ::testing::Test {
 protected:
  Database open() {
    auto database = Database::open(path_);
    EXPECT_TRUE(database) << database.error().message;
    return std::move(*database);
  }
  TemporaryFolder folder_;
  std::string path_ = folder_ / "test.db";
};

TEST_F(SqliteTest, GivesBackWhatWasBound) {
  Database database = open();
  ASSERT_TRUE(database.run("CREATE TABLE things (a INTEGER, b REAL, c TEXT, d BLOB, e TEXT)"));
  auto insert = database.prepare("INSERT INTO things VALUES (?, ?, ?, ?, ?)");
  ASSERT_TRUE(insert);
  insert->bind(1, std::int64_t{-7});
  insert->bind(2, 0.5);
  insert->bind(3, std::string_view());
  insert->bind_blob(4, std::string_view("a\0b", 3));
  insert->bind_null(5);
  ASSERT_TRUE(insert->run());
  EXPECT_EQ(database.changes(), 1);

  auto select = database.prepare("SELECT * FROM things");
  ASSERT_TRUE(select);
  ASSERT_TRUE(select->step().value());
  EXPECT_EQ(select->integer(0), -7);
  EXPECT_EQ(select->real(1), 0.5);
  EXPECT_EQ(select->text(2), "");
  EXPECT_FALSE(select->is_null(2));
  EXPECT_EQ(select->blob(3), std::string_view("a\0b", 3));
  EXPECT_TRUE(select->is_null(4));
  EXPECT_FALSE(select->step().value());
}

TEST_F(SqliteTest, SwitchesSecureDeleteOff) {
  Database database = open();
  EXPECT_EQ(database.number("PRAGMA secure_delete").value(), 0);
}

TEST_F(SqliteTest, RollsBackWhatWasNotCommitted) {
  Database database = open();
  ASSERT_TRUE(database.run("CREATE TABLE things (a)"));
  {
    auto transaction = Transaction::begin(database);
    ASSERT_TRUE(transaction);
    ASSERT_TRUE(database.run("INSERT INTO things VALUES (1)"));
    EXPECT_TRUE(database.is_in_transaction());
  }
  EXPECT_FALSE(database.is_in_transaction());
  EXPECT_EQ(database.number("SELECT count(*) FROM things").value(), 0);
  {
    auto transaction = Transaction::begin(database);
    ASSERT_TRUE(database.run("INSERT INTO things VALUES (1)"));
    ASSERT_TRUE(transaction->commit());
  }
  EXPECT_EQ(database.number("SELECT count(*) FROM things").value(), 1);
}

TEST_F(SqliteTest, TellsErrorsWithFileWordsAndCode) {
  Database database = open();
  const auto wrong = database.prepare("SELECT a FROM nowhere");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().message, path_ + ": no such table: nowhere (SQLite 1)");
  EXPECT_EQ(database.last_code(), 1);

  const auto missing = Database::open(folder_ / "no/such/folder.db");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::io);
  EXPECT_NE(missing.error().message.find("No such file or directory"), std::string::npos)
      << missing.error().message;
}

TEST_F(SqliteTest, TellsAWrongPlaceAtTheNextStepAndGoesOn) {
  Database database = open();
  auto select = database.prepare("SELECT ?");
  ASSERT_TRUE(select);
  select->bind(2, std::int64_t{1});
  EXPECT_FALSE(select->step());
  select->bind(1, std::int64_t{5});
  ASSERT_TRUE(select->step().value());
  EXPECT_EQ(select->integer(0), 5);
}

TEST_F(SqliteTest, WaitsForALockForALimitedTimeOnly) {
  Database holder = open();
  ASSERT_TRUE(holder.run("CREATE TABLE things (a)"));
  auto held = Transaction::begin(holder);
  auto other = Database::open(path_, Database::Access::read_write, std::chrono::milliseconds(20));
  ASSERT_TRUE(other);
  const auto refused = Transaction::begin(*other);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::in_use);
}

TEST_F(SqliteTest, KnowsADamagedFile) {
  doubles::write_file(path_, std::string(8192, 'x'));
  auto database = Database::open(path_);
  const Error error =
      database ? database->number("SELECT count(*) FROM sqlite_schema").error() : database.error();
  EXPECT_EQ(error.code, ErrorCode::invalid) << error.message;
}

TEST_F(SqliteTest, SaysLimitWhenItIsFull) {
  Database database = open();
  ASSERT_TRUE(database.run("CREATE TABLE things (a); PRAGMA max_page_count=4"));
  const auto full = database.run("INSERT INTO things VALUES (zeroblob(100000))");
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, ErrorCode::limit);
}

TEST_F(SqliteTest, NoticesThatItsFileWentAway) {
  Database database = open();
  ASSERT_TRUE(database.run("CREATE TABLE things (a)"));
  EXPECT_FALSE(database.is_moved());
  std::filesystem::remove(path_);
  EXPECT_TRUE(database.is_moved());
  doubles::write_file(path_, "");
  EXPECT_TRUE(database.is_moved());
}

TEST_F(SqliteTest, ReadOnlyMakesNoFileAndWritesNone) {
  EXPECT_FALSE(Database::open(path_, Database::Access::read_only));
  EXPECT_FALSE(std::filesystem::exists(path_));
  ASSERT_TRUE(open().run("CREATE TABLE things (a)"));
  auto reader = Database::open(path_, Database::Access::read_only);
  ASSERT_TRUE(reader);
  EXPECT_FALSE(reader->run("INSERT INTO things VALUES (1)"));
}

}  // namespace
}  // namespace pannier::sqlite
