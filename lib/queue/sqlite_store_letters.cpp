// The dead letters of a transaction: put, purged where they are over their bound, removed, or replayed.
#include <algorithm>

#include "queue/sqlite_store.h"

namespace pannier::queue {
namespace {

// So many of the oldest are looked at together when room is to be made.
constexpr std::size_t purged_at_once = 64;

RemovedLetters& removed_of(std::vector<RemovedLetters>& all, const std::string& lane) {
  const auto known = std::ranges::find(all, lane, &RemovedLetters::lane);
  if (known != all.end()) return *known;
  all.push_back({lane, 0, 0, 0});
  return all.back();
}

}  // namespace

Result<LetterPage> SqliteStore::letters(const LetterSelection& which, std::size_t most,
                                        SegmentPool* content) {
  auto page = tables_.letters.select(which, most, content);
  if (!page) return with_cure(page.error(), file_.database.path());
  return page;
}

Result<void> SqliteStore::add_purged(Purge reason, std::uint64_t records) {
  if (records == 0) return {};
  return tables_.totals.add({"dead_letters", "purged", name(reason)}, records);
}

Result<void> SqliteStore::put_letters(const Transaction& transaction, Applied& applied) {
  for (const LetterPut& put : transaction.letters)
    if (const auto done = tables_.letters.put(put); !done) return done.error();
  while (!transaction.letters.empty() && tables_.letters.count().bytes > transaction.letter_bytes) {
    const auto oldest = tables_.letters.select({}, purged_at_once, nullptr);
    if (!oldest) return oldest.error();
    if (oldest->letters.empty()) break;
    for (const StoredLetter& letter : oldest->letters) {
      if (tables_.letters.count().bytes <= transaction.letter_bytes) break;
      if (const auto done = tables_.letters.remove(letter); !done) return done.error();
      applied.letters_over += letter.records;
    }
  }
  return add_purged(Purge::bytes, applied.letters_over);
}

Result<void> SqliteStore::remove_letters(const LetterRemoval& removal, Applied& applied, RowId& last_row) {
  auto page =
      tables_.letters.select(removal.which, removal.most, removal.replay ? letter_pool_.get() : nullptr);
  if (!page) return page.error();
  RowId next = removal.first_row;
  for (StoredLetter& letter : page->letters) {
    if (const auto done = tables_.letters.remove(letter); !done) return done.error();
    if (removal.replay && !letter.segment) {
      applied.letters_corrupt += letter.records;
      continue;
    }
    RemovedLetters& lane = removed_of(applied.removed, letter.lane);
    ++lane.letters;
    lane.records += letter.records;
    if (!removal.replay) continue;
    lane.bytes += letter.segment->size();
    last_row = next;
    if (const auto done = replay(letter, next++, removal.destinations); !done) return done.error();
  }
  applied.removed_all = page->is_all;
  if (!page->letters.empty()) applied.removed_up_to = page->letters.back().id;
  if (const auto done = add_purged(Purge::corrupt, applied.letters_corrupt); !done) return done.error();
  if (removal.replay) return {};
  std::uint64_t purged = 0;
  for (const RemovedLetters& lane : applied.removed) purged += lane.records;
  return add_purged(removal.reason, purged);
}

// It enters its lane as a row, through the listener `replay`, and no other destination.
Result<void> SqliteStore::replay(const StoredLetter& letter, RowId row,
                                 const std::vector<observe::DestinationId>& destinations) {
  LaneRow& lane = tables_.lanes.find_or_make(letter.lane);
  Slice slice{letter.segment, 0, letter.segment->records(), {}, letter.arrived};
  slice.maybe_sent = letter.maybe_sent;
  if (const auto done = tables_.segments.put(lane.id, {row, letter.lane, slice}); !done) return done.error();
  lane.now.records += letter.records;
  lane.now.bytes += slice.bytes().size();
  const std::string owner = owner_of_lane(letter.lane);
  std::vector<std::string> others;
  std::vector<NumberName> names{{"listener replay", "open", {}},
                                {"listener replay", "lines", {}},
                                {"listener replay", "accepted", {}},
                                {owner, "accepted", {}},
                                {"dead_letters", "replayed", {}}};
  others.reserve(destinations.size());
  for (const observe::DestinationId destination : destinations) {
    const std::string_view its_name = observe::name(destination);
    others.push_back("destination " + std::string(its_name));
    names.push_back({others.back(), "offered", {}});
    if (letter.lane.starts_with(std::string(its_name) + "/")) continue;
    names.push_back({others.back(), "left_out", name(LeftOut::replay)});
  }
  for (const NumberName& each : names)
    if (const auto done = tables_.totals.add(each, letter.records); !done) return done.error();
  return {};
}

}  // namespace pannier::queue
