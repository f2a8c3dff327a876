// A thing that happens once and wakes every thread that polls for it. Threads: any.
#pragma once
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

namespace pannier::doubles {

class Event {
 public:
  Event() : descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  ~Event() { ::close(descriptor_); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  void happen() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(descriptor_, &one, sizeof one);
  }
  [[nodiscard]] int descriptor() const { return descriptor_; }  // readable once it has happened

 private:
  int descriptor_;
};

}  // namespace pannier::doubles
