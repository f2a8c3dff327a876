// What one destination makes of a record on its way into a lane's queue: nothing (left out), or a finished
// fragment. A batch is fragments one behind the other; they are never encoded again. Users: the daemon's
// pipeline, on intake threads. Threads: immutable, one object serves all.
#pragma once
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/random.h"
#include "base/reasons.h"
#include "record/record.h"

namespace pannier::deliver {

// Fragments that are taken in and never sent: a batch of them is buried at once (Dead::out_of_range).
inline constexpr std::uint8_t doomed_format = 0xff;

class Encoder {
 public:
  virtual ~Encoder() = default;
  // How its fragments are written, for a destination that has several ways; the spool keeps it with them, and
  // a batch holds one kind only.
  [[nodiscard]] virtual std::uint8_t format() const { return 0; }
  // Fills in what this destination needs and the record lacks; called before the two below.
  virtual void prepare(record::Record& /*record*/, Random& /*random*/) const {}
  [[nodiscard]] virtual std::optional<LeftOut> leaves_out(const record::Record& record) const = 0;
  // Appends the fragment and returns how many of the record's texts were cut, or
  // altered because the destination would drop a part of them. Cost: no allocation.
  virtual std::uint32_t encode(const record::Record& record, Bytes& out) const = 0;
};

}  // namespace pannier::deliver
