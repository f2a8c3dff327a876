// A reload: reads the configuration off T2, changes all of it or nothing, and says what came of it. One at a
// time. Threads: T2.
#pragma once
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <variant>

#include "config/load.h"
#include "daemon/service.h"
#include "deliver/key_holder.h"
#include "net/http_server.h"

namespace pannier::daemon {

class Reloading {
 public:
  using Loaded = std::shared_ptr<const config::Loaded>;
  struct Parts {
    boost::asio::io_context& deliver;  // T2's
    deliver::RunBlocking run_blocking;
    const config::Request& request;
    Service& service;
    std::function<Loaded()> in_force;
    std::function<void(Loaded)> apply;
  };
  explicit Reloading(Parts parts) : parts_(std::move(parts)) {}

  // `respond` is called once: 200 with what was changed, 422 with what is wrong, 409 while another one runs.
  void start(const net::HttpServer::Respond& respond);
  void refuse(const net::HttpServer::Respond& respond, const char* why) const;  // 409

 private:
  using Outcome = std::variant<config::Loaded, config::Mistakes>;
  void read(Outcome outcome, const net::HttpServer::Respond& respond);
  net::HttpServer::Response changed(config::Loaded fresh);

  Parts parts_;
  bool is_under_way_ = false;
};

}  // namespace pannier::daemon
