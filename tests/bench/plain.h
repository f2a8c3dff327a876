// The plain way to do what pannier does in a clever one: what a benchmark is to be compared with.
// Users: bench_*.cpp. Threads: each object belongs to one, but for PlainQueue.
#pragma once
#include <simdjson.h>

#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace pannier::bench {

// A record whose texts are its own.
struct PlainRecord {
  std::string service, node, method, endpoint, consumer, context, created_at;
  std::int64_t status = 0, response_ms = 0;
};

// simdjson's DOM parser and a look-up for each field. The usual lines only.
class PlainDecoder {
 public:
  std::optional<PlainRecord> decode(std::string_view line);

 private:
  simdjson::dom::parser parser_;
};

// Appends Malti's JSON piece by piece, escaping byte by byte.
void plain_encode(const PlainRecord& record, std::string& out);

// One std::string for each record, one lock for each push.
class PlainQueue {
 public:
  void push(std::string_view fragment);
  std::string take(std::size_t records);  // the oldest ones, one behind the other

 private:
  std::mutex mutex_;
  std::deque<std::string> fragments_;  // guarded by mutex_
};

}  // namespace pannier::bench
