// Carries out what a lane's core decides: sends through the transport, sets the timer, books, tells the
// spool, logs. Decides nothing. Threads: T2 only.
#pragma once
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>

#include "deliver/lane_core.h"
#include "deliver/transport.h"
#include "observe/ledger.h"
#include "queue/spool.h"

namespace pannier::deliver {

class LaneShell {
 public:
  LaneShell(boost::asio::io_context& context, const std::string& name, LaneCore core,
            std::unique_ptr<Transport> transport, observe::Ledger& ledger, queue::Spool* spool = nullptr);
  ~LaneShell();
  LaneShell(const LaneShell&) = delete;
  LaneShell& operator=(const LaneShell&) = delete;

  void on(const Event& event);
  // Called once, after Stop, when the lane holds nothing any more.
  void on_finished(std::function<void()> callback);
  // Called whenever the core has Closed the lane: its key was refused for good.
  void on_closed(std::function<void()> callback);

  [[nodiscard]] const std::string& name() const;
  [[nodiscard]] LaneView view() const;
  [[nodiscard]] bool finished() const;
  [[nodiscard]] Transport& transport();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace pannier::deliver
