#include "simulation/memory_file.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace pannier::simulation {
namespace {

constexpr std::uint64_t sector_bytes = 512, page_bytes = 4096, sectors_a_page = page_bytes / sector_bytes;

void put(std::string& file, std::uint64_t offset, std::string_view bytes) {
  if (file.size() < offset + bytes.size()) file.resize(offset + bytes.size());
  file.replace(offset, bytes.size(), bytes);
}

// The parts of [first, last) by sector.
template <typename Do>
void each_sector(std::uint64_t first, std::uint64_t last, Do act) {
  for (std::uint64_t at = first; at < last;) {
    const std::uint64_t sector = at / sector_bytes;
    const std::uint64_t end = std::min(last, (sector + 1) * sector_bytes);
    act(sector, at, end);
    at = end;
  }
}

}  // namespace

// How many of the changes each sector saw before it was last written back.
class MemoryFile::Arrival {
 public:
  Arrival(Random& random, std::size_t changes, std::optional<std::uint64_t> torn_page)
      : random_(random), changes_(changes), torn_page_(torn_page), luck_(random.below(3)) {}

  std::size_t of(std::uint64_t sector) {
    const std::uint64_t page = sector / sectors_a_page;
    const bool is_torn = torn_page_ == page;
    const auto [at, is_new] = moments_.try_emplace(is_torn ? sector : page * sectors_a_page, 0);
    if (is_new) at->second = moment();
    return at->second;
  }
  // Nothing was written back since the sync, all was, or each page has its own luck.
  std::size_t moment() {
    constexpr double none = 0.3, all = 0.6;
    if (luck_ == 0) return 0;
    const double draw = random_.uniform();
    if (draw < none) return 0;
    return draw < all ? changes_ : random_.below(changes_ + 1);
  }
  [[nodiscard]] std::uint64_t lost() const {
    return static_cast<std::uint64_t>(
        std::ranges::count_if(moments_, [this](const auto& moment) { return moment.second < changes_; }));
  }

 private:
  Random& random_;
  std::size_t changes_;
  std::optional<std::uint64_t> torn_page_;
  std::uint64_t luck_;
  std::map<std::uint64_t, std::size_t> moments_;
};

std::string_view MemoryFile::read(std::uint64_t offset, std::size_t size) const {
  if (offset >= now_.size()) return {};
  return std::string_view(now_).substr(offset, size);
}

void MemoryFile::write(std::uint64_t offset, std::string_view bytes) {
  put(now_, offset, bytes);
  changes_.push_back({offset, std::string(bytes), false});
}

void MemoryFile::truncate(std::uint64_t size) {
  if (size == now_.size()) return;
  now_.resize(size);
  changes_.push_back({size, {}, true});
}

void MemoryFile::sync() {
  for (const Change& change : changes_) {
    if (change.is_cut)
      synced_.resize(change.offset);
    else
      put(synced_, change.offset, change.bytes);
  }
  changes_.clear();
}

void MemoryFile::lose_sync() {
  has_lost_ = has_lost_ || !changes_.empty();
  changes_.clear();
}

void MemoryFile::find_lost() {
  if (!std::exchange(has_lost_, false)) return;
  changes_.clear();
  changes_.push_back({0, now_, false});
  changes_.push_back({now_.size(), {}, true});
}

void MemoryFile::flip(std::uint64_t offset) {
  constexpr char bit = 0x10;
  if (offset < now_.size()) now_[offset] = static_cast<char>(now_[offset] ^ bit);
  if (offset < synced_.size()) synced_[offset] = static_cast<char>(synced_[offset] ^ bit);
}

std::uint64_t MemoryFile::size_after(std::size_t changes) const {
  std::uint64_t size = synced_.size();
  for (std::size_t i = 0; i < changes; ++i)
    size = changes_[i].is_cut ? changes_[i].offset
                              : std::max(size, changes_[i].offset + changes_[i].bytes.size());
  return size;
}

MemoryFile::Lost MemoryFile::power_cut(Random& random) {
  Lost lost;
  has_lost_ = false;
  if (changes_.empty()) {
    now_ = synced_;
    return lost;
  }
  std::optional<std::uint64_t> torn;
  const Change& some = changes_[random.below(changes_.size())];
  if (random.below(2) == 0 && !some.bytes.empty())
    torn = (some.offset + random.below(some.bytes.size())) / page_bytes;
  Arrival arrival(random, changes_.size(), torn);
  const std::uint64_t size = size_after(arrival.moment());
  for (std::size_t i = 0; i < changes_.size(); ++i) {
    const Change& change = changes_[i];
    const std::uint64_t last = change.is_cut ? synced_.size() : change.offset + change.bytes.size();
    each_sector(change.offset, last, [&](std::uint64_t sector, std::uint64_t at, std::uint64_t end) {
      if (i >= arrival.of(sector)) return;
      if (change.is_cut)
        std::fill(synced_.begin() + static_cast<std::ptrdiff_t>(at),
                  synced_.begin() + static_cast<std::ptrdiff_t>(end), '\0');
      else
        put(synced_, at, std::string_view(change.bytes).substr(at - change.offset, end - at));
    });
  }
  lost = {arrival.lost(), torn ? 1U : 0U};
  synced_.resize(size);
  now_ = synced_;
  changes_.clear();
  return lost;
}

}  // namespace pannier::simulation
