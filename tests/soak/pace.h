// How long the load has run, pauses left out: what a sender may have sent by now. Threads: any.
#pragma once
#include <chrono>
#include <mutex>

namespace pannier::soak {

class Pace {
 public:
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] double seconds() const {
    const std::lock_guard lock(mutex_);
    return std::chrono::duration<double>(ran_ + (runs_ ? Clock::now() - since_ : Clock::duration(0))).count();
  }
  void pause() {
    const std::lock_guard lock(mutex_);
    if (runs_) ran_ += Clock::now() - since_;
    runs_ = false;
  }
  void go_on() {
    const std::lock_guard lock(mutex_);
    if (!runs_) since_ = Clock::now();
    runs_ = true;
  }

 private:
  mutable std::mutex mutex_;
  bool runs_ = false;  // these three are guarded by mutex_
  Clock::duration ran_{0};
  Clock::time_point since_;
};

}  // namespace pannier::soak
