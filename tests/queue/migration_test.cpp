// Files as older versions wrote them, by hand and not by today's code.
#include "tests/queue/stores.h"

namespace pannier::queue {
namespace {

// Row 1 holds "ab;" and "cd;", row 2 "x", "y" and "z", of which "y" is finished. Run 9 was begun.
constexpr const char* schema_1 = R"sql(
PRAGMA journal_mode=WAL;
CREATE TABLE segments (
  id INTEGER PRIMARY KEY,
  lane INTEGER NOT NULL,
  arrived INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  maybe_sent INTEGER NOT NULL,
  records INTEGER NOT NULL,
  checksum INTEGER NOT NULL,
  ends BLOB NOT NULL,
  content BLOB NOT NULL
);
CREATE INDEX segments_by_lane ON segments (lane);
CREATE TABLE progress (segment INTEGER PRIMARY KEY, finished BLOB NOT NULL);
CREATE TABLE lanes (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, records INTEGER NOT NULL,
                    bytes INTEGER NOT NULL, put INTEGER NOT NULL, delivered INTEGER NOT NULL);
CREATE TABLE windows (lane INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL);
CREATE TABLE totals (owner TEXT NOT NULL, what TEXT NOT NULL, reason TEXT NOT NULL, value INTEGER NOT NULL,
                     PRIMARY KEY (owner, what, reason)) WITHOUT ROWID;
CREATE TABLE meta (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
INSERT INTO segments (id, lane, arrived, attempts, maybe_sent, records, checksum, ends, content) VALUES
  (1, 1, 1767225600000000, 0, 0, 2, 1937270866, x'0300000006000000', x'61623b63643b'),
  (2, 1, 1767225601000000, 3, 1, 3, 4220026980, x'010000000200000003000000', x'78797a');
INSERT INTO progress VALUES (2, x'0100000002000000');
INSERT INTO lanes VALUES (1, 'malti/orders', 4, 9, 5, 1);
INSERT INTO windows VALUES (1, 1, 1);
INSERT INTO meta VALUES ('last_row', 7), ('run', 9), ('boot', 'boot'), ('unknown_ends', 2);
PRAGMA application_id = 1885433454;
PRAGMA user_version = 1;
)sql";

class MigrationTest : public StoreTest {
 protected:
  MigrationTest() { options_.path = folder_ / "old.db"; }
};

TEST_F(MigrationTest, AFileOfSchema1KeepsItsRowsAndTakesNewOnes) {
  alter(schema_1);
  observe::RunPage page{9, "boot", {}, {}};
  lane_named(page.books, orders).accepted = 8;
  const Carried carried = must(store().begin_run(10, "boot", page));
  EXPECT_EQ(carried.last_row, 7);
  EXPECT_EQ(carried.lost_in_crash, 3U);
  EXPECT_EQ(carried.unknown_ends, 2U);
  EXPECT_EQ(carried.lanes.at(0).records, 4U);
  expect_balance(carried);
  Put put = put_of(8, 2);
  put.slice.segment->set_format(1);
  must(StoreTest::put({put}));
  const Loaded loaded = load(all());
  ASSERT_EQ(ids(loaded), (std::vector<RowId>{1, 2, 8}));
  ASSERT_TRUE(loaded.rows[0].segment && loaded.rows[1].segment && loaded.rows[2].segment);
  EXPECT_EQ(loaded.rows[0].segment->bytes(1, 2), "cd;");
  EXPECT_EQ(loaded.rows[0].segment->format(), 0U);
  EXPECT_TRUE(loaded.rows[0].maybe_sent);
  EXPECT_EQ(loaded.rows[1].left.size(), 2U);
  EXPECT_EQ(loaded.rows[1].attempts, 3U);
  EXPECT_EQ(loaded.rows[2].segment->format(), 1U);
  EXPECT_EQ(number("PRAGMA user_version"), 3);
}

TEST_F(MigrationTest, AStepThatFailsLeavesTheFileAsItWas) {
  alter(schema_1);
  alter("ALTER TABLE segments ADD COLUMN format TEXT");
  const auto refused = SqliteStore::open(options_);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("schema 2"), std::string::npos) << refused.error().message;
  EXPECT_EQ(number("PRAGMA user_version"), 1);
  EXPECT_EQ(number("SELECT count(*) FROM segments"), 2);
}

}  // namespace
}  // namespace pannier::queue
