#include "process/cardinality.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "process/consumer.h"
#include "process/endpoint.h"

namespace pannier::process {
namespace {

constexpr std::size_t most_bytes = 8U << 20U;

// At most three of four slots are taken.
std::size_t slots_for(std::size_t limit) {
  return std::bit_ceil(limit + limit / 3 + 1);
}

__extension__ using Product = unsigned __int128;

// Both halves of the product: each bit of the one changes half of the other's.
std::uint64_t folded(std::uint64_t a, std::uint64_t b) {
  const auto product = static_cast<Product>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

std::uint64_t eight(const char* at) {
  std::uint64_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return value;
}
std::uint64_t four(const char* at) {
  std::uint32_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return value;
}

struct Words {
  std::uint64_t first = 0, second = 0;
};

// All bytes of a text of at most 16, some of them twice: nearly without branches, which would be guessed
// wrong.
Words words_of(std::string_view text) {
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  if (text.size() >= 4) {
    const std::size_t step = text.size() / 8 * 4;  // 0 for up to 7 bytes, 8 for 16
    return {four(begin) << 32U | four(begin + step), four(end - 4) << 32U | four(end - 4 - step)};
  }
  if (text.empty()) return {};
  const auto byte = [](char c) { return std::uint64_t{static_cast<unsigned char>(c)}; };
  return {byte(begin[0]) << 16U | byte(begin[text.size() / 2]) << 8U | byte(end[-1]), 0};
}

}  // namespace

BoundedSet::BoundedSet(std::uint32_t limit)
    : mask_(slots_for(limit) - 1), limit_(limit), slots_(new std::atomic<std::uint32_t>[mask_ + 1]()) {}

std::size_t BoundedSet::bytes_for(std::uint32_t limit) {
  return slots_for(limit) * sizeof(std::uint32_t);
}

// Claims room for one; whoever does not use it gives it back.
bool BoundedSet::has_room() {
  if (count_.load(std::memory_order_relaxed) >= limit_) return false;
  if (count_.fetch_add(1, std::memory_order_relaxed) < limit_) return true;
  count_.fetch_sub(1, std::memory_order_relaxed);
  return false;
}

bool BoundedSet::take(std::uint64_t hash) {
  const auto tag = std::max(static_cast<std::uint32_t>(hash >> 32U), std::uint32_t{1});
  for (std::size_t at = hash & mask_;; at = (at + 1) & mask_) {
    std::uint32_t found = slots_[at].load(std::memory_order_relaxed);
    if (found == tag) return true;
    if (found != 0) continue;
    if (!has_room()) return false;
    if (slots_[at].compare_exchange_strong(found, tag, std::memory_order_relaxed)) return true;
    count_.fetch_sub(1, std::memory_order_relaxed);  // somebody was here first
    if (found == tag) return true;
  }
}

struct Cardinality::Service {
  Service(std::uint64_t name, const CardinalityLimits& limits)
      : hash(name), endpoints(limits.endpoints), consumers(limits.consumers) {}
  std::uint64_t hash;
  BoundedSet endpoints, consumers;
};

Cardinality::Cardinality(CardinalityLimits limits, std::uint64_t seed)
    : limits_(limits),
      seed_(seed),
      most_services_(std::min<std::size_t>(
          limits.services,
          most_bytes / (BoundedSet::bytes_for(limits.endpoints) + BoundedSet::bytes_for(limits.consumers)))),
      mask_(slots_for(most_services_) - 1),
      slots_(new std::atomic<Service*>[mask_ + 1]()),
      shared_(std::make_unique<Service>(0, limits)) {}

Cardinality::~Cardinality() {
  for (std::size_t i = 0; i <= mask_; ++i) delete slots_[i].load();
}

Cardinality::Service& Cardinality::service_of(std::uint64_t hash) {
  for (std::size_t at = hash & mask_;; at = (at + 1) & mask_) {
    Service* found = slots_[at].load(std::memory_order_acquire);
    if (found == nullptr) found = new_service(at, hash);
    if (found->hash == hash || found == shared_.get()) return *found;
  }
}

// What stands in this free slot afterwards, by whomever; the shared one where no more are counted apart.
Cardinality::Service* Cardinality::new_service(std::size_t at, std::uint64_t hash) {
  if (services_.load(std::memory_order_acquire) >= most_services_) return shared_.get();
  const std::lock_guard lock(adding_);
  if (Service* const found = slots_[at].load(std::memory_order_acquire)) return found;
  if (services_.load(std::memory_order_acquire) >= most_services_) return shared_.get();
  auto fresh = std::make_unique<Service>(hash, limits_);
  slots_[at].store(fresh.get(), std::memory_order_release);
  services_.fetch_add(1, std::memory_order_release);
  return fresh.release();
}

// As wyhash does it.
std::uint64_t Cardinality::hash(std::string_view text) const {
  constexpr std::uint64_t first = 0xa0761d6478bd642fU;
  constexpr std::uint64_t second = 0xe7037ed1a0b428dbU;
  std::uint64_t value = seed_ ^ first;
  const std::size_t size = text.size();
  for (; text.size() > 16; text.remove_prefix(16))
    value = folded(eight(text.data()) ^ second, eight(text.data() + 8) ^ value);
  const Words words = words_of(text);
  return folded(second ^ size, folded(words.first ^ second, words.second ^ value));
}

Cardinality::Verdict Cardinality::judge(std::string_view service, std::string_view endpoint,
                                        std::string_view consumer) {
  Service& its = service_of(hash(service));
  const bool is_free = endpoint == no_route || endpoint == other;
  const bool is_nobody = consumer.empty() || consumer == anonymous || consumer == other;
  return {.other_endpoint = !is_free && !its.endpoints.take(hash(endpoint)),
          .other_consumer = !is_nobody && !its.consumers.take(hash(consumer))};
}

}  // namespace pannier::process
