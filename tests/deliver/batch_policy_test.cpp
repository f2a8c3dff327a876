#include "deliver/batch_policy.h"

#include <gtest/gtest.h>

namespace pannier::deliver {
namespace {

using namespace std::chrono_literals;
using queue::Pending;

constexpr SteadyTime start{1h};

class BatchPolicyTest : public ::testing::Test {
 protected:
  static BatchOptions options() {
    BatchOptions options;
    options.records = 500;
    options.bytes = 10'000;
    options.interval = 30s;
    return options;
  }
  // One record comes at `now` into an empty lane; returns when it is sent.
  SteadyTime send_one(SteadyTime now) {
    policy_.observe({}, now, now);
    policy_.observe(one_, now, now);
    const SteadyTime due = policy_.deadline().value();
    EXPECT_FALSE(policy_.is_due(one_, due - 1ns));
    EXPECT_TRUE(policy_.is_due(one_, due));
    policy_.took(false, due);
    return due;
  }
  void use_up_the_tokens(SteadyTime now) {
    for (int i = 0; i < BatchPolicy::most_tokens; ++i) EXPECT_LE(send_one(now) - now, 1s);
  }

  const Pending one_{.records = 1, .bytes = 100};
  BatchPolicy policy_{options(), start, 0};
};

TEST_F(BatchPolicyTest, AFullBatchNeverWaits) {
  for (const Pending full : {Pending{.records = 500, .bytes = 1}, Pending{.records = 1, .bytes = 10'000}}) {
    EXPECT_TRUE(policy_.is_full(full));
    EXPECT_TRUE(policy_.is_due(full, start));
  }
  EXPECT_FALSE(policy_.is_due({.records = 499, .bytes = 9999}, start));
}

TEST_F(BatchPolicyTest, WhatReachedTheHighMarkIsSentAtOnce) {
  EXPECT_TRUE(policy_.is_due({.records = 1, .bytes = 1, .high = true}, start));
}

TEST_F(BatchPolicyTest, NothingIsNeverDue) {
  policy_.observe({}, start, start);
  EXPECT_EQ(policy_.deadline(), std::nullopt);
  EXPECT_FALSE(policy_.is_due({.records = 0, .bytes = 0, .high = true}, start + 24h));
}

TEST_F(BatchPolicyTest, AQuietLanesFirstRecordIsSentWithinASecond) {
  EXPECT_LE(send_one(start + 7s) - (start + 7s), 1s);
}

TEST_F(BatchPolicyTest, LaterRecordsDoNotPutOffTheFirst) {
  policy_.observe(one_, start + 1s, start + 1s);
  const auto due = policy_.deadline();
  policy_.observe({.records = 2, .bytes = 200}, start + 1400ms, start + 1400ms);
  EXPECT_EQ(policy_.deadline(), due);
}

TEST_F(BatchPolicyTest, WithoutATokenTheRecordWaitsForTheNextBeat) {
  use_up_the_tokens(start + 2s);
  EXPECT_EQ(send_one(start + 7s), start + 30s);
}

TEST_F(BatchPolicyTest, EachIntervalGivesOneTokenBack) {
  use_up_the_tokens(start + 2s);
  EXPECT_LE(send_one(start + 31s) - (start + 31s), 1s);
  EXPECT_EQ(send_one(start + 33s), start + 60s);
}

TEST_F(BatchPolicyTest, ThreeTokensAreTheMostThatASilentNightSavesUp) {
  use_up_the_tokens(start + 2s);
  const SteadyTime morning = start + 8h + 1s;
  use_up_the_tokens(morning);
  EXPECT_EQ(send_one(morning), start + 8h + 30s);
}

TEST_F(BatchPolicyTest, FullBatchesCostNoToken) {
  for (int i = 0; i < 10; ++i) {
    policy_.observe(one_, start + 1s, start + 1s);
    policy_.took(true, start + 3s);
  }
  use_up_the_tokens(start + 4s);
}

TEST_F(BatchPolicyTest, WhatAFullBatchLeavesBehindCountsAsComingIntoAnEmptyLane) {
  policy_.observe(one_, start + 1s, start + 1s);
  policy_.took(true, start + 20s);
  policy_.observe(one_, start + 20s, start + 20s);
  const SteadyTime due = policy_.deadline().value();
  EXPECT_GT(due, start + 20s);
  EXPECT_LE(due, start + 21s);
}

TEST_F(BatchPolicyTest, ARecordThatCameBeforeItWasSeenIsStillSentWithinASecondOfItsComing) {
  policy_.observe(one_, start + 5s, start + 5400ms);
  EXPECT_LE(policy_.deadline().value(), start + 6s);
}

TEST_F(BatchPolicyTest, ThePhaseShiftsTheBeat) {
  for (const auto& [phase, beat] :
       {std::pair{0.0, 90'000ms}, {0.25, 67'500ms}, {0.5, 75'000ms}, {0.75, 82'500ms}}) {
    policy_ = BatchPolicy(options(), start, phase);
    use_up_the_tokens(start + 61s);
    EXPECT_EQ(send_one(start + 62s), start + beat) << phase;
  }
}

TEST_F(BatchPolicyTest, TheFirstBeatComesAfterThePhaseAndNotAfterAnInterval) {
  policy_ = BatchPolicy(options(), start, 0.5);
  use_up_the_tokens(start + 1s);
  EXPECT_EQ(send_one(start + 2s), start + 15s);
}

TEST_F(BatchPolicyTest, ALongerIntervalAfterAReloadStillGivesTokensBack) {
  BatchOptions quick = options();
  quick.interval = 1s;
  policy_ = BatchPolicy(quick, start, 0);
  use_up_the_tokens(start + 1h);
  BatchOptions slow = options();
  slow.interval = 30s;
  policy_.configure(slow);
  EXPECT_GT(send_one(start + 1h + 1s) - (start + 1h), 1s);
  use_up_the_tokens(start + 1h + 5min);
}

}  // namespace
}  // namespace pannier::deliver
