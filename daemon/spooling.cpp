#include "daemon/spooling.h"

#include <algorithm>

#include "base/text.h"
#include "daemon/lanes.h"
#include "daemon/spool_status.h"
#include "observe/log.h"

namespace pannier::daemon {
namespace {

// So long the listeners wait for a slow disk.
constexpr std::chrono::seconds longest_open{2};
// What it may take to close.
constexpr std::chrono::seconds longest_close{5};

// Lanes of earlier runs come on top of this one's.
std::size_t most_lanes(const config::Settings& settings) {
  return 2 * settings.receive.limits.lanes + (settings.receive.http.enabled ? Lanes::most_guests : 0);
}

// In memory dead letters share what is promised of it.
queue::SpoolOptions options_of(const config::Settings& settings) {
  constexpr std::size_t part_for_letters = 16;
  queue::SpoolOptions options = settings.spool;
  if (options.mode == queue::SpoolMode::off)
    options.letter_bytes = std::min<std::uint64_t>(options.letter_bytes, settings.memory / part_for_letters);
  return options;
}

}  // namespace

Spooling::Spooling(boost::asio::io_context& deliver, const config::Settings& settings, queue::Rings& rings,
                   observe::Ledger& ledger, queue::Spool::Hooks hooks)
    : spool_(options_of(settings), most_lanes(settings), rings, ledger, std::move(hooks)),
      growth_timer_(deliver) {}

Result<void> Spooling::open() {
  const auto opened = spool_.open(longest_open);
  if (opened) return {};
  const ErrorCode code = opened.error().code;
  if (code == ErrorCode::in_use || code == ErrorCode::not_built) return opened.error().within("spool.path");
  observe::log(observe::LogLevel::error,
               "spool.path: " + text::shown(opened.error().message, 400) +
                   "; starting without it: records are in memory only until it can be opened");
  return {};
}

void Spooling::start() {
  spool_.start();
  watch_growth();
}

void Spooling::watch_growth() {
  growth_.add(steady_now(), spool_.facts().used_bytes);
  growth_timer_.expires_after(Growth::step);
  growth_timer_.async_wait([this](const boost::system::error_code& fault) {
    if (!fault) watch_growth();
  });
}

bool Spooling::stop() {
  growth_timer_.cancel();
  return spool_.stop(longest_close);
}

void Spooling::add_to(Snapshot& snapshot) const {
  add_spool(snapshot, spool_.options(), spool_.facts(), growth_.bytes_per_second());
}

}  // namespace pannier::daemon
