// A backend that goes away for a while, with the configuration that most have: none but paths, address and
// key.
#include <charconv>

#include "tests/fault/load.h"

namespace pannier::fault {
namespace {

// At the size: 40 s of records, no backend from the 5th to the 35th second. Sanitizers get a short
// one.
constexpr unsigned records_a_second = sanitized ? 500 : 5000;
constexpr unsigned seconds = sanitized ? 8 : 40, gone_at = sanitized ? 1 : 5, back_at = sanitized ? 6 : 35;
constexpr unsigned writes_a_second = 50;
// The longest of interval and back-off, and then the backlog.
constexpr auto after_recovery = sanitized ? 60s : 40s;

// "memory at most 96MiB" in the log, in bytes.
std::uint64_t bound_in(const std::string& log) {
  const std::string_view words = "memory at most ";
  const std::size_t at = log.find(words);
  if (at == std::string::npos) return 0;
  std::uint64_t mebibytes = 0;
  std::from_chars(log.data() + at + words.size(), log.data() + log.size(), mebibytes);
  return mebibytes << 20U;
}

std::string lines(std::uint64_t first, std::uint64_t count) {
  std::string text;
  for (std::uint64_t id = first; id != first + count; ++id) text += numbered_line(id) + "\n";
  return text;
}

// Sends at a steady pace, and lets the backend go and come.
void send_through_an_outage(UnixStreamClient& client, ScriptedBackend& backend) {
  constexpr std::uint64_t a_write = records_a_second / writes_a_second;
  const auto begun = std::chrono::steady_clock::now();
  for (unsigned write = 0; write != seconds * writes_a_second; ++write) {
    std::this_thread::sleep_until(begun + write * (1000ms / writes_a_second));
    if (write == gone_at * writes_a_second) backend.stop();
    if (write == back_at * writes_a_second) backend.start_again();
    ASSERT_TRUE(client.send(lines(write * a_write, a_write)));
  }
}

TEST(OutageTest, NothingIsLostNorTwiceAndMemoryStaysWithinItsBound) {
  constexpr std::uint64_t records = std::uint64_t{records_a_second} * seconds;
  ScriptedBackend backend;
  DaemonOptions options;
  options.environment = {
      {"MALTI_URL", backend.url()}, {"MALTI_API_KEY", "key-orders"}, {"MALTI_SERVICE_NAME", "orders"}};
  DaemonProcess daemon(options);
  ASSERT_TRUE(daemon.start());
  UnixStreamClient client(daemon.stream_path());
  ASSERT_NO_FATAL_FAILURE(send_through_an_outage(client, backend));
  const auto recovered = std::chrono::steady_clock::now() - std::chrono::seconds(seconds - back_at);
  const auto left = recovered + after_recovery - std::chrono::steady_clock::now();
  EXPECT_TRUE(backend.wait_for_records(records, std::chrono::ceil<Deadline>(left)))
      << backend.distinct_records() << " of " << records << " arrived\n"
      << daemon.status_json().text() << daemon.log();
  const JsonDocument status = settled(daemon);
  EXPECT_EQ(backend.stored_records(), records);
  EXPECT_EQ(backend.contexts().size(), records);
  EXPECT_EQ(status.number(std::string(orders) + "/delivered"), records);
  EXPECT_EQ(status.sum(std::string(orders) + "/dropped"), 0U);
  if (!sanitized) EXPECT_LT(daemon.peak_resident_bytes(), bound_in(daemon.log()));
  RecordProperty("peak_resident_mib", static_cast<int>(daemon.peak_resident_bytes() >> 20U));
}

// The file's key is refused, the records of two runs wait on disk, and the right key comes.
TEST(OutageTest, ABacklogGoesOutWithinOneProbeAfterASecretFileWasMended) {
  ScriptedBackend backend;
  DaemonProcess daemon({.config = std::string("service: orders\n") + usual_receive + usual_control +
                                  "deliver:\n  malti:\n    url: " + backend.url() +
                                  "\n    keys: { orders: { file: \"@folder@/orders.key\" } }\n"
                                  "    batch: { interval: 100ms }\n"
                                  "    retry: { base: 50ms, cap: 2s }\n"});
  const std::string key_path = daemon.folder() / "orders.key";
  write_file(key_path, "an-old-key\n");
  ASSERT_TRUE(daemon.start());
  send_records(daemon, 0, 2000);
  wait_for_state(daemon, orders, "blocked", "key refused");
  ASSERT_EQ(daemon.terminate(), 0);
  ASSERT_TRUE(daemon.start());
  send_records(daemon, 2000, 500);
  wait_for_state(daemon, orders, "blocked", "key refused");
  EXPECT_EQ(over_lanes(daemon.status_json(), "held"), 2500U);
  write_file(key_path, "key-orders\n");
  const auto cured = std::chrono::steady_clock::now();
  EXPECT_TRUE(backend.wait_for_records(2500, patience));
  // The cap, and time to send.
  EXPECT_LT(std::chrono::steady_clock::now() - cured, sanitized ? 20s : 4s);
  settled(daemon);
  EXPECT_EQ(backend.contexts(), marks(0, 2500));
  EXPECT_EQ(duplicates(backend), 0U);
  expect_duplicates_are_known(backend, daemon);
}

}  // namespace
}  // namespace pannier::fault
