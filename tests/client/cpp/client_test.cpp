// What a C++ program sees of the shim: the environment, bounds, counters, threads, forks.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/wait.h>

#include <cmath>
#include <filesystem>
#include <set>
#include <thread>

#include "tests/client/cpp/peer.h"

// Children of these tests start threads of their own, which the thread sanitizer forbids unless it is told.
extern "C" const char* __tsan_default_options() {  // NOLINT: its name
  return "die_after_fork=0";
}

namespace pannier::client_test {
namespace {

// Sets a variable for a test.
struct Variable {
  Variable(const char* name, const std::string& value) : name(name) { ::setenv(name, value.c_str(), 1); }
  ~Variable() { ::unsetenv(name); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  const char* name;
};

// How many entries a folder of /proc/self has.
std::size_t own(const char* folder) {
  const auto entries = std::filesystem::directory_iterator(std::filesystem::path("/proc/self") / folder);
  return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

// All whole lines with their numbers, as texts of `consumer`, are there once.
void expect_numbers(const std::vector<std::string>& records, std::size_t count) {
  EXPECT_EQ(records.size(), count);
  std::set<std::string> numbers;
  for (const std::string& line : records) {
    EXPECT_EQ(line.back(), '}') << line;
    const std::size_t begin = line.find("\"consumer\":\"");
    ASSERT_NE(begin, std::string::npos) << line;
    numbers.insert(line.substr(begin, line.find('"', begin + 12) - begin));
  }
  EXPECT_EQ(numbers.size(), count);
}

bool report_number(Client& client, std::uint64_t number) {
  const std::string text = std::to_string(number);
  Record reported = usual_record();
  reported.consumer = text;
  return client.report(reported);
}

TEST(CppShimTest, SendsTheOneRecordBeforeAQuietHour) {
  const Place place;
  const Listener listener(place.path);
  Client client(place.options);
  EXPECT_TRUE(report_number(client, 1));
  Connection connection = listener.accept();
  EXPECT_TRUE(wait_until([&] { return connection.read() || !connection.records().empty(); }, patience));
  expect_numbers(connection.records(), 1);
  EXPECT_TRUE(wait_until([&] { return client.counters().sent == 1; }, patience));
}

TEST(CppShimTest, HasNoThreadAndNoDescriptorBeforeTheFirstRecord) {
  const Place place;
  const std::size_t threads = own("task"), descriptors = own("fd");
  Client client(place.options);
  EXPECT_EQ(own("task"), threads);
  EXPECT_EQ(own("fd"), descriptors);
  EXPECT_TRUE(client.flush(0ms));
}

TEST(CppShimTest, LeavesNothingBehind) {
  const Place place;
  std::thread([] {}).join();  // a sanitizer starts one of its own beside the first
  const std::size_t threads = own("task"), descriptors = own("fd");
  {
    const Listener listener(place.path);
    Client client(place.options);
    report_number(client, 1);
    Connection connection = listener.accept();
    EXPECT_TRUE(wait_until([&] { return connection.read() || client.counters().sent == 1; }, patience));
  }
  EXPECT_TRUE(wait_until([&] { return own("task") == threads; }, patience));
  EXPECT_EQ(own("fd"), descriptors);
}

TEST(CppShimTest, DoesNothingWhereItIsDisabled) {
  const Place place;
  const Listener listener(place.path);
  const Variable disabled("PANNIER_DISABLED", "1");
  const std::size_t threads = own("task"), descriptors = own("fd");
  Client client(place.options);
  EXPECT_FALSE(client.is_enabled());
  EXPECT_FALSE(report_number(client, 1));
  EXPECT_TRUE(client.flush(0ms));
  EXPECT_EQ(client.close(0ms).handed_in, 0U);
  EXPECT_EQ(own("task"), threads);
  EXPECT_EQ(own("fd"), descriptors);
  EXPECT_FALSE(listener.has_caller(0ms));
}

TEST(CppShimTest, DisabledBy0OrFalseIsEnabled) {
  const Place place;
  for (const char* value : {"0", "false", ""}) {
    const Variable disabled("PANNIER_DISABLED", value);
    EXPECT_TRUE(Client(place.options).is_enabled()) << value;
  }
}

TEST(CppShimTest, TheEnvironmentsAddressGoesBeforeTheOptions) {
  Place place;
  const Listener listener(place.path);
  const Variable url("PANNIER_URL", place.url);
  place.options.url = "unix:///nowhere";
  Client client(place.options);
  report_number(client, 1);
  EXPECT_TRUE(listener.has_caller());
}

TEST(CppShimTest, FindsTheSocketUnderXdgRuntimeDirEvenIfItComesLater) {
  Place place;
  place.options.url = {};
  const Variable runtime("XDG_RUNTIME_DIR", place.folder.path());
  Client client(place.options);
  report_number(client, 1);
  std::filesystem::create_directory(place.folder / "pannier");
  const Listener listener(place.folder / "pannier/pannier.sock");
  EXPECT_TRUE(listener.has_caller());
}

TEST(CppShimTest, AnAddressThatCannotBeUsedIsSaidAndCounted) {
  const std::string long_path = "unix:///" + std::string(200, 'x');
  for (const std::string& url :
       {std::string("unix:/path"), std::string("unix://"), std::string("unix://relative"), long_path,
        std::string("udp://pannier.local:6258"), std::string("udp://127.0.0.1"),
        std::string("udp://127.0.0.1:0"), std::string("udp://127.0.0.1:65536"),
        std::string("http://127.0.0.1:1"), std::string("udp://[::1:6258")}) {
    Place place;
    const Variable variable("PANNIER_URL", url);
    testing::internal::CaptureStderr();
    Client client(place.options);
    EXPECT_FALSE(report_number(client, 1));
    EXPECT_TRUE(client.flush(0ms));
    EXPECT_EQ(client.close(0ms)[DropReason::misconfigured], 1U);
    const std::string said = testing::internal::GetCapturedStderr();
    EXPECT_NE(said.find("PANNIER_URL: expected unix:///path"), std::string::npos) << said;
    EXPECT_NE(said.find(url.substr(0, 50)), std::string::npos) << said;
    EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << said;
  }
}

TEST(CppShimTest, ANameThatTheDaemonWouldRefuseIsSaidAtOnce) {
  Place place;
  for (const std::string& name :
       {std::string("a/b"), std::string("a\nb"), std::string(101, 'x'), std::string("\xFF")}) {
    place.options.service = name;
    testing::internal::CaptureStderr();
    EXPECT_NE(std::string(Client(place.options).problem()).find("service: expected"), std::string::npos);
    EXPECT_NE(testing::internal::GetCapturedStderr().find("nothing is sent"), std::string::npos);
  }
  std::string most;
  for (int i = 0; i != 100; ++i) most += "\"";
  place.options.service = place.options.node = most;
  EXPECT_STREQ(Client(place.options).problem(), "");
}

TEST(CppShimTest, DropsTheNewestForEachReasonAndKeepsItsSums) {
  Place place;
  Client client(place.options);
  Record strange = usual_record();
  strange.response_time_ms = std::nan("");
  EXPECT_FALSE(client.report(strange));
  const std::string large(70'000, 'x');
  strange = usual_record();
  strange.context = large;
  EXPECT_FALSE(client.report(strange));
  strange.context = "\xFF";
  EXPECT_TRUE(client.report(strange));
  std::uint64_t taken = 1;
  while (report_number(client, taken)) ++taken;
  const Counters before = client.counters();
  EXPECT_EQ(before[DropReason::invalid], 1U);
  EXPECT_EQ(before[DropReason::too_long], 1U);
  EXPECT_EQ(before[DropReason::full], 1U);
  EXPECT_EQ(before.waiting, taken);
  EXPECT_EQ(before.repaired, 1U);
  EXPECT_TRUE(is_balanced(before));
  const Counters last = client.close(1ms);
  EXPECT_EQ(last[DropReason::closed], taken);
  EXPECT_EQ(last.waiting, 0U);
  EXPECT_FALSE(report_number(client, 0));
  EXPECT_EQ(client.counters()[DropReason::closed], taken + 1);
  EXPECT_TRUE(is_balanced(client.counters()));
}

TEST(CppShimTest, UsesMostOfItsBufferWhileTheDaemonIsAbsent) {
  Place place;
  place.options.linger = 10s;  // what is absent is not waited for
  Client client(place.options);
  std::uint64_t taken = 0;
  EXPECT_TRUE(wait_until(
      [&] {
        while (report_number(client, taken)) ++taken;
        return taken > 1500;  // of about 128 bytes: a half holds 1023, three quarters of one and a whole 1791
      },
      patience));
}

TEST(CppShimTest, ThreadsMayReportFlushAndCountAtTheSameTime) {
  const Place place;
  const Listener listener(place.path);
  Client client(place.options);
  constexpr std::uint64_t each = 5000;
  std::vector<std::thread> threads;
  std::atomic<std::uint64_t> taken = 0;
  std::atomic<int> at_work = 4;
  for (std::uint64_t thread = 0; thread != 4; ++thread)
    threads.emplace_back([&, thread] {
      for (std::uint64_t i = 0; i != each; ++i) taken += report_number(client, thread * each + i) ? 1 : 0;
      --at_work;
    });
  threads.emplace_back([&] {
    while (at_work != 0) {
      EXPECT_TRUE(is_balanced(client.counters()));
      client.flush(1ms);
    }
  });
  Connection connection = listener.accept();
  while (at_work != 0) connection.read();
  for (std::thread& thread : threads) thread.join();
  std::thread closer([&] { client.close(patience); });
  EXPECT_TRUE(connection.read_to_end());
  closer.join();
  expect_numbers(connection.records(), taken);
  EXPECT_EQ(client.counters().sent, taken);
  EXPECT_EQ(connection.drops_told() + taken, 4 * each);
}

TEST(CppShimTest, AForkedChildHasItsOwnEverythingAndTheParentsRecordsGoOnce) {
  const Place place;
  Client client(place.options);
  for (std::uint64_t i = 0; i != 100; ++i) report_number(client, i);  // nobody listens: they wait
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const bool is_empty = client.counters().handed_in == 0 && client.counters().waiting == 0;
    for (std::uint64_t i = 1000; i != 1010; ++i) report_number(client, i);
    ::_exit(is_empty && client.close(patience).sent == 10 ? 0 : 1);
  }
  const Listener listener(place.path);
  Connection one = listener.accept(), two = listener.accept();
  std::thread closer([&] { EXPECT_EQ(client.close(patience).sent, 100U); });
  EXPECT_TRUE(wait_until([&] { return one.read() && two.read(); }, patience));
  closer.join();
  int status = -1;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  const bool is_one_the_parents = one.records().size() == 100;
  expect_numbers((is_one_the_parents ? one : two).records(), 100);
  expect_numbers((is_one_the_parents ? two : one).records(), 10);
}

TEST(CppShimTest, AChildDoesNotHoldTheParentsConnectionOpen) {
  const Place place;
  const Listener listener(place.path);
  Client client(place.options);
  report_number(client, 1);
  Connection connection = listener.accept();
  EXPECT_TRUE(wait_until([&] { return connection.read() || client.counters().sent == 1; }, patience));
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::close(pipe[1]);
    char byte = 0;
    [[maybe_unused]] const ssize_t got = ::read(pipe[0], &byte, 1);  // lives until the parent has looked
    ::_exit(0);
  }
  client.close(patience);
  EXPECT_TRUE(connection.read_to_end());
  ::close(pipe[1]);
  ::close(pipe[0]);
  EXPECT_EQ(::waitpid(child, nullptr, 0), child);
}

TEST(CppShimTest, ForksWhileAllThreadsReportLeaveEveryChildAbleToReport) {
  const Place place;
  const Listener listener(place.path);
  Client client(place.options);
  std::atomic<bool> is_over = false;
  std::thread reader([&] {
    std::vector<Connection> connections;
    while (!is_over) {
      if (listener.has_caller(1ms)) connections.push_back(listener.accept());
      for (Connection& connection : connections) connection.read();
    }
  });
  std::vector<std::thread> reporters;
  for (int i = 0; i != 2; ++i)
    reporters.emplace_back([&] {
      while (!is_over) client.report(usual_record());
    });
  for (int round = 0; round != 20; ++round) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      client.report(usual_record());
      ::_exit(client.close(patience).sent == 1 ? 0 : 1);
    }
    int status = -1;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  client.close(patience);
  is_over = true;
  for (std::thread& thread : reporters) thread.join();
  reader.join();
  EXPECT_EQ(client.counters().connections, 1U);
}

TEST(CppShimTest, DebugSaysWhatItDoesAndNoMoreThanFiveLines) {
  Place place;
  const Variable debug("PANNIER_DEBUG", "1");
  testing::internal::CaptureStderr();
  {
    Client client(place.options);
    report_number(client, 1);
    EXPECT_FALSE(client.flush(500ms));  // dozens of tries
    client.close(0ms);
  }
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find(place.path + ": there is no such socket"), std::string::npos) << said;
  EXPECT_LE(std::count(said.begin(), said.end(), '\n'), 5) << said;
  EXPECT_EQ(said.find("left out"), std::string::npos) << "nothing was said after them: " << said;
}

}  // namespace
}  // namespace pannier::client_test
