#include "receive/pause.h"

#include <gtest/gtest.h>

namespace pannier::receive {
namespace {

using namespace std::chrono_literals;

TEST(PauseTest, LastsUntilRoomCame) {
  const SteadyTime start{};
  Pause pause(1s);
  EXPECT_FALSE(pause.is_on(start));
  pause.ask(start);
  EXPECT_TRUE(pause.is_on(start + 999ms));
  pause.room_came();
  EXPECT_FALSE(pause.is_on(start + 999ms));
}

TEST(PauseTest, IsNotProlongedByAskingAgain) {
  const SteadyTime start{};
  Pause pause(1s);
  pause.ask(start);
  pause.ask(start + 500ms);
  EXPECT_TRUE(pause.is_on(start + 999ms));
  EXPECT_FALSE(pause.is_on(start + 1s));
}

TEST(PauseTest, DoesNotComeAgainAfterItRanOutUntilRoomCame) {
  const SteadyTime start{};
  Pause pause(1s);
  pause.ask(start);
  EXPECT_FALSE(pause.is_on(start + 1s));
  pause.ask(start + 2s);
  EXPECT_FALSE(pause.is_on(start + 2s));
  pause.room_came();
  pause.ask(start + 3s);
  EXPECT_TRUE(pause.is_on(start + 3s));
}

}  // namespace
}  // namespace pannier::receive
