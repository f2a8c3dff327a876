// The promise that a kill at any instruction leaves all of a change or nothing of it, put to the test by
// killing, and by looking on after every single instruction.
#include <gtest/gtest.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <utility>

#include "base/random.h"
#include "observe/counter_page.h"
#include "tests/observe/page_memory.h"

namespace pannier::observe {
namespace {

constexpr std::size_t places = 4;

void begin(CounterPage& page) {
  page.open(DestinationId::malti);
  page.name_lane(0, DestinationId::malti, "malti/orders");
}

// Reads of one to three records; the window goes with them, so that first and last are always alike.
[[noreturn]] void hammer(CounterPage& page, std::uint64_t& changes) {
  for (std::int64_t i = 1;; ++i) {
    page.add(a_read(0, 1 + static_cast<std::uint64_t>(i) % 3));
    page.mark(0, static_cast<std::size_t>(i) % 2, {i, i});
    __atomic_store_n(&changes, static_cast<std::uint64_t>(i), __ATOMIC_RELAXED);
  }
}

void expect_whole(std::span<const std::byte> memory) {
  const auto page = CounterPage::read(memory);
  ASSERT_TRUE(page);
  EXPECT_EQ(imbalances(page->books), std::vector<std::string>{});
  ASSERT_EQ(page->books.lanes.size(), 1U);
  EXPECT_EQ(page->books.lanes[0].accepted, page->books.lanes[0].undurable);
  for (const RowWindow& window : page->windows[0]) EXPECT_EQ(window.first, window.last);
}

TEST(CounterPageKillTest, BalancesWheneverItsWriterIsKilled) {
  PageMemory counted(0);  // shared with the child as well
  std::uint64_t& changes = counted.number(0);
  Random random(1);
  for (int round = 0; round < 200; ++round) {
    PageMemory memory(places);
    changes = 0;
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      CounterPage page(memory.bytes(), 1, "boot");
      begin(page);
      hammer(page, changes);
    }
    const std::uint64_t enough = random.below(2000);
    while (__atomic_load_n(&changes, __ATOMIC_RELAXED) <= enough) ::sched_yield();
    ::kill(child, SIGKILL);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    expect_whole(memory.bytes());
    ASSERT_FALSE(HasFailure()) << "round " << round;
  }
}

[[noreturn]] void step_through(std::span<std::byte> memory) {
  CounterPage page(memory, 1, "boot");
  begin(page);
  ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
  ::raise(SIGSTOP);
  page.add(a_read(0, 3));
  page.mark(0, 0, {8, 8});
  page.add(a_read(0, 2));
  page.mark(0, 0, {9, 9});
  ::_exit(0);
}

TEST(CounterPageKillTest, IsWholeAfterEverySingleInstructionOfItsWriter) {
  PageMemory memory(places);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) step_through(memory.bytes());
  int status = 0;
  std::size_t states = 0;
  std::uint64_t accepted = 0;
  while (::waitpid(child, &status, 0) == child && WIFSTOPPED(status)) {
    expect_whole(memory.bytes());
    const std::uint64_t now = CounterPage::read(memory.bytes())->books.lanes[0].accepted;
    if (std::exchange(accepted, now) != now) ++states;
    if (HasFailure())
      ::kill(child, SIGKILL);
    else
      ASSERT_EQ(::ptrace(PTRACE_SINGLESTEP, child, nullptr, nullptr), 0);
  }
  ASSERT_FALSE(HasFailure());
  EXPECT_EQ(states, 2U) << "two reads, each seen to come at once";
  EXPECT_EQ(accepted, 5U);
}

}  // namespace
}  // namespace pannier::observe
