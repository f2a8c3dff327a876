// Where one run's account ends and the next one's begins.
#include <algorithm>

#include "queue/fold.h"
#include "queue/sqlite_store.h"

namespace pannier::queue {

Result<Carried> SqliteStore::begin_run(std::uint64_t run, const std::string& boot,
                                       const std::optional<observe::RunPage>& last) {
  // Whatever a power cut takes of this run, whoever starts after it must know that there was one.
  const auto usual = file_.database.number("PRAGMA synchronous");
  if (!usual) return usual.error();
  if (const auto done = file_.database.run("PRAGMA synchronous=FULL"); !done) return done.error();
  auto begun = transact_at_all_costs([&] { return begin_account({run, boot}, last); });
  const std::string as_before = "PRAGMA synchronous=" + std::to_string(*usual);
  if (const auto done = file_.database.run(as_before.c_str()); !done) return done.error();
  return begun;
}

Result<std::uint64_t> SqliteStore::begun_run() {
  const auto begun = tables_.meta.begun();
  if (!begun) return begun.error();
  return begun->run;
}

Result<Carried> SqliteStore::begin_account(const BegunRun& run, const std::optional<observe::RunPage>& last) {
  const auto begun = tables_.meta.begun();
  if (!begun) return begun.error();
  std::optional<std::uint64_t> lost = 0;
  if (begun->run != 0) {
    auto ended = end_killed(*begun, run.boot, last);
    if (!ended) return ended.error();
    lost = *ended;
  }
  if (const auto done = tables_.meta.set_begun(run); !done) return done.error();
  auto begins_with = carried();
  if (begins_with) begins_with->lost_in_crash = lost;
  return begins_with;
}

Result<std::optional<std::uint64_t>> SqliteStore::end_killed(const BegunRun& begun, const std::string& boot,
                                                             const std::optional<observe::RunPage>& last) {
  const bool is_its_page = last && last->run == begun.run;
  // In memory that was the page's own after a mere kill; after a power cut it is as old as the disk's copy.
  const bool is_known = begun.boot == boot && last;
  const auto lost = end_account(is_its_page ? last->books : observe::Books{});
  if (!lost) return lost.error();
  const auto marked = !is_known ? mark_all() : is_its_page ? mark_windows(*last) : Result<void>();
  if (!marked) return marked.error();
  if (is_known) return std::optional<std::uint64_t>(*lost);
  const auto ends = tables_.meta.number(meta_names::unknown_ends);
  if (!ends) return ends.error();
  if (const auto done = tables_.meta.set(meta_names::unknown_ends, *ends + 1); !done) return done.error();
  return std::optional<std::uint64_t>();
}

Result<void> SqliteStore::end_run(const observe::RunPage& page) {
  return transact_at_all_costs([&]() -> Result<void> {
    const auto begun = tables_.meta.begun();
    if (!begun) return begun.error();
    if (begun->run != page.run) return {};
    if (const auto lost = end_account(page.books); !lost) return lost.error();
    // Requests may be open still: what they hold is on disk, and may arrive.
    if (const auto marked = mark_windows(page); !marked) return marked.error();
    return tables_.meta.set_begun({});
  });
}

Result<std::uint64_t> SqliteStore::end_account(const observe::Books& run) {
  auto totals = tables_.totals.read();
  if (!totals) return totals.error();
  for (const auto& [lane, delivered] : tables_.lanes.delivered_by_lane())
    lane_named(*totals, lane).delivered += delivered;
  Folded folded = fold(std::move(*totals), run, tables_.lanes.put_by_lane());
  if (const auto done = tables_.totals.write(std::move(folded.totals)); !done) return done.error();
  tables_.lanes.forget_run();
  return folded.lost;
}

Result<void> SqliteStore::mark_all() {
  const auto last = tables_.meta.number(meta_names::last_row);
  if (!last) return last.error();
  for (const auto& [name, lane] : tables_.lanes.lanes()) {
    if (!lane.holds()) continue;
    if (const auto done = tables_.windows.add(lane.id, {1, *last}); !done) return done.error();
  }
  return {};
}

Result<void> SqliteStore::mark_windows(const observe::RunPage& page) {
  for (std::size_t i = 0; i < std::min(page.windows.size(), page.books.lanes.size()); ++i) {
    const LaneRow* lane = tables_.lanes.find(page.books.lanes[i].name);
    if (lane == nullptr || !lane->holds()) continue;
    for (const observe::RowWindow window : page.windows[i]) {
      if (window.last == 0) continue;
      if (const auto done = tables_.windows.add(lane->id, window); !done) return done.error();
    }
  }
  return {};
}

Result<Carried> SqliteStore::carried() {
  Carried carried;
  const auto last = tables_.meta.number(meta_names::last_row);
  if (!last) return last.error();
  const auto ends = tables_.meta.number(meta_names::unknown_ends);
  if (!ends) return ends.error();
  auto totals = tables_.totals.read();
  if (!totals) return totals.error();
  carried.last_row = *last;
  carried.unknown_ends = static_cast<std::uint64_t>(*ends);
  carried.totals = std::move(*totals);
  carried.letters = tables_.letters.count().records;
  const auto salt = tables_.meta.salt();
  if (!salt) return salt.error();
  carried.salt = *salt;
  for (const auto& [name, lane] : tables_.lanes.lanes())
    if (lane.holds()) carried.lanes.push_back({name, lane.now.records, lane.now.bytes});
  return carried;
}

}  // namespace pannier::queue
