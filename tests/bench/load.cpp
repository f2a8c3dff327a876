// Sends records into one socket of a daemon for so many seconds, then says how many.
//   bench_load stream|dgram|udp|http ADDRESS RATE SECONDS SERVICES block|record|batch
// RATE is in records a second, 0: as fast as they are taken. `block`: 64 KiB a write (stream only); `record`:
// one record a write; `batch`: 500 records of one service a request, each of which is answered before the
// next (http only). Each record has a number of its own (#000000000001) in its context. Prints one line of
// JSON.
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "tests/bench/program.h"

namespace pannier::bench {
namespace {

constexpr std::size_t block_bytes = 65'536;
constexpr std::size_t most_records = 64'000'000;  // the backend tells so many apart
constexpr std::size_t number_digits = 12;
constexpr double patience = 10;  // seconds that the last write may take beyond the end
constexpr std::array services{"orders", "users", "billing", "search"};
constexpr std::array endpoints{"/users/{user_id}", "/orders/{order_id}/items", "/search",
                               "/carts/{id}/checkout"};
constexpr std::array consumers{"web-app", "mobile", "partner-a", "cron"};

struct Settings {
  Kind kind = Kind::stream;
  std::string address;
  double rate = 0, seconds = 0;
  std::size_t services = 1;
  bool block = false;
};

// What one write sends, made before the clock runs; only the numbers change.
struct Message {
  std::string bytes;
  std::vector<std::size_t> numbers;  // where each record's number stands
};

// About 208 bytes.
std::string record_line(std::size_t index, std::size_t service_count, std::size_t& number_at) {
  std::array<char, 400> text{};
  int before = 0;
  const int size = std::snprintf(
      text.data(), text.size(),
      R"({"service":"%s","node":"pod-%zu","method":"%s","endpoint":"%s","status":%d,"response_time":%zu,)"
      R"("consumer":"%s","created_at":"2026-01-01T12:00:%02zu.%06zu+00:00","context":"#%n%012d"})"
      "\n",
      services[index % service_count], index % 10, index % 3 != 0 ? "GET" : "POST",
      endpoints[index / 5 % endpoints.size()], index % 17 != 0 ? 200 : 500, 5 + index * 7 % 200,
      consumers[index / 7 % consumers.size()], index % 60, index * 977 % 1'000'000, &before, 0);
  number_at = static_cast<std::size_t>(before);
  return {text.data(), static_cast<std::size_t>(size)};
}

// As Malti's SDKs post it.
Message made_request(std::size_t service, std::size_t service_count) {
  constexpr std::size_t records = 500;
  Message body;
  body.bytes = R"({"requests":[)";
  for (std::size_t i = 0; i < records; ++i) {
    std::size_t number_at = 0;
    const std::string line = record_line(i * service_count + service, service_count, number_at);
    body.numbers.push_back(body.bytes.size() + number_at);
    body.bytes.append(line, 0, line.size() - 1).append(i + 1 < records ? "," : "]}");
  }
  Message request;
  request.bytes =
      "POST /api/v1/ingest HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
      "X-API-Key: a-key\r\nContent-Length: " +
      std::to_string(body.bytes.size()) + "\r\n\r\n";
  for (const std::size_t at : body.numbers) request.numbers.push_back(request.bytes.size() + at);
  request.bytes += body.bytes;
  return request;
}

std::vector<Message> made_messages(const Settings& settings) {
  if (settings.kind == Kind::http) {
    std::vector<Message> requests;
    for (std::size_t i = 0; i < settings.services; ++i)
      requests.push_back(made_request(i, settings.services));
    return requests;
  }
  std::vector<Message> messages(settings.block ? 8 : 256);
  std::size_t index = 0;
  for (Message& message : messages) {
    for (;;) {
      std::size_t number_at = 0;
      const std::string line = record_line(index++, settings.services, number_at);
      if (message.bytes.size() + line.size() > block_bytes) break;
      message.numbers.push_back(message.bytes.size() + number_at);
      message.bytes += line;
      if (!settings.block) break;
    }
  }
  return messages;
}

void number_records(Message& message, std::size_t first) {
  for (const std::size_t at : message.numbers) {
    std::size_t rest = first++;
    for (std::size_t digit = number_digits; digit-- > 0; rest /= 10)
      message.bytes[at + digit] = static_cast<char>('0' + rest % 10);
  }
}

void send_whole(int fd, std::string_view bytes, double deadline) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if ((errno != EAGAIN && errno != EINTR && errno != ENOBUFS) || seconds_now() > deadline) {
      fail("send");
    }
  }
}

// Answers are short, and one comes for each request.
void read_answer(int fd) {
  std::string answer;
  std::array<char, 4096> room{};
  while (answer.find("\r\n\r\n{") == std::string::npos || answer.back() != '}') {
    const ssize_t got = ::recv(fd, room.data(), room.size(), 0);
    if (got <= 0) fail("recv");
    answer.append(room.data(), static_cast<std::size_t>(got));
  }
  if (!answer.starts_with("HTTP/1.1 200 ")) errno = EPROTO, fail(answer.substr(0, answer.find('\r')));
}

void run(const Settings& settings) {
  const int fd = connected_socket(settings.kind, settings.address);
  const timeval write_timeout{0, 200'000};
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &write_timeout, sizeof write_timeout);
  std::vector<Message> messages = made_messages(settings);
  const auto nap = settings.block ? std::chrono::microseconds(2000) : std::chrono::microseconds(500);
  std::size_t records = 0, bytes = 0, turn = 0;
  const double start = seconds_now(), end = start + settings.seconds;
  for (double now = start; now < end && records + 1000 < most_records; now = seconds_now()) {
    Message& message = messages[turn % messages.size()];
    const auto after = static_cast<double>(records + message.numbers.size());
    if (settings.rate > 0 && after > (now - start) * settings.rate) {
      std::this_thread::sleep_for(nap);
      continue;
    }
    number_records(message, records);
    send_whole(fd, message.bytes, end + patience);
    if (settings.kind == Kind::http) read_answer(fd);
    records += message.numbers.size();
    bytes += message.bytes.size();
    ++turn;
  }
  std::printf(R"({"records":%zu,"bytes":%zu,"seconds":%.4f})"
              "\n",
              records, bytes, seconds_now() - start);
}

}  // namespace
}  // namespace pannier::bench

int main(int count, char** arguments) {
  if (count != 7) {
    std::fputs("usage: bench_load stream|dgram|udp|http ADDRESS RATE SECONDS SERVICES block|record|batch\n",
               stderr);
    return 2;
  }
  pannier::bench::run({.kind = pannier::bench::kind_of(arguments[1]),
                       .address = arguments[2],
                       .rate = std::stod(arguments[3]),
                       .seconds = std::stod(arguments[4]),
                       .services = static_cast<std::size_t>(std::stoul(arguments[5])),
                       .block = std::string_view(arguments[6]) == "block"});
}
