// Any bytes as what a spool's file says of a segment and of a dead letter: both are read, and what is given
// out is whole or said to be damaged. The input: four numbers, then what stands for ends and content.
#include <cstring>
#include <memory>
#include <string_view>

#include "base/checksum.h"
#include "queue/letter_table.h"
#include "queue/segment_table.h"
#include "queue/spool_file.h"
#include "tests/fuzz/decoded_line.h"

namespace {

using namespace pannier;
using namespace pannier::queue;
using fuzz::require;

std::int64_t take_number(std::string_view& input) {
  std::int64_t number = 0;
  const std::size_t size = std::min(input.size(), sizeof(number));
  std::memcpy(&number, input.data(), size);
  input.remove_prefix(size);
  return number;
}

void check(const Segment& segment) {
  require(segment.records() != 0, "it holds a record");
  require(segment.end_of(segment.records() - 1) == segment.size(), "its records are all its bytes");
  for (std::uint32_t i = 0; i < segment.records(); ++i)
    require(segment.start_of(i) <= segment.end_of(i), "one behind the other");
}

struct Given {
  std::int64_t records, marks, checksum, attempts;
  std::string_view ends, content, finished;
};

void insert(sqlite::Database& database, const char* sql, const Given& given) {
  auto statement = database.prepare(sql);
  require(bool(statement), "the statement is right");
  statement->bind(1, given.records);
  statement->bind(2, given.marks);
  statement->bind(3, given.checksum);
  statement->bind(4, given.attempts);
  statement->bind_blob(5, given.ends);
  statement->bind_blob(6, given.content);
  require(bool(statement->run()), "the row is there");
}

struct Spool {
  SpoolFile& file;
  SegmentTable& segments;
  LetterTable& letters;
  std::shared_ptr<SegmentPool> pool = std::make_shared<SegmentPool>();
};

// Once for all inputs: they put their rows where the last ones lie.
Spool& spool() {
  static Result<SpoolFile> file = open_spool_in_memory();
  require(bool(file), "a spool is there");
  static Result<MetaTable> meta = MetaTable::open(file->database);
  static Result<SegmentTable> segments = SegmentTable::open(file->database);
  require(meta && segments, "its tables are there");
  static Result<LetterTable> letters = LetterTable::open(file->database, *meta);
  require(bool(letters), "and the dead letters");
  static Spool all{*file, *segments, *letters};
  return all;
}

void read_segment(Spool& spool, const Given& given) {
  sqlite::Database& database = spool.file.database;
  insert(database,
         "INSERT OR REPLACE INTO segments (id, lane, arrived, records, maybe_sent, checksum, attempts, ends,"
         " content, format) VALUES (1, 1, 0, ?1, ?2, ?3, ?4, ?5, ?6, 0)",
         given);
  auto progress = database.prepare("INSERT OR REPLACE INTO progress (segment, finished) VALUES (1, ?)");
  progress->bind_blob(1, given.finished);
  require(bool(progress->run()), "the row is there");
  const auto loaded = spool.segments.load(1, {"malti/orders", 0, 9, {}}, 1U << 20U, *spool.pool);
  if (!loaded) return;
  for (const LoadedRow& row : loaded->rows) {
    if (row.segment) check(*row.segment);
    std::uint32_t before = 0;
    for (const RecordRange& range : row.left) {
      require(before <= range.first && range.first < range.last && range.last <= row.records,
              "what is left lies within the row");
      before = range.last;
    }
  }
}

void read_letter(Spool& spool, const Given& given) {
  insert(
      spool.file.database,
      "INSERT OR REPLACE INTO letters (id, lane, reason, answer, arrived, died, records, maybe_sent, "
      "checksum,"
      " attempts, ends, content, format) VALUES (1, 'malti/orders', 'refused', '', 0, 0, ?1, ?2, ?3, ?4, ?5,"
      " ?6, 0)",
      given);
  const auto page = spool.letters.select({}, 10, spool.pool.get());
  if (!page) return;
  for (const StoredLetter& letter : page->letters)
    if (letter.segment) check(*letter.segment);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  Given given{};
  given.records = take_number(input);
  given.marks = take_number(input);
  given.checksum = take_number(input);
  given.attempts = take_number(input);
  const std::size_t ends =
      std::min<std::size_t>(input.size(), static_cast<std::uint8_t>(given.attempts) * 4U);
  given.ends = input.substr(0, ends);
  given.content = input.substr(ends);
  given.finished = given.content.substr(given.content.size() / 2);
  // A right checksum gets behind the first gate.
  Given right = given;
  right.checksum = checksum(right.content, checksum(right.ends));
  for (const Given& each : {given, right}) {
    read_segment(spool(), each);
    read_letter(spool(), each);
  }
  return 0;
}
