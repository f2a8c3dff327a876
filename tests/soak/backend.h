// A backend for millions of records: Malti or OTLP, as its weather is. It remembers of each record only how
// often it holds it, and looks at some requests with all of the contract's rules.
// Threads: any.
#pragma once
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/doubles/http_connection.h"
#include "tests/doubles/loopback_server.h"
#include "tests/soak/weather.h"

namespace pannier::soak {

class Backend {
 public:
  struct Parts {
    Destination destination;
    Tally& tally;
    Complaints& complaints;
    double scale;
    std::uint64_t seed;
  };
  explicit Backend(Parts parts);
  ~Backend();
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;

  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }
  void be_well(bool well) { weather_.be_well(well); }
  void set_key(const std::string& old, const std::string& key, const std::string& service);

  [[nodiscard]] std::uint64_t stored() const { return stored_; }  // duplicates too
  // Of requests whose 200 was written whole.
  [[nodiscard]] std::uint64_t confirmed() const { return confirmed_; }
  [[nodiscard]] std::uint64_t requests() const { return requests_; }
  [[nodiscard]] std::map<std::string, std::uint64_t> failures() const;  // by way

 private:
  struct Asked {
    doubles::HttpRequest request;
    std::vector<std::uint64_t> numbers;
    std::string service;  // the key's; empty for OTLP
    bool is_json = false;
  };
  void serve(int socket, const doubles::Event& stopped);
  void follow_weather();
  bool answer(doubles::HttpConnection& connection, doubles::HttpRequest request, const Way* way);
  bool misbehave(doubles::HttpConnection& connection, const Asked& asked, const Way& way);
  bool say(doubles::HttpConnection& connection, const Asked& asked, const doubles::Answer& answer);
  bool store_and_say(doubles::HttpConnection& connection, const Asked& asked);
  bool store_some_and_say(doubles::HttpConnection& connection, const Asked& asked);
  bool name_some(doubles::HttpConnection& connection, const Asked& asked, const Way& way);
  bool refuse_poison(doubles::HttpConnection& connection, const Asked& asked, std::size_t place);
  void store(const Asked& asked);
  void count(std::string_view way);
  void look_closely(const Asked& asked, std::string_view body);
  [[nodiscard]] std::optional<std::size_t> poison_in(const Asked& asked) const;
  [[nodiscard]] std::optional<std::string> service_of_key(const doubles::HttpRequest& request) const;
  [[nodiscard]] std::string unpacked_body(const doubles::HttpRequest& request) const;

  const Parts parts_;
  Weather weather_;
  std::atomic<std::uint64_t> stored_ = 0, confirmed_ = 0, requests_ = 0;
  std::atomic<bool> ends_ = false;
  mutable std::mutex mutex_;
  std::map<std::string, std::string> keys_;        // guarded by mutex_; key to service
  std::map<std::string, std::uint64_t> failures_;  // guarded by mutex_
  doubles::LoopbackServer server_;
  std::thread weatherman_;  // the only one that starts and stops the server
};

}  // namespace pannier::soak
