// The local lane's Encoder. Users: the daemon's pipeline. Threads: immutable.
#pragma once
#include "deliver/encoder.h"
#include "deliver/local/encode.h"

namespace pannier::deliver::local {

class LocalEncoder : public Encoder {
 public:
  // The local store is for looking: it takes everything.
  [[nodiscard]] std::optional<LeftOut> leaves_out(const record::Record&) const override {
    return std::nullopt;
  }
  std::uint32_t encode(const record::Record& record, Bytes& out) const override {
    return local::encode(record, out);
  }
};

}  // namespace pannier::deliver::local
