// Multiplayer: OTLP traces. The lane's own settings mean what they mean for Malti.
#include <array>

#include "config/option_table.h"
#include "config/options_lane.h"
#include "config/options_way.h"

namespace pannier::config::table {
namespace {

using deliver::otlp::Encoding;
using deliver::otlp::Send;

constexpr Send send_named(std::string_view word) {
  if (word == "all") return Send::all;
  return word == "sampled" ? Send::sampled : Send::sessions;
}

deliver::Way& multiplayer_way(Settings& settings) {
  return settings.multiplayer.way;
}
deliver::LaneOptions& multiplayer_lane(Settings& settings) {
  return settings.multiplayer.lane;
}

constexpr LaneVariables no_variables{};

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
};

constexpr auto rows = joined(own_rows, lane_rows<"deliver.multiplayer", multiplayer_lane, no_variables>,
                             way_rows<"deliver.multiplayer", multiplayer_way>);

}  // namespace

std::span<const Option> multiplayer() {
  return rows;
}

}  // namespace pannier::config::table
