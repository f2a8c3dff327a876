// A process that sends numbered records as an application would: `sender stream|datagram PATH FIRST COUNT
// [SERVICE]` or `sender udp PORT FIRST COUNT [SERVICE]`. Ends with 0 once the kernel has taken all of them.
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "tests/doubles/clients.h"
#include "tests/doubles/records.h"

namespace {

using pannier::doubles::DatagramClient;
using pannier::doubles::numbered_line;
using pannier::doubles::UnixStreamClient;

struct Work {
  std::uint64_t first, count;
  std::string service;  // raw JSON; empty: none named

  template <typename Send>
  bool each(Send send) const {
    for (std::uint64_t id = first; id != first + count; ++id) {
      if (!send(numbered_line(id, {{"service", service}}))) return false;
    }
    return true;
  }
};

bool send_stream(const std::string& path, const Work& work) {
  UnixStreamClient client(path);
  return client.is_open() && work.each([&](const std::string& line) { return client.send_line(line); });
}

bool send_datagrams(const DatagramClient& client, const Work& work) {
  return client.is_open() && work.each([&](const std::string& line) { return client.send(line); });
}

bool send(const std::string& kind, const std::string& target, const Work& work) {
  if (kind == "stream") return send_stream(target, work);
  if (kind == "datagram") return send_datagrams(DatagramClient::to_unix(target), work);
  return send_datagrams(DatagramClient::to_udp(static_cast<std::uint16_t>(std::stoul(target))), work);
}

}  // namespace

int main(int count, char** values) {
  const std::vector<std::string> arguments(values, values + count);
  if (arguments.size() < 5) return 2;
  const std::string service = arguments.size() > 5 ? "\"" + arguments[5] + "\"" : "";
  if (send(arguments[1], arguments[2], {std::stoull(arguments[3]), std::stoull(arguments[4]), service}))
    return 0;
  std::perror("sender");
  return 1;
}
