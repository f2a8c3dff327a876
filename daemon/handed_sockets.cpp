#include "daemon/handed_sockets.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "observe/ledger.h"
#include "observe/log.h"

namespace pannier::daemon {

using net::SocketKind;
using observe::ListenerId;

namespace {

struct Place {
  ListenerId listener;
  SocketKind kind;
};
constexpr std::array<Place, 4> places{{{ListenerId::unix_stream, SocketKind::unix_stream},
                                       {ListenerId::unix_datagram, SocketKind::unix_datagram},
                                       {ListenerId::udp, SocketKind::udp},
                                       {ListenerId::http_malti, SocketKind::tcp}}};

std::string setting_of(ListenerId listener) {
  if (listener == ListenerId::http_malti) return "receive.http";
  return "receive." + std::string(observe::name(listener));
}

std::string titled(std::size_t index, const std::string& name) {
  return "socket activation: descriptor " + std::to_string(index + 3) + " (" + text::shown(name) + ")";
}

Error nameless(const std::string& title) {
  return {
      ErrorCode::invalid,
      title +
          " has no listener's name; write FileDescriptorName=unix_stream, unix_datagram, udp or http_malti "
          "into its socket unit"};
}

}  // namespace

Result<HandedSockets> HandedSockets::sorted(std::vector<ServiceManager::Named> sockets) {
  HandedSockets sorted;
  for (std::size_t index = 0; index < sockets.size(); ++index) {
    ServiceManager::Named& given = sockets[index];
    const std::string title = titled(index, given.name);
    const auto* place =
        std::ranges::find(places, given.name, [](const Place& one) { return observe::name(one.listener); });
    if (place == places.end()) return nameless(title);
    if (sorted.sockets_.contains(place->listener))
      return Error{ErrorCode::invalid,
                   title + " is the second of this name; one socket unit for each listener"};
    auto adopted = net::adopt_socket(std::move(given.fd), place->kind);
    if (!adopted) return adopted.error().within(title);
    sorted.sockets_.emplace(place->listener, std::move(*adopted));
  }
  return sorted;
}

std::optional<net::HandedSocket> HandedSockets::take(ListenerId listener,
                                                     const std::string& configured_place) {
  auto found = sockets_.extract(listener);
  if (found.empty()) return std::nullopt;
  const std::string setting = setting_of(listener);
  const std::string& place = found.mapped().place;
  const std::string handed = "the service manager handed over " + place;
  if (configured_place.empty())
    observe::log(observe::LogLevel::info, setting + ": on, because " + handed);
  else if (configured_place == place)
    observe::log(observe::LogLevel::info,
                 setting + ": " + handed + "; its socket unit decides on mode and group");
  else
    observe::log(observe::LogLevel::warn, setting + ": " + text::shown(configured_place) + " is not used: " +
                                              handed + "; change its socket unit, or disable it");
  return std::move(found.mapped());
}

}  // namespace pannier::daemon
