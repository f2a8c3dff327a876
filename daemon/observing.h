// Observing over HTTP, for whoever is on this host (`observe`): paths and answers are in observe_answers.h.
// Threads: one of its own, at a low priority, so that a flood of scrapes takes only time that is left over;
// open, start and the end are T2's (or the main thread's before it). What only T2 knows is asked of it, for
// all who wait at once: never more than one snapshot at a time, and one in 100 ms. An answer is never older
// than its request. Bounded: 64 connections, no request bodies, 256 who wait; whoever would be one more is
// turned away and counted.
#pragma once
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>

#include "base/error.h"
#include "config/settings.h"
#include "daemon/metrics.h"
#include "daemon/status.h"

namespace pannier::daemon {

class Observing {
 public:
  struct Calls {
    std::function<Snapshot()> snapshot;  // on T2
    std::function<bool()> ready;         // on any thread
    std::function<HttpFacts()> ingest;   // on the loop of Malti's HTTP listener, where there is one
  };
  struct Loops {
    boost::asio::io_context& deliver;           // T2's
    boost::asio::io_context& intake;            // T1's
    boost::asio::io_context* ingest = nullptr;  // of Malti's HTTP listener; none: it is off
  };

  // Binds and answers nobody yet. `own_id`: requests that carry it were sent by ourselves.
  static Result<std::unique_ptr<Observing>> open(Loops loops, const config::Observe& options,
                                                 std::string own_id, Calls calls);
  ~Observing();  // closes everything and ends the thread
  Observing(const Observing&) = delete;
  Observing& operator=(const Observing&) = delete;

  void start();

 private:
  struct Impl;
  explicit Observing(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace pannier::daemon
