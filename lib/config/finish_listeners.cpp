#include "config/finish_listeners.h"

#include "net/ip_address.h"
#include "net/udp_socket.h"
#include "net/url.h"

namespace pannier::config {
namespace {

class Listeners {
 public:
  Listeners(const Settings& settings, const Mistaken& mistaken) : settings_(settings), mistaken_(mistaken) {}

  void check() {
    const receive::Options& receive = settings_.receive;
    if (!receive.unix_stream.enabled && !receive.unix_datagram.enabled && !receive.udp.enabled &&
        !receive.http.enabled)
      mistake("receive.unix_stream", "every listener is off; leave one on");
    if (receive.udp.enabled)
      if (const auto right = net::check_udp_address(receive.udp.address, receive.udp.allow_remote); !right)
        mistaken_("receive.udp.address", right.error().message, right.error().code);
    check_http();
    check_observe();
    check_paths_differ();
  }

 private:
  void mistake(std::string_view path, std::string what) {
    mistaken_(path, std::move(what), ErrorCode::invalid);
  }

  void check_http() {
    const receive::HttpOptions& http = settings_.receive.http;
    if (!http.enabled) return;
    const auto right = net::listen_address(http.address, http.allow_remote, "127.0.0.1:4318");
    if (!right) return mistaken_("receive.http.address", right.error().message, right.error().code);
    check_backends_lead_away("receive.http.address", *right);
    if (settings_.observe.enabled && settings_.observe.address == http.address)
      mistake("observe.address", "is the address of receive.http, too; write another");
  }

  void check_observe() {
    const Observe& observe = settings_.observe;
    if (!observe.enabled) return;
    const auto right = net::listen_address(observe.address, observe.allow_remote, "127.0.0.1:6259");
    if (!right) return mistaken_("observe.address", right.error().message, right.error().code);
    check_backends_lead_away("observe.address", *right);
  }

  // Records that come back to us would go round for ever.
  void check_backends_lead_away(const std::string& listener, const net::IpAddress& own) {
    const auto check = [&](std::string_view path, const std::string& url) {
      const auto parsed = net::parse_url(url);
      if (parsed && net::leads_to(*parsed, own))
        mistake(path, "leads to pannier itself (" + listener + "); write where the backend is");
    };
    if (settings_.malti.enabled) check("deliver.malti.url", settings_.malti.url);
    if (settings_.multiplayer.enabled) check("deliver.multiplayer.url", settings_.multiplayer.url);
  }

  void check_paths_differ() {
    const receive::Options& receive = settings_.receive;
    const std::string& control = settings_.control.path;
    if (receive.unix_datagram.enabled && receive.unix_datagram.path == control)
      mistake("receive.unix_datagram.path", "is the control socket's path, too; write another");
    if (!receive.unix_stream.enabled) return;
    if (receive.unix_stream.path == control)
      mistake("receive.unix_stream.path", "is the control socket's path, too; write another");
    if (receive.unix_datagram.enabled && receive.unix_stream.path == receive.unix_datagram.path)
      mistake("receive.unix_datagram.path", "is the stream socket's path, too; write another");
  }

  const Settings& settings_;
  const Mistaken& mistaken_;
};

}  // namespace

void check_listeners(const Settings& settings, const Mistaken& mistaken) {
  Listeners(settings, mistaken).check();
}

}  // namespace pannier::config
