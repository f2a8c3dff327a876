#include "daemon/control.h"

#include "base/json.h"
#include "base/text.h"
#include "daemon/roles.h"
#include "observe/log.h"

namespace pannier::daemon {
namespace {

net::HttpServer::Response error(int status, std::string_view message) {
  json::Writer out;
  out.begin('{').key("error").text(message).end('}');
  return {.status = status, .content_type = "application/json", .body = out.str()};
}

// Commands are small: 64 connections may not fill the memory with bodies.
net::HttpServerOptions options_of_server() {
  net::HttpServerOptions options;
  options.max_body = 64 * 1024;
  return options;
}

void audit(std::string_view what, const net::PeerCredentials& peer) {
  observe::log(observe::LogLevel::info, "control: " + std::string(what) + " by uid " +
                                            std::to_string(peer.uid) + ", pid " + std::to_string(peer.pid));
}

}  // namespace

Result<std::unique_ptr<Control>> Control::open(boost::asio::io_context& deliver,
                                               const config::Control& options, Calls calls) {
  const bool shared = !options.read_group.empty();
  auto socket = net::listen_unix({.path = options.path,
                                  .mode = static_cast<mode_t>(shared ? 0660 : 0600),
                                  .group = options.read_group,
                                  .directory_mode = static_cast<mode_t>(shared ? 0710 : 0700)});
  if (!socket) return socket.error().within("control");
  std::unique_ptr<Control> control(new Control(options, std::move(calls)));
  control->file_ = socket->file;
  control->server_ = std::make_unique<net::HttpServer>(
      deliver, std::move(socket->fd), options_of_server(),
      [raw = control.get()](const net::HttpServer::Request& request,
                            const net::HttpServer::Respond& respond) { raw->handle(request, respond); });
  return control;
}

Control::~Control() {
  server_.reset();
  net::unlink_if_ours(options_.path, file_);
}

void Control::handle(const net::HttpServer::Request& request, const net::HttpServer::Respond& respond) const {
  const Role role = role_of(request.peer, options_.read_group);
  if (role == Role::none)
    return respond(error(403, "only root, the daemon's own user and control.read_group may ask"));
  if (request.method == "GET" && request.target == "/status")
    return respond({.status = 200, .content_type = "application/json", .body = calls_.status()});
  if (request.method == "GET" && request.target == "/health") {
    const bool ready = calls_.ready();
    return respond({.status = ready ? 200 : 503,
                    .content_type = "application/json",
                    .body = ready ? R"({"ready":true})" : R"({"ready":false})"});
  }
  if (role != Role::all)
    return respond(
        error(403, "only root and the daemon's own user may do this; others may look at the status"));
  if (request.method == "POST") return change(request, respond);
  respond(error(404, "no such call"));
}

void Control::change(const net::HttpServer::Request& request, const net::HttpServer::Respond& respond) const {
  constexpr std::string_view letters = "/dead-letters/";
  if (request.target.starts_with(letters)) {
    const std::string_view verb = std::string_view(request.target).substr(letters.size());
    // A list shows no records.
    if (verb != "list") audit("dead letters " + text::shown(verb, 20), request.peer);
    return calls_.letters(verb, request.body, respond);
  }
  if (request.target != "/reload") return respond(error(404, "no such call"));
  audit("reload", request.peer);
  calls_.reload(respond);
}

}  // namespace pannier::daemon
