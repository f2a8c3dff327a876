#include "daemon/status.h"

#include <algorithm>

#include "base/units.h"
#include "observe/totals.h"

namespace pannier::daemon {

using observe::Books;

namespace {

// Malti's dashboard shows aggregates; it makes those of the last hours and of the last day again and again,
// and keeps the records themselves for a week.
constexpr std::chrono::hours malti_hourly{3};
constexpr std::chrono::hours malti_keeps{7 * 24};

bool holds_for_malti(const observe::LaneBooks& lane) {
  return lane.destination == observe::DestinationId::malti &&
         lane.held.spool + lane.held.in_flight_stored != 0;
}

std::string late_for_malti(const Snapshot& snapshot) {
  const auto age = oldest_age(snapshot);
  if (!age || *age < malti_hourly || std::ranges::none_of(snapshot.books.lanes, holds_for_malti)) return "";
  const std::string is = "the oldest record in the spool is " +
                         units::about(std::chrono::duration_cast<std::chrono::seconds>(*age)) + " old; ";
  if (*age >= malti_keeps) return is + "Malti keeps records for 7 days, so it may be removed there at once";
  return is +
         "Malti renews its hourly figures for 3 hours and its daily ones for a day, so what is older will be "
         "stored there but may not show on its dashboard";
}

}  // namespace

std::string_view state_name(deliver::LaneState state) {
  switch (state) {
    case deliver::LaneState::healthy: return "healthy";
    case deliver::LaneState::backing_off: return "backing_off";
    case deliver::LaneState::blocked: return "blocked";
  }
  return "healthy";
}

std::uint64_t at_risk(const Books& books) {
  std::uint64_t records = 0;
  for (const observe::LaneBooks& lane : books.lanes)
    records +=
        lane.held.memory + lane.held.in_flight - std::min(lane.held.in_flight, lane.held.in_flight_stored);
  return records;
}

std::uint64_t undurable(const Books& books) {
  std::uint64_t records = 0;
  for (const observe::LaneBooks& lane : books.lanes) records += lane.undurable;
  return records;
}

std::optional<Duration> oldest_age(const Snapshot& snapshot) {
  if (!snapshot.spool.oldest) return std::nullopt;
  // The clock may have been set back since.
  return std::max<Duration>(snapshot.wall_clock - *snapshot.spool.oldest, Duration::zero());
}

std::optional<Duration> full_in(const SpoolStatus& spool) {
  constexpr double longest = 10.0 * 365 * 86400;
  if (!spool.growth || !(*spool.growth > 0)) return std::nullopt;
  const std::uint64_t left = spool.limit - std::min(spool.limit, spool.used);
  const double seconds = static_cast<double>(left) / *spool.growth;
  if (!(seconds < longest)) return std::nullopt;
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

std::vector<std::string> imbalances(const Snapshot& snapshot) {
  std::vector<std::string> wrong = observe::imbalances(snapshot.books);
  if (snapshot.totals)
    for (std::string& sentence : observe::imbalances_of_totals(*snapshot.totals))
      wrong.push_back(std::move(sentence));
  return wrong;
}

std::vector<std::string> all_warnings(const Snapshot& snapshot) {
  std::vector<std::string> warnings = snapshot.warnings;
  if (std::string late = late_for_malti(snapshot); !late.empty()) warnings.push_back(std::move(late));
  return warnings;
}

void add_held(Books& books, const std::vector<deliver::LaneView>& lanes) {
  for (std::size_t id = 0; id < lanes.size() && id < books.lanes.size(); ++id) {
    books.lanes[id].held.memory += lanes[id].parked;
    books.lanes[id].held.spool += lanes[id].parked_stored;
    books.lanes[id].held.in_flight += lanes[id].in_flight;
    books.lanes[id].held.in_flight_stored += lanes[id].in_flight_stored;
  }
}

}  // namespace pannier::daemon
