#include "daemon/process_facts.h"

#include <sys/resource.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace pannier::daemon {
namespace {

double ticks_per_second() {
  return static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double boot_time() {
  std::ifstream in("/proc/stat");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("btime ")) return std::stod(line.substr(6));
  return 0;
}

// The 22nd field; the second, the name, may hold blanks and ends at the last bracket.
double start_after_boot() {
  std::ifstream in("/proc/self/stat");
  std::string line;
  std::getline(in, line);
  std::istringstream fields(line.substr(std::min(line.rfind(')') + 1, line.size())));
  std::string field;
  for (int i = 3; i <= 22 && fields >> field; ++i) {
  }
  return fields ? std::stod(field) / ticks_per_second() : 0;
}

double start_time() {
  static const double start = boot_time() + start_after_boot();
  return start;
}

double cpu_seconds() {
  timespec spent{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) / 1e9;
}

std::optional<std::uint64_t> open_fds() {
  std::error_code ec;
  std::filesystem::directory_iterator at("/proc/self/fd", ec);
  std::uint64_t count = 0;
  for (const std::filesystem::directory_iterator end; !ec && at != end; at.increment(ec)) ++count;
  if (ec || count == 0) return std::nullopt;
  return count - 1;  // one was for the counting
}

}  // namespace

ProcessFacts process_facts() {
  ProcessFacts facts;
  facts.cpu_seconds = cpu_seconds();
  facts.start_time = start_time();
  facts.open_fds = open_fds();
  std::uint64_t pages = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  facts.virtual_bytes = pages * page;
  facts.resident_bytes = resident * page;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) facts.max_fds = limit.rlim_cur;
  return facts;
}

}  // namespace pannier::daemon
