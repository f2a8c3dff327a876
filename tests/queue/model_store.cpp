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
  for (const MakeRoom& room : transaction.make_room) applied.made_room.push_back(make_room(room));
  for (const Put& each : transaction.puts) put(each);
  for (const Finish& finish : transaction.finishes) {
    if (finish.whole)
      now_.rows.erase(finish.row);
    else
      now_.rows.at(finish.row).finished = finish.finished;
  }
  for (const Number& number : transaction.numbers) add(number);
  return applied;
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
  observe::LaneBooks& lane = lane_of(now_.totals, number.lane);
  switch (number.account) {
    case observe::Account::stored_delivered: lane.delivered += number.count; break;
    case observe::Account::stored_dropped: lane.dropped[number.reason] += number.count; break;
    case observe::Account::stored_dead:
      lane.dead[number.reason] += number.count;
      now_.totals.dead_letters.purged[static_cast<std::size_t>(Purge::no_store)] += number.count;
      break;
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
    if (!row.is_damaged) out.segment = pool.make_filled(*row.bytes, row.ends);
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
  return bytes;
}

std::uint64_t ModelStore::records_of(const std::string& lane) const {
  std::uint64_t records = 0;
  for (const auto& [id, row] : now_.rows) records += row.lane == lane ? row.left() : 0;
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
