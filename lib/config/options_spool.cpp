#include <array>

#include "config/option_table.h"

namespace pannier::config::table {
namespace {

queue::SpoolMode mode_named(std::string_view word) {
  if (word == "always") return queue::SpoolMode::always;
  return word == "off" ? queue::SpoolMode::off : queue::SpoolMode::overflow;
}

constexpr std::array rows{
    Option{.path = "spool.mode",
           .kind = Kind::choice,
           .fallback = "overflow",
           .choices = "overflow always off",
           .help = "Where records wait. overflow: in memory, on disk when needed and at shutdown; always: "
                   "on disk before they are acknowledged; off: in memory only.",
           .restart = true,
           .store = [](Settings& s, const Value& v) { s.spool.mode = mode_named(v.text); }},
    Option{.path = "spool.path",
           .kind = Kind::path,
           .fallback = "{state}/spool.db",
           .help = "The file; not root and with XDG_RUNTIME_DIR: pannier/spool.db in XDG_STATE_HOME.",
           .restart = true,
           .store = [](Settings& s, const Value& v) { s.spool.path = v.text; }},
    Option{.path = "spool.bytes",
           .kind = Kind::size,
           .fallback = "1GiB",
           .least = "16MiB",
           .most = "1024GiB",
           .help = "The most that all its files take together.",
           .restart = true,
           .store = [](Settings& s, const Value& v) { s.spool.bytes = v.number; }},
    Option{.path = "spool.survives",
           .kind = Kind::choice,
           .fallback = "kill",
           .choices = "kill power",
           .help =
               "What a commit outlives: the daemon's kill, or a power cut, too, which costs a sync of the "
               "disk.",
           .restart = true,
           .store =
               [](Settings& s, const Value& v) {
                 s.spool.survives = v.text == "power" ? queue::Survives::power : queue::Survives::kill;
               }},
    Option{.path = "spool.when_full",
           .kind = Kind::choice,
           .fallback = "drop_oldest",
           .choices = "drop_oldest refuse",
           .help = "refuse: streams are not read, HTTP gets 503, and nothing is acknowledged, until there "
                   "is room again.",
           .restart = true,
           .store =
               [](Settings& s, const Value& v) {
                 s.spool.when_full =
                     v.text == "refuse" ? queue::WhenFull::refuse : queue::WhenFull::drop_oldest;
               }},
    Option{.path = "dead_letters.bytes",
           .kind = Kind::size,
           .fallback = "64MiB",
           .least = "1MiB",
           .most = "64GiB",
           .help =
               "The most that dead letters take on disk, the oldest give way; never more than a quarter of "
               "spool.bytes, in mode off a sixteenth of memory.",
           .restart = true,
           .store = [](Settings& s, const Value& v) { s.spool.letter_bytes = v.number; }},
    Option{
        .path = "dead_letters.age",
        .kind = Kind::duration,
        .fallback = "7d",
        .least = "60s",
        .most = "3650d",
        .help = "Older ones are purged.",
        .restart = true,
        .store = [](Settings& s, const Value& v) { s.spool.letter_age = rounded<std::chrono::seconds>(v); }},
};

}  // namespace

std::span<const Option> spool() {
  return rows;
}

}  // namespace pannier::config::table
