#include "queue/fold.h"

#include <algorithm>

#include "queue/book_numbers.h"

namespace pannier::queue {
namespace {

// What the lane had accepted and nobody can account for.
std::uint64_t settle(observe::LaneBooks& lane, const PutByLane& put) {
  const auto stored = put.find(lane.name);
  const std::uint64_t known = lane.delivered + observe::sum(lane.dead) + observe::sum(lane.dropped) +
                              (stored == put.end() ? 0 : stored->second);
  lane.accepted = std::max(lane.accepted, known);
  lane.lost_in_crash = lane.accepted - known;
  return lane.lost_in_crash;
}

// What was raised for its lanes was offered to the destination.
void raise_offered(observe::Books& run) {
  for (std::size_t i = 0; i < run.destinations.size(); ++i) {
    std::uint64_t known = observe::sum(run.destinations[i].left_out);
    for (const observe::LaneBooks& lane : run.lanes)
      if (lane.destination == static_cast<observe::DestinationId>(i)) known += lane.accepted;
    run.destinations[i].offered = std::max(run.destinations[i].offered, known);
  }
}

void add(observe::Books& totals, observe::Books& run) {
  std::map<std::string, std::uint64_t, std::less<>> numbers;
  const auto key_of = [](const NumberName& name) {
    return std::string(name.owner).append("|").append(name.what).append("|").append(name.reason);
  };
  each_number(run, [&](const NumberName& name, std::uint64_t& number) { numbers[key_of(name)] = number; });
  for (const observe::LaneBooks& lane : run.lanes)
    lane_named(totals, lane.name).destination = lane.destination;
  each_number(totals, [&](const NumberName& name, std::uint64_t& number) {
    const auto found = numbers.find(key_of(name));
    if (found != numbers.end()) number += found->second;
  });
}

}  // namespace

Folded fold(observe::Books totals, observe::Books run, const PutByLane& put) {
  Folded folded;
  for (const auto& [lane, records] : put)
    if (records != 0) lane_named(run, lane);
  for (observe::LaneBooks& lane : run.lanes) folded.lost += settle(lane, put);
  raise_offered(run);
  add(totals, run);
  folded.totals = std::move(totals);
  return folded;
}

}  // namespace pannier::queue
