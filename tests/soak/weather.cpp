#include "tests/soak/weather.h"

#include <algorithm>

namespace pannier::soak {
namespace {

constexpr std::size_t one_request_in = 25;  // fails by itself
constexpr double between_episodes = 20, between_outages = 240, outage = 15,
                 first_outage = 100;  // s, times the scale

}  // namespace

Weather::Weather(Destination destination, double scale, std::uint64_t seed)
    : ways_(ways(destination)), scale_(scale), random_(seed), turn_(seed % ways_.size()) {
  plan(Clock::now());
}

void Weather::plan(Clock::time_point now) {
  episode_begin_ = now + random_wait(between_episodes);
  // Both backends at once and long: what comes later is no worse than what the daemon has seen when it is
  // warm.
  outage_begin_ = now + seconds(first_outage);
  outage_end_ = outage_begin_ + longest_outage();
}

Weather::Clock::duration Weather::seconds(double unscaled) const {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(unscaled * scale_));
}

Weather::Clock::duration Weather::random_wait(double mean_seconds) {
  std::uniform_real_distribution<double> spread(0.5, 1.5);
  return seconds(mean_seconds * spread(random_));
}

Weather::Clock::duration Weather::longest_outage() const {
  return std::max<Clock::duration>(std::chrono::seconds(1), seconds(1.5 * outage));
}

void Weather::be_well(bool well) {
  const std::lock_guard lock(mutex_);
  if (is_well_ && !well) plan(Clock::now());
  is_well_ = well;
  if (well) episode_ = nullptr;
}

bool Weather::is_down(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (is_well_) return false;
  if (episode_ == nullptr && now >= episode_begin_) {
    episode_ = &ways_[random_() % ways_.size()];
    episode_end_ = now + std::chrono::milliseconds(300 + random_() % 1700);
  }
  if (episode_ != nullptr && now >= episode_end_) {
    episode_ = nullptr;
    episode_begin_ = now + random_wait(between_episodes);
  }
  if (now >= outage_end_) {
    outage_begin_ = now + random_wait(between_outages);
    outage_end_ = outage_begin_ + std::min(longest_outage(), random_wait(outage));
  }
  return now >= outage_begin_;
}

const Way* Weather::next_request() {
  const std::lock_guard lock(mutex_);
  if (is_well_) return nullptr;
  if (episode_ != nullptr) return episode_;
  if (random_() % one_request_in != 0) return nullptr;
  turn_ = (turn_ + 1) % ways_.size();
  return &ways_[turn_];
}

std::size_t Weather::below(std::size_t limit) {
  const std::lock_guard lock(mutex_);
  return random_() % limit;
}

}  // namespace pannier::soak
