#include "receive/nap_policy.h"

#include <gtest/gtest.h>

namespace pannier::receive {
namespace {

using namespace std::chrono_literals;

// The nap after reads of `messages` of 200 bytes each that come every `apart`.
Duration nap_at(NapPolicy::Room room, std::size_t messages, Duration apart) {
  SteadyTime now{};
  NapPolicy policy(room, now);
  Duration nap{};
  for (int read = 0; read < 5; ++read) {
    now += apart;
    nap = policy.after_read(messages, messages * 200, true, now);
  }
  return nap;
}

constexpr NapPolicy::Room ample{.bytes = 8U << 20U};

TEST(NapPolicyTest, NapsAMillisecondWhenRecordsComeFast) {
  EXPECT_EQ(nap_at(ample, 1, 50us), 1ms);
  EXPECT_EQ(nap_at(ample, 1, 500us), 1ms);
  EXPECT_EQ(nap_at(ample, 21, 1050us), 1ms);
}

TEST(NapPolicyTest, NeverNapsAtLowRates) {
  EXPECT_EQ(nap_at(ample, 1, 501us), 0ms);
  EXPECT_EQ(nap_at(ample, 5, 10ms), 0ms);
}

TEST(NapPolicyTest, ReadsOnWhileTheSocketIsNotEmpty) {
  NapPolicy policy(ample, SteadyTime{});
  EXPECT_EQ(policy.after_read(64, 12'800, false, SteadyTime{} + 100us), 0ms);
  EXPECT_EQ(policy.after_read(10, 2'000, true, SteadyTime{} + 120us), 1ms);
}

TEST(NapPolicyTest, DoesNotNapAgainWhenNothingCame) {
  NapPolicy policy(ample, SteadyTime{});
  EXPECT_EQ(policy.after_read(20, 4'000, true, SteadyTime{} + 1ms), 1ms);
  EXPECT_EQ(policy.after_read(0, 0, true, SteadyTime{} + 2ms), 0ms);
}

TEST(NapPolicyTest, NeverLetsMoreThanAQuarterOfTheRoomFill) {
  for (const std::size_t bytes : {16U << 10U, 208U << 10U, 1U << 20U, 8U << 20U}) {
    for (std::size_t messages = 1; messages <= 4'096; messages *= 2) {
      const Duration nap = nap_at({.bytes = bytes}, messages, 1ms);
      const double kernel_bytes = static_cast<double>(messages) * (200 * 2 + 1280);
      const double filled = kernel_bytes * (std::chrono::duration<double>(nap) / 1ms);
      EXPECT_LE(filled, static_cast<double>(bytes) / 4 + 1) << bytes << " bytes, " << messages << "/ms";
    }
  }
}

TEST(NapPolicyTest, NeverNapsWhereTheKernelQueuesTenMessages) {
  for (std::size_t messages = 1; messages <= 10; ++messages) {
    EXPECT_EQ(nap_at({.messages = 10}, messages, messages * 50us), 0ms) << messages;
  }
  EXPECT_EQ(nap_at({.messages = 512}, 10, 500us), 1ms);
}

}  // namespace
}  // namespace pannier::receive
