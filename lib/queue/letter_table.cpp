#include "queue/letter_table.h"

#include <algorithm>

#include "base/checksum.h"
#include "queue/packed.h"

namespace pannier::queue {
namespace {

constexpr std::string_view records_name = "letter_records";
constexpr std::string_view bytes_name = "letter_bytes";

std::int64_t microseconds(SystemTime time) {
  return time.time_since_epoch().count();
}
SystemTime time_of(std::int64_t microseconds) {
  return SystemTime(std::chrono::microseconds(microseconds));
}
std::uint64_t as_count(std::int64_t number) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(number, 0));
}

std::int64_t checksum_of(std::string_view ends, std::string_view content) {
  return pannier::checksum(content, pannier::checksum(ends));
}

}  // namespace

Result<LetterTable> LetterTable::open(sqlite::Database& database, MetaTable& meta) {
  sqlite::Preparer prepare(database);
  // What a letter takes is counted with 200 bytes for its row.
  Statements statements{
      prepare("INSERT INTO letters (id, lane, reason, answer, attempts, arrived, died, records, format,"
              " checksum, ends, content, maybe_sent)"
              " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      prepare("SELECT id, lane, reason, answer, attempts, arrived, died, records,"
              " length(answer) + length(ends) + length(content) + 200, maybe_sent FROM letters"
              " WHERE id > ?1 AND id <= ?2 AND (?3 = '' OR lane = ?3) AND (?4 = '' OR reason = ?4)"
              " AND died < ?5 ORDER BY id"),
      prepare("SELECT format, checksum, ends, content FROM letters WHERE id = ?"),
      prepare("DELETE FROM letters WHERE id = ?")};
  if (prepare.error()) return *prepare.error();
  const auto records = meta.number(records_name);
  if (!records) return records.error();
  const auto bytes = meta.number(bytes_name);
  if (!bytes) return bytes.error();
  return LetterTable(std::move(statements), {as_count(*records), as_count(*bytes)});
}

Result<void> LetterTable::put(const LetterPut& put) {
  const Letter& letter = put.letter;
  StoredLetter stored;
  stored.id = put.id;
  stored.lane = put.lane;
  stored.reason = name(letter.reason);
  stored.answer = letter.answer;
  stored.records = letter.slice.records();
  stored.attempts = letter.attempts;
  stored.maybe_sent = letter.slice.maybe_sent;
  stored.arrived = letter.slice.arrived;
  stored.died = letter.died;
  stored.segment = letter.slice.segment;
  return this->put(stored);
}

Result<void> LetterTable::put(const StoredLetter& letter) {
  const Segment& segment = *letter.segment;
  const auto records = segment.records();
  const std::string_view content = segment.bytes(0, records);
  ends_.clear();
  for (std::uint32_t i = 0; i < records; ++i) ends_.push_back(segment.end_of(i));
  pack(ends_, packed_);
  sqlite::Statement& insert = statements_.insert;
  insert.bind(1, letter.id);
  insert.bind(2, std::string_view(letter.lane));
  insert.bind(3, std::string_view(letter.reason));
  insert.bind(4, std::string_view(letter.answer));
  insert.bind(5, static_cast<std::int64_t>(letter.attempts));
  insert.bind(6, microseconds(letter.arrived));
  insert.bind(7, microseconds(letter.died));
  insert.bind(8, std::int64_t{records});
  insert.bind(9, std::int64_t{segment.format()});
  insert.bind(10, checksum_of(packed_, content));
  insert.bind_blob(11, packed_);
  insert.bind_blob(12, content);
  insert.bind(13, std::int64_t{letter.maybe_sent ? 1 : 0});
  if (const auto done = insert.run(); !done) return done.error();
  now_.records += records;
  now_.bytes += letter.answer.size() + packed_.size() + content.size() + 200;
  return {};
}

Result<LetterPage> LetterTable::select(const LetterSelection& which, std::size_t most, SegmentPool* content) {
  LetterPage page;
  if (which.ids.empty())
    if (const auto done = select_some(which, most, page); !done) return done.error();
  LetterSelection one = which;
  for (const LetterId id : which.ids) {
    if (id <= which.after || id > which.up_to) continue;
    one.after = id - 1;
    one.up_to = id;
    if (const auto done = select_some(one, most, page); !done) return done.error();
  }
  for (StoredLetter& letter : page.letters) {
    if (content == nullptr) break;
    auto segment = read(letter.id, *content);
    if (!segment) return segment.error();
    letter.segment = std::move(*segment);
  }
  return page;
}

Result<void> LetterTable::select_some(const LetterSelection& which, std::size_t most, LetterPage& page) {
  sqlite::Statement& select = statements_.select;
  const std::string_view reason = which.reason ? name(*which.reason) : std::string_view();
  select.bind(1, which.after);
  select.bind(2, which.up_to);
  select.bind(3, std::string_view(which.lane));
  select.bind(4, reason);
  select.bind(
      5, which.died_before ? microseconds(*which.died_before) : std::numeric_limits<std::int64_t>::max());
  for (;;) {
    const auto row = select.step();
    if (!row) return row.error();
    if (!*row) return {};
    if (page.letters.size() >= most) break;
    StoredLetter& letter = page.letters.emplace_back();
    letter.id = select.integer(0);
    letter.lane = select.text(1);
    letter.reason = select.text(2);
    letter.answer = select.text(3);
    letter.attempts = as_count(select.integer(4));
    letter.arrived = time_of(select.integer(5));
    letter.died = time_of(select.integer(6));
    letter.records = as_count(select.integer(7));
    letter.bytes = as_count(select.integer(8));
    letter.maybe_sent = select.integer(9) != 0;
    // The next one may lie on a page that can't be read.
    if (letter.id == which.up_to) return select.reset(), Result<void>{};
  }
  select.reset();
  page.is_all = false;
  return {};
}

Result<SegmentPtr> LetterTable::read(LetterId id, SegmentPool& pool) {
  sqlite::Statement& select = statements_.content;
  select.bind(1, id);
  const auto found = select.step();
  if (!found) return found.error();
  SegmentPtr segment;
  if (!*found) return segment;
  const std::string_view ends = select.blob(2), content = select.blob(3);
  const auto numbers = unpack(ends);
  const bool is_whole = select.integer(1) == checksum_of(ends, content) && numbers && !numbers->empty() &&
                        std::is_sorted(numbers->begin(), numbers->end()) && numbers->back() == content.size();
  if (is_whole) {
    segment = pool.make_filled(content, *numbers);
    segment->set_format(static_cast<std::uint8_t>(select.integer(0)));
  }
  select.reset();
  return segment;
}

Result<void> LetterTable::remove(const StoredLetter& letter) {
  statements_.remove.bind(1, letter.id);
  if (const auto done = statements_.remove.run(); !done) return done.error();
  now_.records -= std::min(now_.records, letter.records);
  now_.bytes -= std::min(now_.bytes, letter.bytes);
  return {};
}

Result<void> LetterTable::save(MetaTable& meta) {
  if (now_ == kept_) return {};
  if (const auto done = meta.set(records_name, static_cast<std::int64_t>(now_.records)); !done)
    return done.error();
  return meta.set(bytes_name, static_cast<std::int64_t>(now_.bytes));
}

}  // namespace pannier::queue
