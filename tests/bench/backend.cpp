// A Malti that only counts: answers every ingest with the number of records in it, tells copies apart by the
// numbers that bench_load gives, and knows how fast they came. Loopback, any free port, which it prints; then
// for each line on standard input one line of JSON. One thread a connection. No part of it checks Malti's
// contract: that is tests/doubles' business.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/bench/program.h"

namespace pannier::bench {
namespace {

constexpr std::size_t most_records = 64'000'000;
constexpr std::size_t number_digits = 12;
constexpr std::size_t most_head = 16'384;
constexpr std::size_t most_body = 4 << 20;
constexpr std::size_t read_bytes = 262'144;

class Counter {
 public:
  // Returns how many records there are in the body.
  std::size_t count(std::string_view body) {
    std::size_t records = 0, copies = 0;
    const char* const end = body.data() + body.size();
    for (const char* at = body.data(); (at = next_number(at, end)) != nullptr; ++records)
      if (is_copy(at)) ++copies;
    const std::lock_guard lock(mutex_);
    records_ += records;
    copies_ += copies;
    arrivals_.push_back({seconds_now(), records_});
    return records;
  }

  std::string answer() {
    const std::lock_guard lock(mutex_);
    return R"({"records":)" + std::to_string(records_ - copies_) + R"(,"twice":)" + std::to_string(copies_) +
           R"(,"requests":)" + std::to_string(arrivals_.size()) + R"(,"per_second":)" +
           std::to_string(per_second()) + "}";
  }

 private:
  struct Arrival {
    double at;
    std::uint64_t records;  // up to then
  };

  // Where the digits behind the next '#' begin.
  static const char* next_number(const char* at, const char* end) {
    at = static_cast<const char*>(std::memchr(at, '#', static_cast<std::size_t>(end - at)));
    const bool is_whole = at != nullptr && static_cast<std::size_t>(end - at) > number_digits;
    return is_whole ? at + 1 : nullptr;
  }

  bool is_copy(const char* digits) {
    std::size_t number = 0;
    std::from_chars(digits, digits + number_digits, number);
    if (number >= most_records) return false;
    const std::uint64_t bit = 1ULL << (number % 64);
    return (seen_[number / 64].fetch_or(bit, std::memory_order_relaxed) & bit) != 0;
  }

  // Of the middle four fifths: begin and end hold the waits of the first and the last batch. REQUIRES:
  // mutex_.
  [[nodiscard]] double per_second() const {
    const auto reached = [this](std::uint64_t tenths) {
      return std::ranges::find_if(
          arrivals_, [&](const Arrival& arrival) { return arrival.records * 10 >= records_ * tenths; });
    };
    const auto first = reached(1), last = reached(9);
    if (first == arrivals_.end() || last->at <= first->at) return 0;
    return static_cast<double>(last->records - first->records) / (last->at - first->at);
  }

  std::unique_ptr<std::atomic<std::uint64_t>[]> seen_ =
      std::make_unique<std::atomic<std::uint64_t>[]>(most_records / 64);  // a bit for each number
  std::mutex mutex_;
  std::uint64_t records_ = 0, copies_ = 0;  // guarded by mutex_
  std::vector<Arrival> arrivals_;           // guarded by mutex_; one a request
};

Counter counter;

// The value of a header; `name` in lower case. Copies the head: once a batch.
std::string header(std::string head, const std::string& name) {
  std::ranges::transform(head, head.begin(), [](unsigned char byte) { return std::tolower(byte); });
  const std::size_t at = head.find("\r\n" + name + ": ");
  if (at == std::string::npos) return {};
  const std::size_t begin = at + name.size() + 4;
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

class Connection {
 public:
  explicit Connection(int fd) : fd_(fd) {
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  void serve() {
    while (const auto service = read_head()) {
      if (body_size_ > most_body || !read_until(head_size_ + body_size_)) break;
      const std::size_t records = counter.count(std::string_view(bytes_).substr(head_size_, body_size_));
      bytes_.erase(0, head_size_ + body_size_);
      if (!answer(records, *service)) break;
    }
    ::close(fd_);
  }

 private:
  // The service whose key stands in the head; sets both sizes.
  std::optional<std::string> read_head() {
    std::size_t end = 0;
    while ((end = bytes_.find("\r\n\r\n")) == std::string::npos)
      if (bytes_.size() > most_head || !read_until(bytes_.size() + 1)) return std::nullopt;
    const std::string head = bytes_.substr(0, end + 2);
    const std::string length = header(head, "content-length");
    head_size_ = end + 4;
    body_size_ = 0;
    std::from_chars(length.data(), length.data() + length.size(), body_size_);
    const std::string key = header(head, "x-api-key");
    return key.substr(0, key.find("-key"));
  }

  bool read_until(std::size_t size) {
    while (bytes_.size() < size) {
      const ssize_t got = ::read(fd_, buffer_.data(), buffer_.size());
      if (got <= 0) return false;
      bytes_.append(buffer_.data(), static_cast<std::size_t>(got));
    }
    return true;
  }

  bool answer(std::size_t records, const std::string& service) {
    const std::string body = R"({"message":"Telemetry data ingested successfully","count":)" +
                             std::to_string(records) + R"(,"service":")" + service + "\"}";
    const std::string all = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
                            std::to_string(body.size()) + "\r\n\r\n" + body;
    return ::send(fd_, all.data(), all.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(all.size());
  }

  int fd_;
  std::vector<char> buffer_ = std::vector<char>(read_bytes);
  std::string bytes_;
  std::size_t head_size_ = 0, body_size_ = 0;
};

void accept_all(int listener) {
  for (;;) {
    const int fd = ::accept(listener, nullptr, nullptr);
    if (fd < 0) fail("accept");
    std::thread([fd] { Connection(fd).serve(); }).detach();
  }
}

}  // namespace
}  // namespace pannier::bench

int main() {
  unsigned short port = 0;
  const int listener = pannier::bench::listening_on_loopback(port);
  std::thread(pannier::bench::accept_all, listener).detach();
  std::cout << port << std::endl;
  pannier::bench::answer_questions([] { return pannier::bench::counter.answer(); });
  std::_Exit(0);
}
