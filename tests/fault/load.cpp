#include "tests/fault/load.h"

#include <algorithm>

namespace pannier::fault {
namespace {

constexpr std::uint64_t numbers_a_client = 10'000'000;

}  // namespace

DaemonOptions spool_options(const ScriptedBackend& backend, const std::string& mode,
                            Environment environment) {
  environment.try_emplace("PANNIER__SPOOL__MODE", mode);
  environment.try_emplace("PANNIER__DELIVER__MALTI__TIMEOUT", "5min");
  return malti_options(backend, std::move(environment));
}

Load::Load(const DaemonProcess& daemon, unsigned clients) {
  for (unsigned i = 0; i != clients; ++i)
    clients_.emplace_back(AckingClient::Options{.path = daemon.stream_path(), .first = i * numbers_a_client});
}

std::uint64_t Load::made() const {
  std::uint64_t all = 0;
  for (const AckingClient& client : clients_) all += client.made();
  return all;
}

std::uint64_t Load::acknowledged() const {
  std::uint64_t all = 0;
  for (const AckingClient& client : clients_) all += client.acknowledged();
  return all;
}

std::uint64_t Load::breaks_while_waiting() const {
  std::uint64_t all = 0;
  for (const AckingClient& client : clients_) all += client.breaks_while_waiting();
  return all;
}

bool Load::wait_for_more(std::uint64_t records) const {
  const std::uint64_t before = acknowledged();
  return wait_until([&] { return acknowledged() >= before + records; }, patience);
}

void Load::finish() {
  for (AckingClient& client : clients_) {
    EXPECT_TRUE(client.finish(patience))
        << client.acknowledged() << " of " << client.made() << " acknowledged";
    EXPECT_EQ(client.rejected(), 0U);
  }
}

std::set<std::string> Load::acknowledged_marks() const {
  std::set<std::string> all;
  for (const AckingClient& client : clients_) all.merge(marks(client.first(), client.acknowledged()));
  return all;
}

std::set<std::string> Load::all_marks() const {
  std::set<std::string> all;
  for (const AckingClient& client : clients_) all.merge(marks(client.first(), client.made()));
  return all;
}

void send_lines(const DaemonProcess& daemon, std::uint64_t first, std::uint64_t count) {
  const std::uint64_t before = over_listeners(daemon.status_json(), "accepted");
  UnixStreamClient client(daemon.stream_path());
  std::string lines;
  for (std::uint64_t id = first; id != first + count; ++id) lines += numbered_line(id) + "\n";
  ASSERT_TRUE(client.send(lines));
  const auto is_taken = [&] { return over_listeners(daemon.status_json(), "accepted") == before + count; };
  EXPECT_TRUE(wait_until(is_taken, patience)) << daemon.status_json().text();
}

std::uint64_t duplicates(const ScriptedBackend& backend) {
  return backend.stored_records() - backend.contexts().size();
}

void expect_duplicates_are_known(const ScriptedBackend& backend, const DaemonProcess& daemon) {
  const std::uint64_t known = daemon.status_json().number(std::string(orders_totals) + "/maybe_twice");
  EXPECT_LE(duplicates(backend), known) << daemon.log();
}

void expect_all_arrive(ScriptedBackend& backend, const DaemonProcess& daemon,
                       const std::set<std::string>& marks) {
  backend.follow_contract();
  backend.release();
  settled(daemon);
  const std::set<std::string> arrived = backend.contexts();
  std::set<std::string> missing;
  std::ranges::set_difference(marks, arrived, std::inserter(missing, missing.end()));
  EXPECT_TRUE(missing.empty()) << missing.size() << " of " << marks.size() << " are missing, the first is "
                               << (missing.empty() ? "" : *missing.begin()) << "\n"
                               << daemon.status_json().text() << "\n"
                               << daemon.log();
}

bool is_all_on_disk(const JsonDocument& status) {
  const std::string lane = orders;
  return status.number("/at_risk") == 0 && status.number(lane + "/held/memory") == 0 &&
         status.number(lane + "/held/in_flight") == status.number(lane + "/in_flight_stored");
}

}  // namespace pannier::fault
