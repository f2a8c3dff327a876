// Small numbers by which the ledger knows listeners, destinations and lanes. Names are given once, at
// creation.
#pragma once
#include <cstdint>

namespace pannier::observe {

enum class ListenerId : std::uint8_t { unix_stream, unix_datagram, udp, http_malti, replay, count_ };
enum class DestinationId : std::uint8_t { malti, multiplayer, local, count_ };
using LaneId = std::uint16_t;  // index in order of creation

}  // namespace pannier::observe
