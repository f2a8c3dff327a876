// The rows of a lane: batches, retries, time-out, connections; the same below every destination with a
// backend. Users: the parts of the option table. Threads: constants.
#pragma once
#include <array>
#include <chrono>
#include <string_view>

#include "config/option.h"
#include "config/option_table.h"
#include "config/options_shared.h"

namespace pannier::config::table {

// The SDK's names for some of them; empty: it has none.
struct LaneVariables {
  std::string_view records, interval, high_mark, retry_base, timeout, connections;
};

constexpr Sdk sdk_of(std::string_view variable, Sdk kind) {
  return variable.empty() ? Sdk::none : kind;
}

using LaneOf = deliver::LaneOptions& (*)(Settings&);

template <Name Destination, LaneOf Lane, const LaneVariables& Variables>
inline constexpr std::array lane_rows{
    Option{.path = path_of<Destination, ".batch.records">,
           .kind = Kind::integer,
           .fallback = "500",
           .least = "1",
           .most = "5000",
           .help = "The most records in a batch.",
           .sdk = sdk_of(Variables.records, Sdk::plain),
           .variable = Variables.records,
           .store = [](Settings& s,
                       const Value& v) { Lane(s).batch.records = static_cast<std::uint32_t>(v.number); }},
    Option{.path = path_of<Destination, ".batch.bytes">,
           .kind = Kind::size,
           .fallback = "1MiB",
           .least = "1KiB",
           .most = "64MiB",
           .help = "The most bytes in a batch.",
           .store = [](Settings& s, const Value& v) { Lane(s).batch.bytes = v.number; }},
    Option{.path = path_of<Destination, ".batch.interval">,
           .kind = Kind::duration,
           .fallback = "30s",
           .least = "1ms",
           .most = "1h",
           .help = "A batch that is not full is sent after this; a record that comes alone within 1s.",
           .sdk = sdk_of(Variables.interval, Sdk::seconds),
           .variable = Variables.interval,
           .store = [](Settings& s,
                       const Value& v) { Lane(s).batch.interval = rounded<std::chrono::milliseconds>(v); }},
    Option{.path = path_of<Destination, ".batch.high_mark">,
           .kind = Kind::fraction,
           .fallback = "90%",
           .least = "1%",
           .most = "100%",
           .help = "How full a queue may be before it is sent at once on all connections.",
           .sdk = sdk_of(Variables.high_mark, Sdk::percent),
           .variable = Variables.high_mark,
           .store = [](Settings& s, const Value& v) { Lane(s).batch.high_mark = v.fraction; }},
    Option{.path = path_of<Destination, ".retry.base">,
           .kind = Kind::duration,
           .fallback = "1s",
           .least = "1ms",
           .most = "1h",
           .help = "The longest first wait after a failure; it doubles with every further one.",
           .sdk = sdk_of(Variables.retry_base, Sdk::seconds),
           .variable = Variables.retry_base,
           .store = [](Settings& s,
                       const Value& v) { Lane(s).retry.base = rounded<std::chrono::milliseconds>(v); }},
    Option{.path = path_of<Destination, ".retry.cap">,
           .kind = Kind::duration,
           .fallback = "30s",
           .least = "1ms",
           .most = "1d",
           .help = "Where the doubling of retry.base ends.",
           .store = [](Settings& s,
                       const Value& v) { Lane(s).retry.cap = rounded<std::chrono::milliseconds>(v); }},
    Option{.path = path_of<Destination, ".retry.max_age">,
           .kind = Kind::duration,
           .fallback = "7d",
           .least = "1s",
           .most = "3650d",
           .help = "An older record becomes a dead letter; does not run while the key or address is refused.",
           .store = [](Settings& s,
                       const Value& v) { Lane(s).retry.max_age = rounded<std::chrono::seconds>(v); }},
    Option{
        .path = path_of<Destination, ".retry.max_attempts">,
        .kind = Kind::integer,
        .fallback = "none",
        .least = "1",
        .most = "1000000",
        .none = true,
        .help = "A batch that failed so often becomes dead letters; none: time alone decides.",
        .store = [](Settings& s,
                    const Value& v) { Lane(s).retry.max_attempts = static_cast<std::uint32_t>(v.number); }},
    Option{.path = path_of<Destination, ".timeout">,
           .kind = Kind::duration,
           .fallback = "15s",
           .least = "10ms",
           .most = "10min",
           .help = "How long a request may take in all.",
           .sdk = sdk_of(Variables.timeout, Sdk::seconds),
           .variable = Variables.timeout,
           .store = [](Settings& s,
                       const Value& v) { Lane(s).timeout = rounded<std::chrono::milliseconds>(v); }},
    Option{.path = path_of<Destination, ".connections">,
           .kind = Kind::integer,
           .fallback = "2",
           .least = "1",
           .most = "256",
           .help = "Requests at once for each lane while the server is healthy.",
           .sdk = sdk_of(Variables.connections, Sdk::plain),
           .variable = Variables.connections,
           .store = [](Settings& s,
                       const Value& v) { Lane(s).connections = static_cast<std::uint32_t>(v.number); }},
};

}  // namespace pannier::config::table
