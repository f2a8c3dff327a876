#include "tests/queue/model_store.h"

#include <algorithm>

namespace pannier::queue {
namespace {

observe::LaneBooks& lane_of(observe::Books& books, std::string_view name) {
  const auto found = std::ranges::find(books.lanes, name, &observe::LaneBooks::name);
  if (found != books.lanes.end()) return *found;
  observe::LaneBooks lane;
  lane.name = name;
  books.lanes.push_back(std::move(lane));
  return books.lanes.back();
}

std::uint64_t cost_of(const ModelStore::Row& row) {
  return row.bytes->size() + row.ends.size() * sizeof(std::uint32_t) + 100;
}

}  // namespace

std::uint32_t ModelStore::Row::left() const {
  auto records = static_cast<std::uint32_t>(ends.size());
  for (const RecordRange& range : finished) records -= range.last - range.first;
  return records;
}

Result<Applied> ModelStore::apply(const Transaction& transaction) {
  if (fault_)
    if (auto error = fault_()) return *error;
  Applied applied;
  std::uint64_t given = 0;
  for (const MakeRoom& room : transaction.make_room) {
    const bool is_enough = given > 0 && given >= room.bytes;
    applied.made_room.push_back(is_enough ? Removed{}
                                          : make_room({room.rows, room.bytes - std::min(given, room.bytes)}));
    given += applied.made_room.back().bytes;
  }
  for (const Put& each : transaction.puts) put(each);
  for (const Finish& finish : transaction.finishes) {
    if (finish.whole)
      now_.rows.erase(finish.row);
    else
      now_.rows.at(finish.row).finished = finish.finished;
  }
  for (const Number& number : transaction.numbers) add(number);
  put_letters(transaction, applied);
  if (transaction.removal) remove_letters(*transaction.removal, applied);
  return applied;
}

namespace {

bool is_of(const LetterSelection& which, const StoredLetter& letter) {
  return letter.id > which.after && letter.id <= which.up_to &&
         (which.ids.empty() || std::ranges::binary_search(which.ids, letter.id)) &&
         (which.lane.empty() || which.lane == letter.lane) &&
         (!which.reason || name(*which.reason) == letter.reason) &&
         (!which.died_before || letter.died < *which.died_before);
}

}  // namespace

Result<LetterPage> ModelStore::letters(const LetterSelection& which, std::size_t most, SegmentPool* content) {
  if (fault_)
    if (auto error = fault_()) return *error;
  LetterPage page;
  for (const auto& [id, letter] : now_.letters) {
    if (!is_of(which, letter)) continue;
    page.is_all = page.letters.size() < most;
    if (!page.is_all) break;
    page.letters.push_back(letter);
    if (content == nullptr) page.letters.back().segment.reset();
  }
  return page;
}

void ModelStore::put_letters(const Transaction& transaction, Applied& applied) {
  for (const LetterPut& put : transaction.letters) {
    const Letter& from = put.letter;
    StoredLetter letter;
    letter.id = put.id;
    letter.lane = put.lane;
    letter.reason = name(from.reason);
    letter.answer = from.answer;
    letter.records = from.slice.records();
    letter.bytes = from.slice.bytes().size() + 200;
    letter.attempts = from.attempts;
    letter.maybe_sent = from.slice.maybe_sent;
    letter.arrived = from.slice.arrived;
    letter.died = from.died;
    letter.segment = copy_of(from.slice, *letter_pool_).segment;
    now_.last_row = std::max(now_.last_row, put.id);
    now_.letters.emplace(put.id, std::move(letter));
  }
  std::uint64_t bytes = 0;
  for (const auto& [id, letter] : now_.letters) bytes += letter.bytes;
  while (!transaction.letters.empty() && bytes > transaction.letter_bytes) {
    const StoredLetter& oldest = now_.letters.begin()->second;
    bytes -= oldest.bytes;
    applied.letters_over += oldest.records;
    now_.letters.erase(now_.letters.begin());
  }
  now_.totals.dead_letters.purged[number_of(Purge::bytes)] += applied.letters_over;
}

void ModelStore::remove_letters(const LetterRemoval& removal, Applied& applied) {
  RowId row = removal.first_row;
  for (auto at = now_.letters.begin(); at != now_.letters.end();) {
    const StoredLetter letter = at->second;
    if (!is_of(removal.which, letter)) {
      ++at;
      continue;
    }
    applied.removed_all = static_cast<std::size_t>(row - removal.first_row) < removal.most;
    if (!applied.removed_all) return;
    ++row;
    applied.removed_up_to = letter.id;
    applied.removed.push_back({letter.lane, 1, letter.records, letter.bytes});
    at = now_.letters.erase(at);
    if (removal.replay)
      replay(letter, row - 1, removal);
    else
      now_.totals.dead_letters.purged[number_of(removal.reason)] += letter.records;
  }
}

void ModelStore::replay(const StoredLetter& letter, RowId row, const LetterRemoval& removal) {
  put({row,
       letter.lane,
       {letter.segment, 0, letter.segment->records(), {}, letter.arrived, 0, letter.maybe_sent}});
  now_.put[letter.lane] -= letter.records;
  observe::Books& totals = now_.totals;
  observe::ListenerBooks& listener = totals.listeners[static_cast<std::size_t>(observe::ListenerId::replay)];
  listener.open = true;
  listener.lines += letter.records;
  listener.accepted += letter.records;
  lane_of(totals, letter.lane).accepted += letter.records;
  totals.dead_letters.replayed += letter.records;
  for (const observe::DestinationId on : removal.destinations) {
    observe::DestinationBooks& destination = totals.destinations[static_cast<std::size_t>(on)];
    destination.offered += letter.records;
    if (!letter.lane.starts_with(std::string(observe::name(on)) + "/"))
      destination.left_out[number_of(LeftOut::replay)] += letter.records;
  }
}

void ModelStore::put(const Put& put) {
  Row row;
  row.lane = put.lane;
  row.bytes = std::make_shared<const std::string>(put.slice.bytes());
  const std::uint32_t start = put.slice.segment->start_of(put.slice.first);
  for (std::uint32_t i = put.slice.first; i < put.slice.last; ++i)
    row.ends.push_back(put.slice.segment->end_of(i) - start);
  row.arrived = put.slice.arrived;
  row.attempts = put.slice.attempts;
  row.format = put.slice.segment->format();
  row.maybe_sent = put.slice.maybe_sent;
  now_.put[row.lane] += row.ends.size();
  now_.last_row = std::max(now_.last_row, put.row);
  now_.rows.emplace(put.row, std::move(row));
}

bool ModelStore::is_wanted(RowId id, const Row& row, const RowsOf& rows) const {
  return row.lane == rows.lane && id > rows.after && id < rows.before &&
         !std::ranges::binary_search(rows.except, id);
}

Removed ModelStore::make_room(const MakeRoom& room) {
  Removed removed;
  for (auto at = now_.rows.begin(); at != now_.rows.end();) {
    const bool enough = removed.rows > 0 && removed.bytes >= room.bytes;
    if (enough || !is_wanted(at->first, at->second, room.rows)) {
      ++at;
      continue;
    }
    removed.bytes += cost_of(at->second);
    removed.records += at->second.left();
    ++removed.rows;
    at = now_.rows.erase(at);
  }
  add({room.rows.lane, observe::Account::stored_dropped, static_cast<std::uint8_t>(Drop::full),
       removed.records});
  return removed;
}

void ModelStore::add(const Number& number) {
  if (number.account == observe::Account::purged) {
    now_.totals.dead_letters.purged[number.reason] += number.count;
    return;
  }
  observe::LaneBooks& lane = lane_of(now_.totals, number.lane);
  switch (number.account) {
    case observe::Account::stored_delivered: lane.delivered += number.count; break;
    case observe::Account::stored_dropped: lane.dropped[number.reason] += number.count; break;
    case observe::Account::dead: lane.dead[number.reason] += number.count; break;
    case observe::Account::died_unstored: now_.put[std::string(number.lane)] += number.count; break;
    default: std::abort();
  }
}

bool ModelStore::may_have_been_sent(RowId id, const Row& row) const {
  if (row.maybe_sent) return true;
  const auto windows = now_.windows.find(row.lane);
  return windows != now_.windows.end() && std::ranges::any_of(windows->second, [id](const auto& window) {
           return id >= window.first && id <= window.last;
         });
}

Result<Loaded> ModelStore::load(const RowsOf& rows, std::size_t bytes, SegmentPool& pool) {
  if (fault_)
    if (auto error = fault_()) return *error;
  Loaded loaded;
  loaded.up_to = rows.before - 1;
  std::size_t size = 0;
  for (const auto& [id, row] : now_.rows) {
    if (!is_wanted(id, row, rows)) continue;
    if (!loaded.rows.empty() && size + row.bytes->size() > bytes) {
      loaded.up_to = loaded.rows.back().row;
      break;
    }
    size += row.bytes->size();
    LoadedRow out;
    out.row = id;
    out.records = static_cast<std::uint32_t>(row.ends.size());
    if (!row.is_damaged) {
      out.segment = pool.make_filled(*row.bytes, row.ends);
      out.segment->set_format(row.format);
    }
    std::uint32_t at = 0;
    for (const RecordRange& range : row.finished) {
      if (range.first > at) out.left.push_back({at, range.first});
      at = range.last;
    }
    if (at < out.records) out.left.push_back({at, out.records});
    out.arrived = row.arrived;
    out.attempts = row.attempts;
    out.maybe_sent = may_have_been_sent(id, row);
    loaded.rows.push_back(std::move(out));
  }
  return loaded;
}

Result<std::optional<SystemTime>> ModelStore::oldest_arrival() {
  if (now_.rows.empty()) return std::optional<SystemTime>();
  return std::optional(now_.rows.begin()->second.arrived);
}

std::uint64_t ModelStore::used_bytes() {
  std::uint64_t bytes = 0;
  for (const auto& [id, row] : now_.rows) bytes += cost_of(row);
  for (const auto& [id, letter] : now_.letters) bytes += letter.bytes;
  return bytes;
}

std::uint64_t ModelStore::records_of(const std::string& lane) const {
  std::uint64_t records = 0;
  for (const auto& [id, row] : now_.rows) records += row.lane == lane ? row.left() : 0;
  return records;
}

std::uint64_t ModelStore::letters_held() const {
  std::uint64_t records = 0;
  for (const auto& [id, letter] : now_.letters) records += letter.records;
  return records;
}

void ModelStore::mark(const observe::RunPage& page) {
  for (std::size_t lane = 0; lane < page.windows.size() && lane < page.books.lanes.size(); ++lane)
    for (const observe::RowWindow& window : page.windows[lane])
      if (window.last != 0) now_.windows[page.books.lanes[lane].name].push_back(window);
}

Result<Carried> ModelStore::begin_run(std::uint64_t run, const std::string& boot,
                                      const std::optional<observe::RunPage>& last) {
  std::optional<std::uint64_t> lost = 0;
  if (now_.run != 0) {
    const bool is_its_page = last && last->run == now_.run;
    const bool is_known = last && now_.boot == boot;
    const Folded folded = fold(now_.totals, is_its_page ? last->books : observe::Books{}, now_.put);
    now_.totals = folded.totals;
    now_.put.clear();
    lost = folded.lost;
    if (!is_known) {
      lost.reset();
      ++now_.unknown_ends;
      for (const auto& [id, row] : now_.rows) now_.windows[row.lane].push_back({1, now_.last_row});
    } else if (is_its_page) {
      mark(*last);
    }
  }
  now_.run = run;
  now_.boot = boot;
  sync();
  return carried(lost);
}

Carried ModelStore::carried(std::optional<std::uint64_t> lost) const {
  Carried carried;
  carried.last_row = now_.last_row;
  carried.totals = now_.totals;
  carried.lost_in_crash = lost;
  carried.unknown_ends = now_.unknown_ends;
  carried.letters = letters_held();
  std::map<std::string, CarriedLane> lanes;
  for (const auto& [id, row] : now_.rows) {
    CarriedLane& lane = lanes[row.lane];
    lane.name = row.lane;
    lane.records += row.left();
    lane.bytes += row.bytes->size();
  }
  for (const auto& [name, lane] : lanes) carried.lanes.push_back(lane);
  return carried;
}

Result<void> ModelStore::end_run(const observe::RunPage& page) {
  if (page.run != now_.run) return {};
  mark(page);
  now_.totals = fold(now_.totals, page.books, now_.put).totals;
  now_.put.clear();
  now_.run = 0;
  sync();
  return {};
}

}  // namespace pannier::queue
