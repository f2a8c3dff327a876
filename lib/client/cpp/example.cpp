// A program that serves a few made-up requests and tells pannier about them:
//   c++ -std=c++17 -pthread -I lib/client/cpp lib/client/cpp/example.cpp -o example && PANNIER_DEBUG=1
//   ./example
// Exit: 0 where the daemon got all of them.
#include <cstdio>
#include <pannier.hpp>

int main() {
  pannier::Options options;
  options.service = "orders";
  pannier::Client telemetry(options);

  for (int user = 1; user <= 100; ++user) {
    const auto begun = std::chrono::steady_clock::now();
    const bool is_found = user % 10 != 0;  // here an application does its work

    pannier::Record record;
    record.method = "GET";
    record.endpoint = "/users/{user_id}";
    record.status = is_found ? 200 : 404;
    record.consumer = "example";
    record.took(std::chrono::steady_clock::now() - begun);
    telemetry.report(record);
  }

  const pannier::Counters counters = telemetry.close(std::chrono::seconds(1));
  std::printf("%llu handed in, %llu sent, %llu dropped\n",
              static_cast<unsigned long long>(counters.handed_in),
              static_cast<unsigned long long>(counters.sent),
              static_cast<unsigned long long>(counters.all_dropped()));
  return counters.sent == counters.handed_in ? 0 : 1;
}
