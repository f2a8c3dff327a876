#include <array>

#include "config/option_table.h"
#include "config/options_lane.h"
#include "config/options_way.h"

namespace pannier::config::table {
namespace {

using std::chrono::seconds;

deliver::Way& malti_way(Settings& settings) {
  return settings.malti.way;
}
deliver::LaneOptions& malti_lane(Settings& settings) {
  return settings.malti.lane;
}

constexpr LaneVariables variables{.records = "MALTI_BATCH_SIZE",
                                  .interval = "MALTI_BATCH_INTERVAL",
                                  .high_mark = "MALTI_OVERFLOW_THRESHOLD_PERCENT",
                                  .retry_base = "MALTI_RETRY_DELAY",
                                  .timeout = "MALTI_HTTP_TIMEOUT",
                                  .connections = "MALTI_MAX_CONNECTIONS"};

constexpr std::array malti_rows{
    Option{.path = "deliver.malti",
           .kind = Kind::group,
           .fallback = "off",
           .help = "A Malti server; on when a key, a folder of keys or the url is given.",
           .restart = true,
           .woken_by = "keys keys_directory url",
           .store = [](Settings& s, const Value& v) { s.malti.enabled = v.truth; }},
    Option{.path = "deliver.malti.url",
           .kind = Kind::url,
           .fallback = "http://localhost:8000",
           .help = "The server's address, without /api/v1/ingest.",
           .sdk = Sdk::plain,
           .variable = "MALTI_URL",
           .store = [](Settings& s, const Value& v) { s.malti.url = v.text; }},
    Option{.path = "deliver.malti.keys",
           .kind = Kind::named_secrets,
           .help = "One key for each service: a text, \"${NAME}\" from the environment, or a file.",
           .example = "{ orders: { file: /run/secrets/malti-orders }, users: \"${MALTI_USERS_KEY}\" }",
           .store = [](Settings& s, const Value& v) { s.malti.keys[v.name] = v.secret; }},
    Option{.path = "deliver.malti.keys_directory",
           .kind = Kind::path,
           .fallback = "none",
           .help = "A folder of key files, one a service by its name; listed at start and at a reload.",
           .store = [](Settings& s, const Value& v) { s.malti.keys_directory = no_word(v, "none"); }},
    Option{.path = "deliver.malti.clean_mode",
           .kind = Kind::boolean,
           .fallback = "true",
           .help = "Requests answered with 401 or 404 stay out.",
           .sdk = Sdk::only_true,
           .variable = "MALTI_CLEAN_MODE",
           .store = [](Settings& s, const Value& v) { s.malti.clean_mode = v.truth; }},
};

constexpr std::array local_rows{
    Option{.path = "deliver.local",
           .kind = Kind::group,
           .fallback = "off",
           .help = "An SQLite file on this host; off until named, on where there is no other destination.",
           .restart = true,
           .woken_by = "*",
           .store = [](Settings& s, const Value& v) { s.local.enabled = v.truth; }},
    Option{.path = "deliver.local.path",
           .kind = Kind::path,
           .fallback = "{state}/records.db",
           .help = "The file; not root and with XDG_RUNTIME_DIR: pannier/records.db in XDG_STATE_HOME.",
           .restart = true,
           .store = [](Settings& s, const Value& v) { s.local.path = v.text; }},
    Option{.path = "deliver.local.keep",
           .kind = Kind::duration,
           .fallback = "24h",
           .least = "1s",
           .most = "3650d",
           .help = "Older records are removed.",
           .restart = true,
           .store = [](Settings& s, const Value& v) { s.local.keep = rounded<seconds>(v); }},
    Option{.path = "deliver.local.bytes",
           .kind = Kind::size,
           .fallback = "256MiB",
           .least = "1MiB",
           .most = "1024GiB",
           .help = "Where the file would grow beyond, the oldest records are removed.",
           .restart = true,
           .store = [](Settings& s, const Value& v) { s.local.bytes = v.number; }},
};

constexpr auto rows = joined(malti_rows, lane_rows<"deliver.malti", malti_lane, variables>,
                             way_rows<"deliver.malti", malti_way>, local_rows);

}  // namespace

std::span<const Option> deliver() {
  return rows;
}

}  // namespace pannier::config::table
