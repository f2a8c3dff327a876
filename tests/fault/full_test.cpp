// A spool that has no room left, while nothing is delivered.
#include "tests/fault/load.h"

namespace pannier::fault {
namespace {

DaemonOptions small_spool(const ScriptedBackend& backend, const std::string& mode,
                          const std::string& when_full) {
  return spool_options(backend, mode,
                       {{"PANNIER__SPOOL__BYTES", "16MiB"},
                        {"PANNIER__MEMORY", "24MiB"},
                        {"PANNIER__SPOOL__WHEN_FULL", when_full}});
}

std::uint64_t bytes_of_files(const DaemonProcess& daemon) {
  std::uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(daemon.folder()))
    if (entry.path().filename().string().starts_with("spool.db")) bytes += entry.file_size();
  return bytes;
}

class FullTest : public testing::TestWithParam<const char*> {};

// 120,000 records are some 30 MB.
TEST_P(FullTest, LosesTheOldestCountedAndItsFilesStayWithinTheirBytes) {
  constexpr std::uint64_t records = 120'000, a_time = 4000;
  ScriptedBackend backend;
  backend.stop();
  DaemonProcess daemon(small_spool(backend, GetParam(), "drop_oldest"));
  ASSERT_TRUE(daemon.start());
  for (std::uint64_t first = 0; first != records; first += a_time) {
    send_records(daemon, first, a_time);
    EXPECT_LE(bytes_of_files(daemon), 16ULL << 20U);
  }
  const JsonDocument full = daemon.status_json();
  const std::uint64_t dropped = full.sum(std::string(orders) + "/dropped");
  EXPECT_GT(dropped, 0U) << full.text();
  EXPECT_EQ(full.number(std::string(orders) + "/dropped/full"), dropped) << full.text();
  expect_logged(daemon, "records were dropped (full)");
  expect_balanced(daemon);
  daemon.kill9();
  ASSERT_TRUE(daemon.start());
  expect_balanced(daemon);
  const std::uint64_t lost = daemon.status_json().number("/lost_in_crash");
  if (std::string(GetParam()) == "always") EXPECT_EQ(lost, 0U);
  backend.start_again();
  const JsonDocument status = settled(daemon);
  EXPECT_EQ(backend.contexts().size(), records - status.sum(std::string(orders_totals) + "/dropped") - lost);
  EXPECT_TRUE(backend.contexts().contains(mark(lost == 0 ? records - 1 : 0)) || lost != 0);
  expect_duplicates_are_known(backend, daemon);
}

// Acks stop, and what was acknowledged is kept.
TEST_P(FullTest, RefusingKeepsWhatWasAcknowledged) {
  ScriptedBackend backend;
  backend.stop();
  DaemonProcess daemon(small_spool(backend, GetParam(), "refuse"));
  ASSERT_TRUE(daemon.start());
  UnixStreamClient client(daemon.stream_path());
  ASSERT_TRUE(client.hello("\"ack\":true", patience));
  std::uint64_t sent = 0;
  for (bool taken = true; taken && sent < 1'000'000; sent += 1000) {
    std::string lines;
    for (std::uint64_t id = sent; id != sent + 1000; ++id) lines += numbered_line(id) + "\n";
    taken = client.send(lines, 3s);
  }
  EXPECT_LT(sent, 1'000'000U) << "it never refused";
  std::uint64_t acknowledged = 0;
  while (const auto ack = client.wait_for_ack(acknowledged + 1, 500ms)) acknowledged = ack->lines;
  EXPECT_GT(acknowledged, 0U);
  const JsonDocument full = daemon.status_json();
  EXPECT_EQ(full.sum(std::string(orders) + "/dropped"), 0U) << full.text();
  EXPECT_NE(full.string("/spool/state").find("full"), std::string::npos) << full.text();
  EXPECT_LE(bytes_of_files(daemon), 16ULL << 20U);
  expect_balanced(daemon);
  if (std::string(GetParam()) == "always") {
    daemon.kill9();
    ASSERT_TRUE(daemon.start());
    expect_balanced(daemon);
  }
  backend.start_again();
  expect_all_arrive(backend, daemon, marks(0, acknowledged));
}

INSTANTIATE_TEST_SUITE_P(EveryMode, FullTest, testing::Values("overflow", "always"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace pannier::fault
