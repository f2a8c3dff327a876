// The spool in the daemon's life: opened before the listeners, watched for how fast it fills, closed after
// the last batch. Threads: T2, but for what says otherwise.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>

#include "base/error.h"
#include "config/settings.h"
#include "daemon/growth.h"
#include "daemon/status.h"
#include "queue/spool.h"

namespace pannier::daemon {

class Spooling {
 public:
  // REQUIRES: rings and ledger outlive it. In mode off it keeps the dead letters, in memory.
  Spooling(boost::asio::io_context& deliver, const config::Settings& settings, queue::Rings& rings,
           observe::Ledger& ledger, queue::Spool::Hooks hooks);

  // Takes in what the file holds. A disk that can't be written, or not soon, ends nothing; a file that is
  // somebody else's is an error.
  Result<void> open();
  void start();                     // before the listeners do
  void flush() { spool_.flush(); }  // any thread
  // False: the disk hangs, and so does the thread; the process must end without freeing what it uses.
  bool stop();
  void add_to(Snapshot& snapshot) const;
  [[nodiscard]] queue::Spool* spool() { return &spool_; }

 private:
  void watch_growth();

  queue::Spool spool_;
  Growth growth_;
  boost::asio::steady_timer growth_timer_;
};

}  // namespace pannier::daemon
