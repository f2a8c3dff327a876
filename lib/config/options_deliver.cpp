#include <array>

#include "config/option_table.h"
#include "config/options_way.h"

namespace pannier::config::table {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

deliver::Way& malti_way(Settings& settings) {
  return settings.malti.way;
}

constexpr std::array malti_rows{
    Option{.path = "deliver.malti",
           .kind = Kind::group,
           .fallback = "off",
           .help = "A Malti server; on when a key or the url is given.",
           .restart = true,
           .woken_by = "keys url",
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
    Option{.path = "deliver.malti.keys_directory", .built = false, .harmless = "none"},
    Option{.path = "deliver.malti.clean_mode",
           .kind = Kind::boolean,
           .fallback = "true",
           .help = "Requests answered with 401 or 404 stay out.",
           .sdk = Sdk::only_true,
           .variable = "MALTI_CLEAN_MODE",
           .store = [](Settings& s, const Value& v) { s.malti.clean_mode = v.truth; }},
    Option{
        .path = "deliver.malti.batch.records",
        .kind = Kind::integer,
        .fallback = "500",
        .least = "1",
        .most = "5000",
        .help = "The most records in a batch.",
        .sdk = Sdk::plain,
        .variable = "MALTI_BATCH_SIZE",
        .store = [](Settings& s,
                    const Value& v) { s.malti.lane.batch.records = static_cast<std::uint32_t>(v.number); }},
    Option{.path = "deliver.malti.batch.bytes",
           .kind = Kind::size,
           .fallback = "1MiB",
           .least = "1KiB",
           .most = "64MiB",
           .help = "The most bytes in a batch.",
           .store = [](Settings& s, const Value& v) { s.malti.lane.batch.bytes = v.number; }},
    Option{
        .path = "deliver.malti.batch.interval",
        .kind = Kind::duration,
        .fallback = "30s",
        .least = "1ms",
        .most = "1h",
        .help = "A batch that is not full is sent after this; a record that comes alone within 1s.",
        .sdk = Sdk::seconds,
        .variable = "MALTI_BATCH_INTERVAL",
        .store = [](Settings& s, const Value& v) { s.malti.lane.batch.interval = rounded<milliseconds>(v); }},
    Option{.path = "deliver.malti.batch.high_mark",
           .kind = Kind::fraction,
           .fallback = "90%",
           .least = "1%",
           .most = "100%",
           .help = "How full a queue may be before it is sent at once on all connections.",
           .sdk = Sdk::percent,
           .variable = "MALTI_OVERFLOW_THRESHOLD_PERCENT",
           .store = [](Settings& s, const Value& v) { s.malti.lane.batch.high_mark = v.fraction; }},
    Option{.path = "deliver.malti.retry.base",
           .kind = Kind::duration,
           .fallback = "1s",
           .least = "1ms",
           .most = "1h",
           .help = "The longest first wait after a failure; it doubles with every further one.",
           .sdk = Sdk::seconds,
           .variable = "MALTI_RETRY_DELAY",
           .store = [](Settings& s, const Value& v) { s.malti.lane.retry.base = rounded<milliseconds>(v); }},
    Option{.path = "deliver.malti.retry.cap",
           .kind = Kind::duration,
           .fallback = "30s",
           .least = "1ms",
           .most = "1d",
           .help = "Where the doubling of retry.base ends.",
           .store = [](Settings& s, const Value& v) { s.malti.lane.retry.cap = rounded<milliseconds>(v); }},
    Option{.path = "deliver.malti.retry.max_age",
           .kind = Kind::duration,
           .fallback = "7d",
           .least = "1s",
           .most = "3650d",
           .help = "An older record becomes a dead letter; does not run while the key or address is refused.",
           .store = [](Settings& s, const Value& v) { s.malti.lane.retry.max_age = rounded<seconds>(v); }},
    Option{.path = "deliver.malti.retry.max_attempts",
           .kind = Kind::integer,
           .fallback = "none",
           .least = "1",
           .most = "1000000",
           .none = true,
           .help = "A batch that failed so often becomes dead letters; none: time alone decides.",
           .store =
               [](Settings& s, const Value& v) {
                 s.malti.lane.retry.max_attempts = static_cast<std::uint32_t>(v.number);
               }},
    Option{.path = "deliver.malti.timeout",
           .kind = Kind::duration,
           .fallback = "15s",
           .least = "10ms",
           .most = "10min",
           .help = "How long a request may take in all.",
           .sdk = Sdk::seconds,
           .variable = "MALTI_HTTP_TIMEOUT",
           .store = [](Settings& s, const Value& v) { s.malti.lane.timeout = rounded<milliseconds>(v); }},
    Option{.path = "deliver.malti.connections",
           .kind = Kind::integer,
           .fallback = "2",
           .least = "1",
           .most = "256",
           .help = "Requests at once for each service while the server is healthy.",
           .sdk = Sdk::plain,
           .variable = "MALTI_MAX_CONNECTIONS",
           .store = [](Settings& s,
                       const Value& v) { s.malti.lane.connections = static_cast<std::uint32_t>(v.number); }},
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

constexpr auto rows = joined(malti_rows, way_rows<"deliver.malti", malti_way>, local_rows);

}  // namespace

std::span<const Option> deliver() {
  return rows;
}

}  // namespace pannier::config::table
