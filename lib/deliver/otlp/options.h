// Settings of the Multiplayer destination (OTLP traces). Filled by config.
#pragma once
#include <cstdint>
#include <string>

#include "deliver/options.h"
#include "deliver/way.h"

namespace pannier::deliver::otlp {

// The numbers stand in the spool, as Encoder::format().
enum class Encoding : std::uint8_t { protobuf = 0, json = 1 };

// Which spans go out.
enum class Send : std::uint8_t {
  sessions,  // those of a recording session: their trace id begins so
  sampled,   // those, and others by ratio
  all,
};

struct Options {
  bool enabled = false;
  std::string url = "https://otlp.multiplayer.app";  // with or without /v1/traces
  SecretSource key;
  Encoding encoding = Encoding::protobuf;
  bool gzip = true;
  Send send = Send::sessions;
  double ratio = 0.0;  // of traces; for sampled
  LaneOptions lane;
  Way way;
};

}  // namespace pannier::deliver::otlp
