#include "daemon/service_manager.h"

#include <pthread.h>
#include <systemd/sd-daemon.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <system_error>

#include "observe/log.h"

namespace pannier::daemon {
namespace {

// Beyond, a reload that nobody heard of is not told at all.
constexpr std::size_t most_states = 8;
constexpr const char* ready_state = "READY=1";
constexpr const char* reloading_state = "RELOADING=1";

// Owns what sd_listen_fds_with_names allocates.
class Names {
 public:
  Names() = default;
  Names(const Names&) = delete;
  Names& operator=(const Names&) = delete;
  ~Names() {
    for (char** name = names_; name != nullptr && *name != nullptr; ++name) std::free(*name);
    std::free(static_cast<void*>(names_));
  }
  char*** out() { return &names_; }
  [[nodiscard]] const char* at(int index) const { return names_ == nullptr ? "unknown" : names_[index]; }

 private:
  char** names_ = nullptr;
};

// Signals are the main thread's business.
void block_signals() {
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

// libsystemd returns errno with its sign turned.
std::string words_of(int fault) {
  return std::generic_category().message(-fault);
}

// Newer service managers tell this reload from an older one by its time.
std::string reloading_now() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::string(reloading_state) +
         "\nMONOTONIC_USEC=" + std::to_string(now.tv_sec * 1'000'000 + now.tv_nsec / 1000);
}

}  // namespace

ServiceManager::ServiceManager(bool listens) : listens_(listens) {
  Names names;
  const int count = ::sd_listen_fds_with_names(1, names.out());
  if (count < 0)
    fault_ = Error{ErrorCode::invalid, std::string("LISTEN_FDS and LISTEN_FDNAMES do not agree (") +
                                           words_of(count) + "); unset them, or let systemd set them"};
  for (int index = 0; index < count; ++index)
    sockets_.push_back({names.at(index), Fd(SD_LISTEN_FDS_START + index)});
  std::uint64_t microseconds = 0;
  if (::sd_watchdog_enabled(1, &microseconds) > 0 && listens_)
    watchdog_ = std::chrono::microseconds(microseconds);
  if (listens_) thread_ = std::thread([this] { run(); });
}

ServiceManager::~ServiceManager() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  came_.notify_one();
  thread_.join();
}

Result<std::vector<ServiceManager::Named>> ServiceManager::take_sockets() {
  if (fault_) return *fault_;
  return std::move(sockets_);
}

void ServiceManager::ready() {
  const std::unique_lock lock(mutex_);
  // Unheard until now: a manager that reads again is not told of reloads that are over.
  if (states_.size() > most_states && states_.back().starts_with(reloading_state))
    states_.pop_back();
  else
    tell(ready_state);
}

void ServiceManager::reloading() {
  const std::unique_lock lock(mutex_);
  tell(reloading_now());
}

void ServiceManager::stopping() {
  const std::unique_lock lock(mutex_);
  tell("STOPPING=1");
}

void ServiceManager::status(std::string words) {
  const std::unique_lock lock(mutex_);
  status_ = std::move(words);
  came_.notify_one();
}

void ServiceManager::alive() {
  const std::unique_lock lock(mutex_);
  alive_ = true;
  came_.notify_one();
}

// REQUIRES: mutex_ is held.
void ServiceManager::tell(const std::string& state) {
  if (!listens_) return;
  states_.push_back(state);
  came_.notify_one();
}

bool ServiceManager::nothing_to_tell() const {
  return states_.empty() && !status_ && !alive_;
}

std::string ServiceManager::next() {
  std::string text;
  const auto add = [&text](const std::string& line) { text.append(text.empty() ? "" : "\n").append(line); };
  if (!states_.empty()) {
    add(states_.front());
    states_.pop_front();
  }
  if (status_) add("STATUS=" + *status_);
  if (alive_) add("WATCHDOG=1");
  status_.reset();
  alive_ = false;
  return text;
}

void ServiceManager::run() {
  block_signals();
  ::pthread_setname_np(::pthread_self(), "notify");
  std::unique_lock lock(mutex_);
  for (;;) {
    came_.wait(lock, [this] { return ending_ || !nothing_to_tell(); });
    if (nothing_to_tell()) return;
    const std::string text = next();
    lock.unlock();
    const int told = ::sd_notify(0, text.c_str());
    if (told < 0)
      observe::log_seldom(observe::LogLevel::warn, "sd_notify",
                          std::string("the service manager cannot be told anything: ") + words_of(told));
    lock.lock();
  }
}

}  // namespace pannier::daemon
