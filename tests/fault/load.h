// Applications that keep sending while a daemon comes and goes, and what must be true of their records.
// Threads: one.
#pragma once
#include <list>

#include "tests/doubles/acking_client.h"
#include "tests/end_to_end/setup.h"

namespace pannier::fault {

using namespace end_to_end;  // NOLINT: these tests go on where those end

inline constexpr const char* orders_totals = "/totals/lanes/malti~1orders";

// malti_options() with a mode, and requests that may hang longer than any test.
DaemonOptions spool_options(const ScriptedBackend& backend, const std::string& mode,
                            Environment environment = {});

class Load {
 public:
  Load(const DaemonProcess& daemon, unsigned clients);

  [[nodiscard]] std::uint64_t made() const;
  [[nodiscard]] std::uint64_t acknowledged() const;
  [[nodiscard]] std::uint64_t breaks_while_waiting() const;
  // Until so many more are acknowledged.
  [[nodiscard]] bool wait_for_more(std::uint64_t records) const;
  // No more are made, all are acknowledged, and none was refused.
  void finish();
  [[nodiscard]] std::set<std::string> acknowledged_marks() const;
  [[nodiscard]] std::set<std::string> all_marks() const;

 private:
  std::list<AckingClient> clients_;
};

// The same as send_records, but for the acks: taken when it returns.
void send_lines(const DaemonProcess& daemon, std::uint64_t first, std::uint64_t count);
// Records that the backend stored more than once.
std::uint64_t duplicates(const ScriptedBackend& backend);
// Not more than the books say, since the spool was made.
void expect_duplicates_are_known(const ScriptedBackend& backend, const DaemonProcess& daemon);
// The backend is well again and has each of these; no lane holds anything; the books balance.
void expect_all_arrive(ScriptedBackend& backend, const DaemonProcess& daemon,
                       const std::set<std::string>& marks);
// Nothing is in memory only.
[[nodiscard]] bool is_all_on_disk(const JsonDocument& status);

}  // namespace pannier::fault
