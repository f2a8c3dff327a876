#include "tests/soak/senders.h"

#include <algorithm>

#include "tests/doubles/clients.h"
#include "tests/soak/lines.h"

namespace pannier::soak {
namespace {

using doubles::AckingClient;
using doubles::DatagramClient;
using doubles::Deadline;
using doubles::UnixStreamClient;

constexpr auto nap = std::chrono::milliseconds(10);

class AckedStream final : public Source {
 public:
  AckedStream(SourceOptions options, const Pace& pace)
      : Source(std::move(options), pace),
        client_({.path = this->options().path,
                 .first = this->options().number * numbers_a_source,
                 .most_unacknowledged = 500,
                 .most_in_a_write = 40,
                 .line = line_of,
                 .allowed = [this] { return due(); }}) {}
  [[nodiscard]] std::uint64_t made() const override { return client_.made(); }
  [[nodiscard]] std::uint64_t again() const override { return client_.again(); }
  [[nodiscard]] std::uint64_t acknowledged() const override { return client_.acknowledged(); }
  [[nodiscard]] bool is_done() const override { return made() >= due() && acknowledged() == made(); }

 private:
  AckingClient client_;
};

// Sends and forgets, as most shims do.
class Forgetful : public Source {
 public:
  using Source::Source;
  [[nodiscard]] std::uint64_t made() const override { return made_; }
  [[nodiscard]] std::uint64_t refused() const override { return refused_; }
  [[nodiscard]] bool is_done() const override { return made_ >= due(); }

 protected:
  void begin() {
    thread_ = std::thread([this] { run(); });
  }
  void end() {
    ends_ = true;
    thread_.join();
  }
  [[nodiscard]] virtual std::uint64_t most_at_once() = 0;
  // False: surely none of the lines was sent.
  virtual bool send(const std::string& lines) = 0;

 private:
  void run() {
    while (!ends_) {
      const std::uint64_t wanted = due(), made = made_;
      if (wanted <= made) {
        std::this_thread::sleep_for(nap);
        continue;
      }
      send_next(std::min(wanted - made, most_at_once()));
    }
  }
  void send_next(std::uint64_t count) {
    const std::uint64_t first = options().number * numbers_a_source + made_;
    std::string lines;
    for (std::uint64_t number = first; number != first + count; ++number) lines += line_of(number) + "\n";
    if (!send(lines)) {
      refused_ += count;
      std::this_thread::sleep_for(nap);
    }
    made_ += count;
  }

  std::atomic<bool> ends_ = false;
  std::atomic<std::uint64_t> made_ = 0, refused_ = 0;
  std::thread thread_;
};

// Connects anew now and then, so that connections come and go all the time.
class PlainStream final : public Forgetful {
 public:
  PlainStream(SourceOptions options, const Pace& pace) : Forgetful(std::move(options), pace) { begin(); }
  ~PlainStream() override { end(); }

 private:
  static constexpr unsigned writes_a_connection = 200;
  std::uint64_t most_at_once() override { return 50; }
  bool send(const std::string& lines) override {
    if (++writes_ % writes_a_connection == 0) client_.reset();
    if (!client_) client_.emplace(options().path);
    if (!client_->is_open()) {
      client_.reset();
      return false;
    }
    // What broke in the middle may have arrived in part.
    if (!client_->send(lines)) client_.reset();
    return true;
  }
  unsigned writes_ = 0;
  std::optional<UnixStreamClient> client_;
};

class Datagrams final : public Forgetful {
 public:
  Datagrams(SourceOptions options, const Pace& pace) : Forgetful(std::move(options), pace) { begin(); }
  ~Datagrams() override { end(); }

 private:
  std::uint64_t most_at_once() override { return 1 + turn_++ % 4; }
  bool send(const std::string& lines) override {
    if (!client_)
      client_.emplace(options().socket == Socket::udp ? DatagramClient::to_udp(options().port)
                                                      : DatagramClient::to_unix(options().path));
    if (client_->is_open() && client_->send(lines)) return true;
    client_.reset();
    return false;
  }
  std::uint64_t turn_ = 0;
  std::optional<DatagramClient> client_;
};

}  // namespace

std::unique_ptr<Source> make_source(SourceOptions options, const Pace& pace) {
  switch (options.socket) {
    case Socket::acked_stream: return std::make_unique<AckedStream>(std::move(options), pace);
    case Socket::stream: return std::make_unique<PlainStream>(std::move(options), pace);
    default: return std::make_unique<Datagrams>(std::move(options), pace);
  }
}

}  // namespace pannier::soak
