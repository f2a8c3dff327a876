// What the backends hold and what they refused, by number: a few bytes a record, for millions of them.
// Threads: any.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace pannier::soak {

enum class Destination : std::uint8_t { malti, otlp };
inline constexpr std::array<Destination, 2> destinations{Destination::malti, Destination::otlp};

// Broken promises, said at once on standard error.
class Complaints {
 public:
  void add(const std::string& text);
  [[nodiscard]] std::size_t count() const { return count_; }

 private:
  std::atomic<std::size_t> count_ = 0;
  std::mutex mutex_;
};

class Tally {
 public:
  enum Mark : std::uint8_t { refused = 1, not_taken = 2 };  // by its own fault; by a partial success
  Tally(unsigned sources, std::uint64_t places);            // places: that each source may have at most

  // False: no such number.
  [[nodiscard]] bool store(Destination destination, std::uint64_t number);
  void set(Destination destination, std::uint64_t number, Mark mark);
  [[nodiscard]] unsigned stored(Destination destination, std::uint64_t number) const;
  [[nodiscard]] bool has(Destination destination, std::uint64_t number, Mark mark) const;

 private:
  struct Entry {
    std::atomic<std::uint8_t> stored = 0, marks = 0;
  };
  [[nodiscard]] Entry* find(Destination destination, std::uint64_t number) const;
  unsigned sources_;
  std::uint64_t places_;
  std::unique_ptr<Entry[]> entries_;
};

}  // namespace pannier::soak
