#include "daemon/service_words.h"

#include <gtest/gtest.h>

namespace pannier::daemon {
namespace {

using deliver::LaneState;

Snapshot with_lanes(std::initializer_list<std::pair<LaneState, std::string>> lanes) {
  Snapshot snapshot;
  for (const auto& [state, why] : lanes) {
    observe::LaneBooks books;
    books.name = "malti/" + std::string(1, static_cast<char>('a' + snapshot.lanes.size()));
    books.accepted = 5;
    books.held = {.memory = 3, .spool = 0, .in_flight = 2};
    snapshot.books.lanes.push_back(books);
    deliver::LaneView view;
    view.state = state;
    view.why = why;
    snapshot.lanes.push_back(view);
  }
  return snapshot;
}

// The sums of these books are not what is tested.
std::string words(const Snapshot& snapshot) {
  const std::string all = service_words(snapshot);
  const std::string prefix = "NOT BALANCED; ";
  return all.starts_with(prefix) ? all.substr(prefix.size()) : all;
}

TEST(ServiceWordsTest, SaysHowManyLanesDeliverAndWhatIsHeld) {
  EXPECT_EQ(words(with_lanes({})), "ready, nothing has come in yet");
  EXPECT_EQ(words(with_lanes({{LaneState::healthy, ""}})), "delivering to 1 lane, 5 held");
  EXPECT_EQ(words(with_lanes({{LaneState::healthy, ""}, {LaneState::healthy, ""}})),
            "delivering to 2 lanes, 10 held");
}

TEST(ServiceWordsTest, NamesLanesInTroubleBlockedOnesFirst) {
  EXPECT_EQ(
      words(with_lanes({{LaneState::backing_off, "no answer (connection refused)"},
                        {LaneState::blocked, "key refused (401)"},
                        {LaneState::healthy, ""}})),
      "malti/b BLOCKED: key refused (401); malti/a backing off: no answer (connection refused); delivering "
      "to 1 of 3 lanes, 15 held");
}

TEST(ServiceWordsTest, NamesThreeAtMost) {
  const std::pair<LaneState, std::string> lost{LaneState::blocked, "no key"};
  const std::string all = words(with_lanes({lost, lost, lost, lost, lost}));
  EXPECT_NE(all.find("malti/c BLOCKED: no key; 2 more; delivering to 0 of 5 lanes"), std::string::npos)
      << all;
}

TEST(ServiceWordsTest, StaysOneLineWhateverABackendSays) {
  const std::string all = words(with_lanes({{LaneState::blocked, "key refused (evil\nREADY=0\x1b[2J)"}}));
  EXPECT_EQ(all.find('\n'), std::string::npos);
  EXPECT_EQ(all.find('\x1b'), std::string::npos);
}

TEST(ServiceWordsTest, SaysThatItStopsAndThatSumsDoNotBalance) {
  Snapshot snapshot = with_lanes({{LaneState::healthy, ""}});
  snapshot.stopping = true;
  EXPECT_EQ(words(snapshot), "stopping, 5 held");
  snapshot.stopping = false;
  snapshot.books.lanes[0].accepted = 99;
  EXPECT_TRUE(service_words(snapshot).starts_with("NOT BALANCED; delivering")) << service_words(snapshot);
}

}  // namespace
}  // namespace pannier::daemon
