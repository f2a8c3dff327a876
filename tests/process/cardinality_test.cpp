#include "process/cardinality.h"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/random.h"
#include "process/consumer.h"
#include "process/endpoint.h"

namespace pannier::process {
namespace {

constexpr CardinalityLimits few{.endpoints = 3, .consumers = 2, .services = 2};

bool is_other_endpoint(Cardinality& guard, std::string_view endpoint, std::string_view service = "s") {
  return guard.judge(service, endpoint, anonymous).other_endpoint;
}
bool is_other_consumer(Cardinality& guard, std::string_view consumer, std::string_view service = "s") {
  return guard.judge(service, no_route, consumer).other_consumer;
}

TEST(CardinalityTest, TheFirstOnesStayAndLaterOnesAreOthers) {
  Cardinality guard(few, 1);
  for (int round = 0; round < 3; ++round) {
    for (const char* endpoint : {"/a", "/b", "/c"}) EXPECT_FALSE(is_other_endpoint(guard, endpoint));
    EXPECT_TRUE(is_other_endpoint(guard, "/d"));
    for (const char* consumer : {"x", "y"}) EXPECT_FALSE(is_other_consumer(guard, consumer));
    EXPECT_TRUE(is_other_consumer(guard, "z"));
  }
}

TEST(CardinalityTest, WhatNamesNobodyIsFree) {
  Cardinality guard(few, 1);
  for (const char* consumer : {"x", "y"}) is_other_consumer(guard, consumer);
  for (const char* endpoint : {"/a", "/b", "/c"}) is_other_endpoint(guard, endpoint);
  for (const std::string_view name : {anonymous, other, std::string_view("")})
    EXPECT_FALSE(is_other_consumer(guard, name)) << name;
  for (const std::string_view name : {no_route, other}) EXPECT_FALSE(is_other_endpoint(guard, name)) << name;
}

TEST(CardinalityTest, EachServiceHasItsOwnCount) {
  Cardinality guard(few, 1);
  for (const char* endpoint : {"/a", "/b", "/c"}) is_other_endpoint(guard, endpoint, "one");
  EXPECT_TRUE(is_other_endpoint(guard, "/d", "one"));
  EXPECT_FALSE(is_other_endpoint(guard, "/d", "two"));
}

TEST(CardinalityTest, ServicesThatFindNoRoomShareOneCount) {
  Cardinality guard(few, 1);
  for (const char* service : {"one", "two"}) is_other_endpoint(guard, "/a", service);
  EXPECT_FALSE(is_other_endpoint(guard, "/a", "three"));
  EXPECT_FALSE(is_other_endpoint(guard, "/b", "four"));
  EXPECT_FALSE(is_other_endpoint(guard, "/c", "five"));
  EXPECT_TRUE(is_other_endpoint(guard, "/d", "six"));
  EXPECT_FALSE(is_other_endpoint(guard, "/b", "seven"));
  EXPECT_FALSE(is_other_endpoint(guard, "/d", "two"));
}

TEST(CardinalityTest, ALimitIsExactForAnyNumberAndText) {
  Random random(5);
  for (const std::uint32_t limit : {1U, 2U, 7U, 1000U, 10'000U, 100'000U}) {
    Cardinality guard({.endpoints = limit, .consumers = 1, .services = 1}, random.next());
    std::uint32_t kept = 0;
    for (std::uint32_t i = 0; i < limit + limit / 2 + 5; ++i)
      kept += is_other_endpoint(guard, "/a/" + std::to_string(i) + std::string(i % 17, 'x')) ? 0 : 1;
    EXPECT_EQ(kept, limit);
  }
}

TEST(CardinalityTest, TextsOfEachLengthDifferFromOneAnother) {
  Cardinality guard({.endpoints = 300, .consumers = 1, .services = 1}, 9);
  for (std::size_t length = 1; length <= 300; ++length)
    EXPECT_FALSE(is_other_endpoint(guard, std::string(length, 'a'))) << length;
  EXPECT_TRUE(is_other_endpoint(guard, std::string(301, 'a')));
}

TEST(CardinalityTest, TheMemoryIsBoundedWhateverTheLimitsAre) {
  Cardinality guard({.endpoints = 100'000, .consumers = 100'000, .services = 128}, 1);
  for (int service = 0; service < 128; ++service)
    is_other_endpoint(guard, "/a", "s" + std::to_string(service));
  EXPECT_EQ(guard.services(), (8U << 20U) / (2 * BoundedSet::bytes_for(100'000)));
}

TEST(CardinalityTest, ManyThreadsKeepNoMoreThanTheLimitAndAgree) {
  constexpr std::uint32_t limit = 500;
  Cardinality guard({.endpoints = limit, .consumers = 1, .services = 2}, 3);
  std::vector<std::set<std::string>> kept(4);
  {
    std::vector<std::jthread> threads;
    for (std::size_t thread = 0; thread < kept.size(); ++thread)
      threads.emplace_back([&, thread] {
        Random random(thread);
        for (int i = 0; i < 20'000; ++i) {
          std::string endpoint = "/" + std::to_string(random.below(2000));
          if (!is_other_endpoint(guard, endpoint)) kept[thread].insert(std::move(endpoint));
        }
      });
  }
  std::set<std::string> all;
  for (const auto& each : kept) all.insert(each.begin(), each.end());
  EXPECT_EQ(all.size(), limit);
  for (const std::string& endpoint : all) EXPECT_FALSE(is_other_endpoint(guard, endpoint));
}

}  // namespace
}  // namespace pannier::process
