// How a new spool takes over what could be read of a damaged one.
#include <algorithm>
#include <string>
#include <vector>

#include "queue/packed.h"
#include "queue/sqlite_store.h"

namespace pannier::queue {
namespace {

constexpr std::size_t rows_at_once = 32;
// Ids that nobody can know of are left free where the file does not say which were given.
constexpr RowId unknown_rows = 1'000'000;
// A run that is nobody's, where the file does not say which one was begun: it ended in an unknown way.
constexpr std::uint64_t unknown_run = 1;

std::uint64_t records_of(const LoadedRow& row) {
  std::uint64_t records = 0;
  for (const RecordRange& range : row.left) records += range.last - range.first;
  return records;
}

// What the lane's numbers say it held, or what is missing in them: both sides of its sum, see DESIGN.md.
struct Sides {
  std::uint64_t in = 0, out = 0;
};
Sides sides_of(const observe::LaneBooks& totals, const LaneNumbers& lane) {
  return {totals.accepted + lane.put, totals.delivered + lane.delivered + observe::sum(totals.dead) +
                                          observe::sum(totals.dropped) + totals.lost_in_crash + lane.records};
}

}  // namespace

Result<void> SqliteStore::take_row(const std::string& name, LoadedRow row) {
  LaneRow& lane = tables_.lanes.find_or_make(name);
  Slice slice{row.segment, 0, row.records, {}, row.arrived};
  slice.attempts = row.attempts;
  slice.maybe_sent = row.maybe_sent;
  if (const auto done = tables_.segments.put(lane.id, {row.row, name, slice}); !done) return done.error();
  const std::vector<RecordRange> finished = rest_of(row.records, row.left);
  if (!finished.empty())
    if (const auto done = tables_.segments.finish({row.row, name, 0, false, finished}); !done)
      return done.error();
  lane.now.records += records_of(row);
  lane.now.bytes += slice.bytes().size();
  return {};
}

Result<SqliteStore::TakenOver> SqliteStore::take_over(DamagedSpool& damaged) {
  const DamagedSpool::Facts& facts = damaged.facts();
  std::map<std::int64_t, std::string> names;
  for (const auto& [name, lane] : facts.lanes) names[lane.id] = name;
  TakenOver taken;
  RowId last = facts.last_row;
  std::vector<std::pair<std::string, LoadedRow>> rows;
  std::optional<Error> fault;
  const auto write = [&] {
    const auto done = transact([&]() -> Result<void> {
      for (auto& [name, row] : rows)
        if (auto one = take_row(name, std::move(row)); !one) return one.error();
      return {};
    });
    if (!done) fault = done.error();
    rows.clear();
    return !fault;
  };
  damaged.each_row([&](std::int64_t lane, LoadedRow row) {
    last = std::max(last, row.row);
    taken.records += records_of(row);
    rows.emplace_back(names[lane], std::move(row));
    return rows.size() < rows_at_once || write();
  });
  if (!fault) write();
  if (!fault) fault = take_letters(damaged, last);
  if (fault) return *fault;
  const RowId given = facts.last_row != 0 ? last : last + unknown_rows;
  const auto done = transact([&]() -> Result<void> { return take_facts(facts, given, taken.lost); });
  if (!done) return done.error();
  return taken;
}

std::optional<Error> SqliteStore::take_letters(DamagedSpool& damaged, RowId& last) {
  std::optional<Error> fault;
  damaged.each_letter([&](StoredLetter letter) {
    last = std::max(last, letter.id);
    const auto done = transact([&] { return tables_.letters.put(letter); });
    if (!done) fault = done.error();
    return !fault;
  });
  return fault;
}

// As many letters are stored as died and did not go, or those that are not were damaged. Where the numbers
// are gone they begin anew.
void SqliteStore::settle_letters(observe::Books& totals) const {
  std::uint64_t died = 0;
  for (const observe::LaneBooks& lane : totals.lanes) died += observe::sum(lane.dead);
  observe::DeadLetterBooks& letters = totals.dead_letters;
  const std::uint64_t known =
      tables_.letters.count().records + letters.replayed + observe::sum(letters.purged);
  if (died > known) letters.purged[number_of(Purge::corrupt)] += died - known;
  if (known > died && !totals.lanes.empty()) totals.lanes[0].dead[number_of(Dead::refused)] += known - died;
}

Result<void> SqliteStore::take_facts(const DamagedSpool::Facts& facts, RowId last, std::uint64_t& lost) {
  observe::Books totals = facts.totals;
  for (const auto& [name, was] : facts.lanes) lane_named(totals, name);
  settle_letters(totals);
  for (observe::LaneBooks& books : totals.lanes) {
    LaneRow& lane = tables_.lanes.find_or_make(books.name);
    if (const auto was = facts.lanes.find(books.name); was != facts.lanes.end()) {
      lane.now.put = was->second.now.put;
      lane.now.delivered = was->second.now.delivered;
      lost += settle(totals, books, lane.now, was->second.now.records);
    } else {
      lost += settle(totals, books, lane.now, lane.now.records);
    }
  }
  if (const auto done = tables_.totals.write(std::move(totals)); !done) return done.error();
  for (const auto& [name, was] : facts.lanes)
    if (const auto windows = facts.windows.find(was.id); windows != facts.windows.end())
      for (const observe::RowWindow window : windows->second)
        if (const auto done = tables_.windows.add(tables_.lanes.find_or_make(name).id, window); !done)
          return done.error();
  if (const auto done = tables_.meta.set_salt(facts.salt); !done) return done.error();
  const BegunRun begun = facts.begun.value_or(BegunRun{unknown_run, {}});
  if (const auto done = tables_.meta.set_begun(begun); !done) return done.error();
  if (const auto done = tables_.meta.set(meta_names::unknown_ends, facts.unknown_ends); !done)
    return done.error();
  return tables_.meta.set(meta_names::last_row, last);
}

Result<void> SqliteStore::go_on(const BegunRun& run, const Salt& salt) {
  is_rescued_ = true;
  return transact([&]() -> Result<void> {
    if (const auto done = tables_.meta.set_salt(salt); !done) return done.error();
    return tables_.meta.set_begun(run);
  });
}

Result<std::uint64_t> SqliteStore::records_left(const RowsOf& rows) {
  const LaneRow* lane = tables_.lanes.find(rows.lane);
  if (lane == nullptr) return 0;
  return tables_.segments.records_left(lane->id, rows);
}

std::uint64_t SqliteStore::lane_bytes(std::string_view lane) const {
  const auto found = tables_.lanes.lanes().find(std::string(lane));
  return found == tables_.lanes.lanes().end() ? 0 : found->second.now.bytes;
}

// What the lane held and was not carried over is dropped. Where its numbers are gone they begin anew, so that
// they balance.
std::uint64_t SqliteStore::settle(observe::Books& totals, observe::LaneBooks& books, const LaneNumbers& lane,
                                  std::uint64_t held) {
  std::uint64_t& dropped = books.dropped[static_cast<std::size_t>(Drop::corrupt)];
  const std::uint64_t before = dropped;
  dropped += held - std::min(held, lane.records);
  const Sides sides = sides_of(books, lane);
  if (sides.in > sides.out) dropped += sides.in - sides.out;
  if (sides.out > sides.in) {
    books.accepted += sides.out - sides.in;
    totals.destinations[static_cast<std::size_t>(books.destination)].offered += sides.out - sides.in;
  }
  return dropped - before;
}

}  // namespace pannier::queue
