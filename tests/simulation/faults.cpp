#include "simulation/faults.h"

#include <cstdio>

namespace pannier::simulation {
namespace {

constexpr std::array<std::string_view, fault_count> names{"refused_connection",
                                                          "lost_before_store",
                                                          "lost_after_store",
                                                          "unavailable",
                                                          "unavailable_with_wish",
                                                          "rate_limit",
                                                          "bad_gateway",
                                                          "database_down",
                                                          "key_refused",
                                                          "wrong_address",
                                                          "proxy_page",
                                                          "wrong_count",
                                                          "garbage",
                                                          "slow",
                                                          "poison_by_index",
                                                          "poison_by_element",
                                                          "poison_unnamed",
                                                          "poison_server_error",
                                                          "too_large",
                                                          "no_key",
                                                          "overload",
                                                          "too_many_services",
                                                          "hostile_lines",
                                                          "cut_connection",
                                                          "reload",
                                                          "impatient",
                                                          "early_stop",
                                                          "partial_success",
                                                          "no_gzip",
                                                          "kill",
                                                          "killed_at_start",
                                                          "power_cut",
                                                          "disk_fails",
                                                          "disk_slow",
                                                          "opened_late",
                                                          "damaged_row",
                                                          "spool_full",
                                                          "refuse",
                                                          "small_memory",
                                                          "stop_and_start",
                                                          "undurable",
                                                          "backlog_read",
                                                          "put_back",
                                                          "clock_step",
                                                          "again",
                                                          "spill",
                                                          "replay",
                                                          "purge",
                                                          "key_given_up",
                                                          "doomed",
                                                          "calm_overflow"};
constexpr std::array<std::string_view, verdict_count> verdict_names{
    "delivered", "back_off", "server_error", "isolate", "too_large", "blocked_key", "blocked", "send_again"};
constexpr std::array<std::string_view, command_count> command_names{
    "Send",     "WakeMeAt", "ReadKey",   "Buried", "StateChanged",
    "Finished", "NotTaken", "SaveBatch", "Probe",  "Closed"};

constexpr std::uint64_t bit(Fault fault) {
  return 1ULL << static_cast<unsigned>(fault);
}

template <std::size_t N>
bool print_all(const char* what, const std::array<std::string_view, N>& titles,
               const std::array<std::uint64_t, N>& counts, std::uint64_t least) {
  bool enough = true;
  for (std::size_t i = 0; i < N; ++i) {
    std::printf("  %-8s %-22.*s %12llu%s\n", what, static_cast<int>(titles[i].size()), titles[i].data(),
                static_cast<unsigned long long>(counts[i]), counts[i] < least ? "  TOO SELDOM" : "");
    enough = enough && counts[i] >= least;
  }
  return enough;
}

template <std::size_t N>
void add_all(std::array<std::uint64_t, N>& to, const std::array<std::uint64_t, N>& from) {
  for (std::size_t i = 0; i < N; ++i) to[i] += from[i];
}

}  // namespace

std::string_view name(Fault fault) {
  return names[static_cast<std::size_t>(fault)];
}

FaultSet FaultSet::random(Random& random) {
  FaultSet set;
  // Some seeds are nearly calm, some have everything at once.
  const double share = random.uniform();
  for (std::size_t i = 0; i < fault_count; ++i)
    if (random.uniform() < share) set.bits_ |= 1ULL << i;
  return set;
}

void FaultSet::remove_outages() {
  constexpr std::uint64_t lasting = bit(Fault::poison_by_index) | bit(Fault::poison_by_element) |
                                    bit(Fault::poison_unnamed) | bit(Fault::poison_server_error) |
                                    bit(Fault::too_large) | bit(Fault::impatient);
  bits_ &= lasting;
}

void Hits::add(const Hits& other) {
  add_all(faults, other.faults);
  add_all(files, other.files);
  add_all(verdicts, other.verdicts);
  add_all(commands, other.commands);
  records += other.records;
  events += other.events;
}

bool Hits::print(std::uint64_t least, bool with_files) const {
  std::printf("  %llu records, %llu events\n", static_cast<unsigned long long>(records),
              static_cast<unsigned long long>(events));
  const bool enough_faults = print_all("fault", names, faults, least);
  const bool enough_files = !with_files || print_all("file", file_fault_names, files, least);
  const bool enough_verdicts = print_all("verdict", verdict_names, verdicts, least);
  return print_all("command", command_names, commands, least) && enough_faults && enough_files &&
         enough_verdicts;
}

}  // namespace pannier::simulation
