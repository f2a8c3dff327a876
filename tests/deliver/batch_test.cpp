#include "deliver/batch.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "tests/deliver/batches.h"

namespace pannier::deliver {
namespace {

using Texts = std::vector<std::string>;

Texts texts(const Batch& batch) {
  Texts all;
  for (const queue::Slice& slice : batch.slices)
    for (std::uint32_t i = slice.first; i < slice.last; ++i) all.emplace_back(slice.segment->bytes(i, i + 1));
  return all;
}

void expect_true_counts(const Batch& batch) {
  std::size_t bytes = 0;
  for (const std::string& text : texts(batch)) bytes += text.size();
  EXPECT_EQ(batch.records, texts(batch).size());
  EXPECT_EQ(batch.bytes, bytes);
  for (const queue::Slice& slice : batch.slices) EXPECT_GT(slice.records(), 0U);
}

// Slices in the middle of segments, as a ring's take makes them.
Batch random_batch(Random& random) {
  Batch batch;
  int number = 0;
  for (std::uint64_t left = 1 + random.below(5); left > 0; --left) {
    Texts fragments;
    for (std::uint64_t i = 0; i < 3 + random.below(6); ++i)
      fragments.push_back(std::to_string(number++) + std::string(random.below(4), ','));
    queue::Slice slice = make_batch({fragments}).slices[0];
    slice.first = static_cast<std::uint32_t>(random.below(2));
    slice.last -= static_cast<std::uint32_t>(random.below(2));
    batch.add(slice);
  }
  return batch;
}

TEST(BatchTest, CountsTheRecordsAndBytesOfItsSlices) {
  Batch batch;
  queue::Slice slice = make_batch({{"aa", "bbb", "c"}}).slices[0];
  slice.first = 1;
  batch.add(slice);
  EXPECT_EQ(batch.records, 2U);
  EXPECT_EQ(batch.bytes, 4U);
  expect_true_counts(batch);
}

TEST(BatchTest, HalvesHoldEveryRecordOnceAndInOrder) {
  Random random(1);
  for (int i = 0; i < 500; ++i) {
    const Batch batch = random_batch(random);
    if (batch.records < 2) continue;
    const auto [first, second] = batch.halves();
    EXPECT_EQ(first.records, batch.records / 2);
    Texts both = texts(first);
    for (std::string& text : texts(second)) both.push_back(std::move(text));
    ASSERT_EQ(both, texts(batch));
    expect_true_counts(first);
    expect_true_counts(second);
  }
}

TEST(BatchTest, LeavesOutExactlyTheNamedRecords) {
  Random random(2);
  for (int i = 0; i < 1000; ++i) {
    const Batch batch = random_batch(random);
    std::vector<std::uint32_t> named;
    Texts expected;
    const Texts all = texts(batch);
    const std::uint64_t density = 1 + random.below(4);
    for (std::uint32_t k = 0; k < batch.records; ++k) {
      if (random.below(density) == 0)
        named.push_back(k);
      else
        expected.push_back(all[k]);
    }
    const Batch rest = batch.without(named);
    ASSERT_EQ(texts(rest), expected);
    expect_true_counts(rest);
  }
}

TEST(BatchTest, PartsRememberTheAttemptsAndWhetherTheyMayHaveBeenStored) {
  Batch batch = make_batch({{"a", "b", "c"}});
  batch.attempts = 3;
  batch.maybe_sent = true;
  const auto [first, second] = batch.halves();
  for (const Batch& part : {first, second, batch.without(std::vector<std::uint32_t>{1})}) {
    EXPECT_EQ(part.attempts, 3U);
    EXPECT_TRUE(part.maybe_sent);
  }
}

}  // namespace
}  // namespace pannier::deliver
