// What report() of the C++ shim costs the thread that calls it, while its background thread writes to a peer
// that reads and throws away. Only the calls are timed: between two rounds of 500 the buffer is sent, so that
// none of the records is dropped, which would be cheaper. Plain: a line by snprintf and one write() a record,
// as a shim without a buffer would do.
#include <benchmark/benchmark.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <client/cpp/pannier.hpp>
#include <cstdlib>
#include <string>
#include <thread>

namespace pannier::bench {
namespace {

// Reads all that comes over one connection, until that is closed.
class Drain {
 public:
  Drain() {
    std::array<char, 32> folder{"/tmp/pannier-bench-XXXXXX"};
    folder_ = ::mkdtemp(folder.data());
    address_.sun_family = AF_UNIX;
    path().copy(address_.sun_path, sizeof address_.sun_path - 1);
    listening_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ::bind(listening_, generic(), sizeof address_);
    ::listen(listening_, 1);
    thread_ = std::thread([this] { read_all(); });
  }
  ~Drain() {
    thread_.join();
    ::close(listening_);
    ::unlink(path().c_str());
    ::rmdir(folder_.c_str());
  }
  Drain(const Drain&) = delete;
  Drain& operator=(const Drain&) = delete;

  [[nodiscard]] std::string path() const { return folder_ + "/pannier.sock"; }
  [[nodiscard]] const sockaddr* generic() const { return reinterpret_cast<const sockaddr*>(&address_); }
  [[nodiscard]] socklen_t size() const { return sizeof address_; }

 private:
  void read_all() const {
    const int connection = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
    static std::array<char, 256 * 1024> bytes;
    while (::recv(connection, bytes.data(), bytes.size(), 0) > 0) {
    }
    ::close(connection);
  }

  std::string folder_;
  sockaddr_un address_{};
  int listening_ = -1;
  std::thread thread_;
};

constexpr int records_a_round = 500;

double seconds_of(const auto& work) {
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i != records_a_round; ++i) work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

void client_report(benchmark::State& state) {
  const Drain drain;
  const std::string url = "unix://" + drain.path();
  ::unsetenv("PANNIER_URL");
  ::unsetenv("PANNIER_DISABLED");
  Options options;
  options.service = "orders";
  options.node = "web-7";
  options.url = url;
  Client client(options);
  Record record;
  record.method = "GET";
  record.endpoint = "/users/{user_id}/orders";
  record.status = 200;
  record.consumer = "mobile-app";
  record.context = "0123456789abcdef0123456789abcdef";
  record.response_time_ms = 12.345;
  while (state.KeepRunningBatch(records_a_round)) {
    state.SetIterationTime(seconds_of([&] { client.report(record); }));
    client.flush(std::chrono::seconds(5));
  }
  const Counters last = client.close(std::chrono::seconds(5));
  if (last.sent != last.handed_in) state.SkipWithError("records were dropped: their time says nothing");
}
BENCHMARK(client_report)->UseManualTime()->Unit(benchmark::kNanosecond);

void client_plain_write(benchmark::State& state) {
  const Drain drain;
  const int connection = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ::connect(connection, drain.generic(), drain.size());
  std::array<char, 512> line{};
  while (state.KeepRunningBatch(records_a_round)) {
    state.SetIterationTime(seconds_of([&] {
      const int size = std::snprintf(
          line.data(), line.size(),
          R"({"method":"GET","endpoint":"%s","status":%d,"response_time":%.3f,"consumer":"%s","context":"%s"})"
          "\n",
          "/users/{user_id}/orders", 200, 12.345, "mobile-app", "0123456789abcdef0123456789abcdef");
      benchmark::DoNotOptimize(::send(connection, line.data(), static_cast<std::size_t>(size), MSG_NOSIGNAL));
    }));
  }
  ::close(connection);
}
BENCHMARK(client_plain_write)->UseManualTime()->Unit(benchmark::kNanosecond);

}  // namespace
}  // namespace pannier::bench
