#include "daemon/metrics_spool.h"

namespace pannier::daemon {
namespace {

void gauge(observe::Exposition& out, std::string_view name, std::string_view help, auto value) {
  out.gauge(name, help);
  out.sample({}, value);
}

void gauge(observe::Exposition& out, std::string_view name, std::string_view help,
           std::optional<Duration> value) {
  if (value) gauge(out, name, help, std::chrono::duration<double>(*value).count());
}

}  // namespace

void write_spool(observe::Exposition& out, const Snapshot& snapshot) {
  const SpoolStatus& spool = snapshot.spool;
  if (!spool.is_on()) return;
  out.gauge("pannier_spool_info", "The spool's mode.");
  out.sample({{"mode", spool.mode}}, 1);
  gauge(out, "pannier_spool_ok", "1 while the spool can be written.", spool.is_ok() ? 1 : 0);
  gauge(out, "pannier_spool_used_bytes", "What the spool needs of the disk.", spool.used);
  gauge(out, "pannier_spool_limit_bytes", "What it may need: the setting spool.bytes.", spool.limit);
  gauge(out, "pannier_spool_oldest_record_seconds",
        "How long its oldest record waits; absent while it is empty.", oldest_age(snapshot));
  gauge(out, "pannier_spool_full_seconds", "When it is full at this rate; absent while it does not fill.",
        full_in(spool));
  if (snapshot.lost_in_crash)
    gauge(out, "pannier_lost_in_crash_records",
          "What the last run lost by its crash, at most; absent where that is unknown.",
          *snapshot.lost_in_crash);
  out.counter("pannier_unknown_ends_total",
              "Runs of which nobody knows what they lost, as after a power cut.");
  out.sample({}, snapshot.unknown_ends);
}

}  // namespace pannier::daemon
