// What a field's value means to Malti's model, which is pydantic's in its lax mode, and pydantic's words for
// what is wrong with it. Private to the room. Pure functions; no allocation.
#pragma once
#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "base/json_reader.h"

namespace pannier::record {

// What pydantic says; one without a type is no fault. The message ends in `error`, which is its ctx, too.
struct MaltiFault {
  std::string_view type, message, error;
  explicit operator bool() const { return !type.empty(); }
};

// A number or boolean, or the text of a whole number. Beyond 64 bits it is the nearest that fits.
// `written`: the unescaped text, where `value` is one.
MaltiFault read_whole(const json::Reader::Value& value, std::string_view written, std::int64_t& out);

// A date with or without time and offset (none: UTC), or epoch seconds, beyond 2e10 milliseconds, as number
// or text.
MaltiFault read_time(const json::Reader::Value& value, std::string_view written, SystemTime& out);

}  // namespace pannier::record
