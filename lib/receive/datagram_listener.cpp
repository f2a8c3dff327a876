#include "receive/datagram_listener.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <memory>
#include <system_error>

#include "net/udp_socket.h"
#include "receive/datagram_slots.h"
#include "receive/nap_policy.h"

namespace pannier::receive {

namespace {

constexpr std::chrono::milliseconds retry_after_error{10};

void let_senders_be_known(int fd) {
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
}

// How much the kernel queues: bytes for UDP; on a Unix socket the number of datagrams is the narrower bound.
NapPolicy::Room room_of(int fd, bool is_unix) {
  if (is_unix) {
    std::size_t messages = 10;
    std::ifstream("/proc/sys/net/unix/max_dgram_qlen") >> messages;
    return {.messages = messages};
  }
  int granted = 0;
  socklen_t size = sizeof granted;
  if (::getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &granted, &size) != 0) return {.bytes = 0};
  return {.bytes = static_cast<std::size_t>(granted)};
}

// Signals are the main thread's business.
void block_signals() {
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

// The thread's own state; nobody else sees it.
class DatagramListener::Loop {
 public:
  explicit Loop(DatagramListener& owner)
      : owner_(owner),
        is_unix_(owner.listener_ == observe::ListenerId::unix_datagram),
        fd_(owner.socket_.get()),
        handler_(owner.intake_),
        reader_(handler_, 0),
        naps_(room_of(fd_, is_unix_), steady_now()) {}

  void run() {
    for (bool stopping = false; !stopping || steady_now() < owner_.read_until_;) {
      // Looked at before the read: what was sent before stop() is then seen by a read that finds nothing.
      stopping = owner_.stopping_.load(std::memory_order_acquire);
      if (owner_.settings_changed_.exchange(false, std::memory_order_acquire)) adopt_settings();
      const int received = slots_->receive(fd_);
      if (received > 0) {
        const Duration nap = handle(static_cast<std::size_t>(received));
        if (nap != Duration::zero() && !stopping) std::this_thread::sleep_for(nap);
      } else if (stopping) {
        return;
      } else {
        wait(received < 0 ? errno : EAGAIN);
      }
    }
  }

 private:
  // Returns the nap to take before the next read.
  Duration handle(std::size_t received) {
    std::size_t bytes = 0;
    handler_.begin_read(owner_.listener_);
    for (std::size_t index = 0; index < received; ++index) {
      const Datagram datagram = slots_->datagram(index);
      bytes += datagram.bytes.size();
      if (may_report(datagram)) {
        reader_.take(datagram);
      } else {
        owner_.intake_.limit_hit(owner_.listener_, Limit::uid);
      }
    }
    handler_.end_read();
    return naps_.after_read(received, bytes, received < DatagramSlots::count, steady_now());
  }

  [[nodiscard]] bool may_report(const Datagram& datagram) const {
    if (!is_unix_ || allow_uids_.empty()) return true;
    return datagram.uid &&
           std::find(allow_uids_.begin(), allow_uids_.end(), *datagram.uid) != allow_uids_.end();
  }

  // For a datagram or the end; after an error for the end only, and not long.
  void wait(int error) {
    const bool is_empty = error == EAGAIN || error == EINTR;
    if (!is_empty) owner_.read_errors_.fetch_add(1, std::memory_order_relaxed);
    std::array<pollfd, 2> waits{{{.fd = owner_.wake_.get(), .events = POLLIN, .revents = 0},
                                 {.fd = fd_, .events = POLLIN, .revents = 0}}};
    ::poll(waits.data(), is_empty ? 2 : 1, is_empty ? -1 : static_cast<int>(retry_after_error.count()));
  }

  void adopt_settings() {
    const std::lock_guard lock(owner_.mutex_);
    const DatagramSettings& settings = owner_.settings_;
    allow_uids_ = settings.allow_uids;
    reader_.set_line_limit(settings.limits.line);
    if (slots_ && datagram_limit_ == settings.limits.datagram) return;
    datagram_limit_ = settings.limits.datagram;
    slots_.reset();
    slots_ = std::make_unique<DatagramSlots>(datagram_limit_, is_unix_);
  }

  DatagramListener& owner_;
  const bool is_unix_;
  const int fd_;
  LineHandler handler_;
  DatagramReader reader_;
  NapPolicy naps_;
  std::vector<uid_t> allow_uids_;
  std::size_t datagram_limit_ = 0;
  std::unique_ptr<DatagramSlots> slots_;
};

DatagramListener::DatagramListener(Fd socket, observe::ListenerId listener, DatagramSettings settings,
                                   Intake& intake)
    : listener_(listener),
      intake_(intake),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      settings_(std::move(settings)),
      socket_(std::move(socket)) {
  if (!wake_) throw std::system_error(errno, std::generic_category(), "eventfd");
  if (listener_ == observe::ListenerId::unix_datagram) let_senders_be_known(socket_.get());
}

void DatagramListener::start() {
  settings_changed_ = true;
  thread_ = std::thread([this] {
    block_signals();
    ::pthread_setname_np(::pthread_self(), "datagrams");
    Loop(*this).run();
  });
}

void DatagramListener::set(DatagramSettings settings) {
  const std::lock_guard lock(mutex_);
  settings_ = std::move(settings);
  settings_changed_.store(true, std::memory_order_release);
}

void DatagramListener::stop(std::chrono::milliseconds at_most) {
  if (thread_.joinable()) {
    read_until_ = steady_now() + at_most;
    stopping_.store(true, std::memory_order_release);
    ::eventfd_write(wake_.get(), 1);
    thread_.join();
  }
  const std::lock_guard lock(mutex_);
  look_at_drops();
  socket_.close();
}

std::optional<std::uint64_t> DatagramListener::kernel_dropped() const {
  if (listener_ == observe::ListenerId::unix_datagram) return std::nullopt;
  const std::lock_guard lock(mutex_);
  look_at_drops();
  return dropped_;
}

void DatagramListener::look_at_drops() const {
  if (!socket_) return;
  const auto drops = net::kernel_drops(socket_.get());
  if (!drops) return;
  dropped_ += static_cast<std::uint32_t>(*drops) - static_cast<std::uint32_t>(dropped_);
}

}  // namespace pannier::receive
