// Multiplayer: OTLP traces. The lane's own settings mean what they mean for Malti.
#include <array>

#include "config/option_table.h"
#include "config/options_way.h"

namespace pannier::config::table {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

using deliver::otlp::Encoding;
using deliver::otlp::Send;

constexpr Send send_named(std::string_view word) {
  if (word == "all") return Send::all;
  return word == "sampled" ? Send::sampled : Send::sessions;
}

deliver::Way& multiplayer_way(Settings& settings) {
  return settings.multiplayer.way;
}

constexpr std::array own_rows{
    Option{.path = "deliver.multiplayer",
           .kind = Kind::group,
           .fallback = "off",
           .help = "Multiplayer's OTLP endpoint, or another one that takes traces; on when a key is given.",
           .restart = true,
           .woken_by = "key",
           .store = [](Settings& s, const Value& v) { s.multiplayer.enabled = v.truth; }},
    Option{.path = "deliver.multiplayer.url",
           .kind = Kind::url,
           .fallback = "https://otlp.multiplayer.app",
           .help = "The endpoint's address; /v1/traces is appended unless it ends so.",
           .sdk = Sdk::plain,
           .variable = "MULTIPLAYER_OTLP_COLLECTOR_ENDPOINT",
           .store = [](Settings& s, const Value& v) { s.multiplayer.url = v.text; }},
    Option{.path = "deliver.multiplayer.key",
           .kind = Kind::secret,
           .fallback = "none",
           .none = true,
           .help =
               "The OTLP key: a text, \"${NAME}\" from the environment, or a file; else MULTIPLAYER_API_KEY.",
           .example = "\"${MULTIPLAYER_OTLP_KEY}\"",
           .sdk = Sdk::plain,
           .variable = "MULTIPLAYER_OTLP_KEY",
           .store = [](Settings& s, const Value& v) { s.multiplayer.key = v.secret; }},
    Option{.path = "deliver.multiplayer.encoding",
           .kind = Kind::choice,
           .fallback = "protobuf",
           .choices = "protobuf json",
           .help = "How spans are written.",
           .restart = true,
           .store =
               [](Settings& s, const Value& v) {
                 s.multiplayer.encoding = v.text == "json" ? Encoding::json : Encoding::protobuf;
               }},
    Option{.path = "deliver.multiplayer.compression",
           .kind = Kind::choice,
           .fallback = "gzip",
           .choices = "gzip none",
           .help = "How batches are packed; a server that answers 415 gets them plain.",
           .store = [](Settings& s, const Value& v) { s.multiplayer.gzip = v.text == "gzip"; }},
    Option{.path = "deliver.multiplayer.send",
           .kind = Kind::choice,
           .fallback = "sessions",
           .choices = "sessions sampled all",
           .help =
               "Which records go out: those of recorded sessions (by their trace id), also a sample, or all.",
           .store = [](Settings& s, const Value& v) { s.multiplayer.send = send_named(v.text); }},
    Option{.path = "deliver.multiplayer.ratio",
           .kind = Kind::fraction,
           .fallback = "0%",
           .least = "0%",
           .most = "100%",
           .help = "For sampled: the part of the traces, chosen by their ids.",
           .store = [](Settings& s, const Value& v) { s.multiplayer.ratio = v.fraction; }},
    Option{.path = "deliver.multiplayer.batch.records",
           .kind = Kind::integer,
           .fallback = "500",
           .least = "1",
           .most = "5000",
           .help = "The most records in a batch.",
           .store =
               [](Settings& s, const Value& v) {
                 s.multiplayer.lane.batch.records = static_cast<std::uint32_t>(v.number);
               }},
    Option{.path = "deliver.multiplayer.batch.bytes",
           .kind = Kind::size,
           .fallback = "1MiB",
           .least = "1KiB",
           .most = "64MiB",
           .help = "The most bytes in a batch.",
           .store = [](Settings& s, const Value& v) { s.multiplayer.lane.batch.bytes = v.number; }},
    Option{.path = "deliver.multiplayer.batch.interval",
           .kind = Kind::duration,
           .fallback = "30s",
           .least = "1ms",
           .most = "1h",
           .help = "A batch that is not full is sent after this; a record that comes alone within 1s.",
           .store = [](Settings& s,
                       const Value& v) { s.multiplayer.lane.batch.interval = rounded<milliseconds>(v); }},
    Option{.path = "deliver.multiplayer.batch.high_mark",
           .kind = Kind::fraction,
           .fallback = "90%",
           .least = "1%",
           .most = "100%",
           .help = "How full a queue may be before it is sent at once on all connections.",
           .store = [](Settings& s, const Value& v) { s.multiplayer.lane.batch.high_mark = v.fraction; }},
    Option{.path = "deliver.multiplayer.retry.base",
           .kind = Kind::duration,
           .fallback = "1s",
           .least = "1ms",
           .most = "1h",
           .help = "The longest first wait after a failure; it doubles with every further one.",
           .store = [](Settings& s,
                       const Value& v) { s.multiplayer.lane.retry.base = rounded<milliseconds>(v); }},
    Option{.path = "deliver.multiplayer.retry.cap",
           .kind = Kind::duration,
           .fallback = "30s",
           .least = "1ms",
           .most = "1d",
           .help = "Where the doubling of retry.base ends.",
           .store = [](Settings& s,
                       const Value& v) { s.multiplayer.lane.retry.cap = rounded<milliseconds>(v); }},
    Option{
        .path = "deliver.multiplayer.retry.max_age",
        .kind = Kind::duration,
        .fallback = "7d",
        .least = "1s",
        .most = "3650d",
        .help = "An older record becomes a dead letter; does not run while the key or address is refused.",
        .store = [](Settings& s, const Value& v) { s.multiplayer.lane.retry.max_age = rounded<seconds>(v); }},
    Option{.path = "deliver.multiplayer.retry.max_attempts",
           .kind = Kind::integer,
           .fallback = "none",
           .least = "1",
           .most = "1000000",
           .none = true,
           .help = "A batch that failed so often becomes dead letters; none: time alone decides.",
           .store =
               [](Settings& s, const Value& v) {
                 s.multiplayer.lane.retry.max_attempts = static_cast<std::uint32_t>(v.number);
               }},
    Option{
        .path = "deliver.multiplayer.timeout",
        .kind = Kind::duration,
        .fallback = "15s",
        .least = "10ms",
        .most = "10min",
        .help = "How long a request may take in all.",
        .store = [](Settings& s, const Value& v) { s.multiplayer.lane.timeout = rounded<milliseconds>(v); }},
    Option{.path = "deliver.multiplayer.connections",
           .kind = Kind::integer,
           .fallback = "2",
           .least = "1",
           .most = "256",
           .help = "Requests at once while the server is healthy.",
           .store =
               [](Settings& s, const Value& v) {
                 s.multiplayer.lane.connections = static_cast<std::uint32_t>(v.number);
               }},
};

constexpr auto rows = joined(own_rows, way_rows<"deliver.multiplayer", multiplayer_way>);

}  // namespace

std::span<const Option> multiplayer() {
  return rows;
}

}  // namespace pannier::config::table
