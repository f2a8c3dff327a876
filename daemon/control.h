// The control API: HTTP over a Unix socket of its own, which applications do not share.
//   GET /status   the status JSON            GET /health   200 {"ready":true} or 503
//   POST /dead-letters/list|show|replay|purge   letter_desk.h
//   POST /reload  waits; 200 {"applied":[…],"restart":[…],"warnings":[…]} or 422 {"mistakes":[…]}
// Threads: T2. What is changed is one audit line in the log, with uid and pid.
#pragma once
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>

#include "base/error.h"
#include "config/settings.h"
#include "net/http_server.h"

namespace pannier::daemon {

class Control {
 public:
  struct Calls {
    std::function<std::string()> status;
    std::function<bool()> ready;
    std::function<void(net::HttpServer::Respond)> reload;
    std::function<void(std::string_view verb, const std::string& body, const net::HttpServer::Respond&)>
        letters;
  };

  static Result<std::unique_ptr<Control>> open(boost::asio::io_context& deliver,
                                               const config::Control& options, Calls calls);
  ~Control();
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;

 private:
  Control(const config::Control& options, Calls calls) : options_(options), calls_(std::move(calls)) {}
  void handle(const net::HttpServer::Request& request, const net::HttpServer::Respond& respond) const;
  void change(const net::HttpServer::Request& request, const net::HttpServer::Respond& respond) const;

  config::Control options_;
  Calls calls_;
  net::FileId file_;
  std::unique_ptr<net::HttpServer> server_;
};

}  // namespace pannier::daemon
