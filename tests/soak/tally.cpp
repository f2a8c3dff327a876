#include "tests/soak/tally.h"

#include <cstdio>

#include "tests/soak/lines.h"

namespace pannier::soak {

void Complaints::add(const std::string& text) {
  constexpr std::size_t most_shown = 100;
  if (count_++ >= most_shown) return;
  const std::lock_guard lock(mutex_);
  std::fprintf(stderr, "BROKEN: %s\n", text.c_str());
}

Tally::Tally(unsigned sources, std::uint64_t places)
    : sources_(sources),
      places_(places),
      entries_(std::make_unique<Entry[]>(destinations.size() * sources * places)) {}

Tally::Entry* Tally::find(Destination destination, std::uint64_t number) const {
  const std::uint64_t source = number / numbers_a_source, place = number % numbers_a_source;
  if (source >= sources_ || place >= places_) return nullptr;
  return &entries_[(static_cast<std::size_t>(destination) * sources_ + source) * places_ + place];
}

bool Tally::store(Destination destination, std::uint64_t number) {
  Entry* const entry = find(destination, number);
  if (entry == nullptr) return false;
  if (entry->stored != 255) ++entry->stored;
  return true;
}

void Tally::set(Destination destination, std::uint64_t number, Mark mark) {
  if (Entry* const entry = find(destination, number)) entry->marks |= mark;
}

unsigned Tally::stored(Destination destination, std::uint64_t number) const {
  const Entry* const entry = find(destination, number);
  return entry == nullptr ? 0U : entry->stored.load();
}

bool Tally::has(Destination destination, std::uint64_t number, Mark mark) const {
  const Entry* const entry = find(destination, number);
  return entry != nullptr && (entry->marks & mark) != 0;
}

}  // namespace pannier::soak
