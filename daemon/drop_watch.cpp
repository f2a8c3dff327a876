#include "daemon/drop_watch.h"

#include <utility>

#include "observe/log.h"

namespace pannier::daemon {
namespace {

std::uint64_t more(std::uint64_t before, std::uint64_t now) {
  return now > before ? now - before : 0;
}

std::string_view why(Drop reason) {
  switch (reason) {
    case Drop::full:
      return "memory and spool had no room for them; mend what holds the backend up, or raise spool.bytes or "
             "memory";
    case Drop::corrupt: return "the spool's file is damaged where they were";
    default: return {};  // said by the lane, and in the last line
  }
}

std::string_view why(Purge reason) {
  switch (reason) {
    case Purge::no_store: return "the spool could not be written";
    case Purge::bytes: return "newer ones came; raise dead_letters.bytes, or replay or purge them";
    case Purge::corrupt: return "the spool's file is damaged where they were";
    default: return {};  // as a person, or the configuration, wanted it
  }
}

}  // namespace

std::vector<std::string> DropWatch::told(const observe::Books& before, const observe::Books& now) {
  std::vector<std::string> lines;
  const auto add = [&lines](const std::string& who, const char* what, std::string_view reason,
                            std::string_view because, std::uint64_t records) {
    if (records == 0 || because.empty()) return;
    lines.push_back(who + ": " + std::to_string(records) + " records were " + what + " (" +
                    std::string(reason) + "): " + std::string(because));
  };
  for (std::size_t lane = 0; lane < now.lanes.size(); ++lane)
    for (std::size_t i = 0; i < count_of<Drop>; ++i) {
      const std::uint64_t known = lane < before.lanes.size() ? before.lanes[lane].dropped[i] : 0;
      const auto reason = static_cast<Drop>(i);
      add(now.lanes[lane].name, "dropped", name(reason), why(reason),
          more(known, now.lanes[lane].dropped[i]));
    }
  for (std::size_t i = 0; i < count_of<Purge>; ++i) {
    const auto reason = static_cast<Purge>(i);
    add("dead letters", "purged", name(reason), why(reason),
        more(before.dead_letters.purged[i], now.dead_letters.purged[i]));
  }
  return lines;
}

void DropWatch::start() {
  before_ = books_();
  wait();
}

void DropWatch::stop() {
  timer_.cancel();
  tell();
}

void DropWatch::wait() {
  timer_.expires_after(step);
  timer_.async_wait([this](const boost::system::error_code& fault) {
    if (fault) return;
    if (steady_now() >= next_) tell();
    wait();
  });
}

void DropWatch::tell() {
  observe::Books now = books_();
  const std::vector<std::string> lines = told(before_, now);
  if (lines.empty()) return;
  for (const std::string& line : lines) observe::log(observe::LogLevel::error, line);
  before_ = std::move(now);
  next_ = steady_now() + quiet;
}

}  // namespace pannier::daemon
