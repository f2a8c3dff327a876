// The local lane's way out: batches into the SQLite file, on a thread of its own (T3), because a disk may
// block. Users: LaneShell. Threads: every member on T2, where `done` is called too. What it answers:
// delivered; back_off with why "disk (…)" while the file can't be written (full, read-only, damaged, removed;
// it is opened again at each try); isolate where fragments of the batch are damaged: nothing is written then.
#pragma once
#include <boost/asio/io_context.hpp>
#include <memory>

#include "deliver/local/options.h"
#include "deliver/transport.h"

namespace pannier::deliver::local {

class LocalTransport : public Transport {
 public:
  static constexpr std::size_t most_waiting = 64;  // batches; more are told to back off
  static constexpr std::chrono::seconds retention_pause{10};
  static constexpr std::chrono::seconds stop_limit{5};  // a disk that hangs longer keeps its thread

  // Starts the thread, which makes the file at once. REQUIRES: `home` outlives this.
  LocalTransport(boost::asio::io_context& home, const Options& options);
  ~LocalTransport() override;

  void send(const Batch& batch, std::function<void(Judgement)> done) override;
  void read_key(std::function<void(bool changed)> done) override;  // there is none: false
  // Finishes the batch that is being written, answers back_off to those that wait, ends the thread.
  void stop() override;

 private:
  class Worker;
  std::shared_ptr<Worker> worker_;
};

}  // namespace pannier::deliver::local
