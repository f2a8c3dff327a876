#include "deliver/window.h"

#include <gtest/gtest.h>

namespace pannier::deliver {
namespace {

TEST(WindowTest, AHealthyLaneMayUseAllItsConnectionsFromTheStart) {
  EXPECT_EQ(Window(4).size(), 4U);
}

TEST(WindowTest, AFailureLeavesOneAndEachSuccessOpensOneMore) {
  Window window(4);
  window.after_failure();
  EXPECT_EQ(window.size(), 1U);
  for (const std::uint32_t expected : {2U, 3U, 4U, 4U}) {
    window.after_success();
    EXPECT_EQ(window.size(), expected);
  }
}

TEST(WindowTest, FewerConnectionsCountAtOnceAndMoreComeStepByStep) {
  Window window(4);
  window.configure(2);
  EXPECT_EQ(window.size(), 2U);
  window.configure(3);
  EXPECT_EQ(window.size(), 2U);
  window.after_success();
  EXPECT_EQ(window.size(), 3U);
}

}  // namespace
}  // namespace pannier::deliver
