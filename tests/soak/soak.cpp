#include "tests/soak/soak.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "tests/soak/lines.h"

namespace pannier::soak {

using doubles::JsonDocument;

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr double half_an_hour = 1800;
constexpr std::uint64_t mebibyte = 1U << 20U;
constexpr std::size_t most_complaints = 20;
// A short run has not seen everything when it is warm.
constexpr double long_enough_for_sizes = 600;
constexpr std::uint64_t slack_of_a_short_run = 12 * mebibyte;

struct Share {
  Socket socket;
  double part;
};
constexpr std::array<Share, 6> shares{{{Socket::acked_stream, 0.25},
                                       {Socket::acked_stream, 0.25},
                                       {Socket::acked_stream, 0.1},
                                       {Socket::stream, 0.2},
                                       {Socket::unix_datagram, 0.1},
                                       {Socket::udp, 0.1}}};

double scale_of(const Options& options) {
  return std::max(options.seconds / half_an_hour, 0.05);
}

std::uint64_t most_places(const Options& options) {
  return static_cast<std::uint64_t>(options.seconds * options.a_second * 0.3) + 100'000;
}

doubles::DaemonOptions daemon_options(const Options& options, const Setting& setting) {
  doubles::DaemonOptions made;
  made.config = config(setting, usual_version);
  made.binary = options.daemon;
  return made;
}

std::string mebibytes(std::uint64_t bytes) {
  const std::uint64_t tenths = bytes * 10 / mebibyte;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " MiB";
}

std::uint64_t open_descriptors(pid_t pid) {
  std::error_code ignored;
  const std::filesystem::directory_iterator all("/proc/" + std::to_string(pid) + "/fd", ignored);
  return static_cast<std::uint64_t>(std::distance(begin(all), end(all)));
}

std::string text_of(const Soak::Size& size) {
  return mebibytes(size.resident) + ", " + std::to_string(size.descriptors) + " descriptors";
}

std::string failures_of(const Backend& backend) {
  std::string text;
  for (const auto& [way, count] : backend.failures())
    text.append(text.empty() ? "" : ", ").append(way).append(" ").append(std::to_string(count));
  return text;
}

}  // namespace

Soak::Soak(Options options, const std::atomic<bool>& interrupted)
    : options_(std::move(options)),
      interrupted_(interrupted),
      scale_(scale_of(options_)),
      tally_(shares.size(), most_places(options_)),
      malti_({Destination::malti, tally_, complaints_, scale_, options_.seed}),
      otlp_({Destination::otlp, tally_, complaints_, scale_, options_.seed + 1}),
      setting_{malti_.url(), otlp_.url(), options_.kills},
      daemon_(daemon_options(options_, setting_)),
      keeper_({daemon_, malti_, complaints_, setting_, scale_, options_.seed + 2}),
      begun_(Clock::now()) {
  malti_.set_key("", "key-orders", "orders");
  malti_.set_key("", "key-users", "users");
  malti_.set_key("", "key-stock", "stock");
  otlp_.set_key("", "key-otlp", "");
}

void Soak::open_sources() {
  unsigned number = 0;
  for (const Share& share : shares) {
    const bool is_stream = share.socket == Socket::acked_stream || share.socket == Socket::stream;
    sources_.push_back(
        make_source({number++, share.socket, share.part * options_.a_second,
                     is_stream ? daemon_.stream_path() : daemon_.datagram_path(), daemon_.udp_port()},
                    pace_));
  }
}

std::uint64_t Soak::made() const {
  std::uint64_t all = 0;
  for (const auto& source : sources_) all += source->made();
  return all;
}

bool Soak::run() {
  std::printf("soak: %s, %.0f s, %.0f records a second, seed %llu, in %s\n",
              options_.kills ? "with kills" : "without kills", options_.seconds, options_.a_second,
              static_cast<unsigned long long>(options_.seed), daemon_.folder().c_str());
  if (!daemon_.start()) return false;
  open_sources();
  work();
  if (!interrupted_) finish();
  if (testing::UnitTest::GetInstance()->ad_hoc_test_result().Failed())
    complaints_.add("a double saw something, see above");
  if (interrupted_) complaints_.add("interrupted: nothing was proven");
  if (complaints_.count() != 0) keep_folder();
  // No sender may wait for a daemon that hangs.
  if (daemon_.running()) daemon_.kill9();
  sources_.clear();
  std::printf("soak %s: %s, %zu complaints\n", options_.kills ? "with kills" : "without kills",
              complaints_.count() == 0 ? "every promise was kept" : "BROKEN", complaints_.count());
  return complaints_.count() == 0;
}

void Soak::be_well(bool well) {
  malti_.be_well(well);
  otlp_.be_well(well);
}

void Soak::work() {
  be_well(false);
  pace_.go_on();
  double said = 0;
  bool is_warm = options_.kills;
  while (pace_.seconds() < options_.seconds && !interrupted_ && complaints_.count() < most_complaints) {
    keeper_.tick();
    if (!daemon_.running()) return complaints_.add("the daemon is gone");
    const double now = pace_.seconds();
    if (now >= said + 60 * std::max(scale_, 0.1)) {
      said = now;
      say_how_it_goes();
    }
    if (!is_warm && now >= options_.seconds / 6) {
      rest_after_warming_up();
      is_warm = true;
    }
    std::this_thread::sleep_for(20ms);
  }
  pace_.pause();
  const double wanted = options_.a_second * options_.seconds;
  if (!interrupted_ && static_cast<double>(made()) < 0.9 * wanted)
    complaints_.add("only " + std::to_string(made()) + " records were sent: the soak proves too little");
}

void Soak::say_how_it_goes() {
  const JsonDocument status = daemon_.status_json();
  const auto over = [&](const char* destination, const char* member) {
    return std::to_string(over_lanes(status, "/totals/lanes", destination, member));
  };
  const Size now = size();
  std::string text = "sent " + std::to_string(made());
  text += "  delivered " + over("malti/", "delivered") + " + " + over("multiplayer/", "delivered");
  text += "  held " + over("", "held") + "  letters " + std::to_string(status.number("/dead_letters/stored"));
  text += "  lost " + over("", "lost_in_crash") + "  kills " + std::to_string(keeper_.kills());
  text += "  requests " + std::to_string(malti_.requests()) + " + " + std::to_string(otlp_.requests());
  text += "  spool " + mebibytes(status.number("/spool/used")) + "  resident " + mebibytes(now.resident);
  text += "  descriptors " + std::to_string(now.descriptors);
  std::printf("%6.0f s  %s\n", pace_.seconds(), text.c_str());
  std::fflush(stdout);
}

// Everything that was sent is taken, and no lane holds anything.
bool Soak::drain(const char* when) {
  be_well(true);
  const auto end = Clock::now() + 90s;
  const auto is_rest = [&] {
    if (!std::ranges::all_of(sources_, [](const auto& source) { return source->is_done(); })) return false;
    return over_lanes(daemon_.status_json(), "/lanes", "", "held") == 0;
  };
  while (Clock::now() < end && !interrupted_) {
    if (is_rest()) return true;
    std::this_thread::sleep_for(200ms);
  }
  complaints_.add(std::string("not drained ") + when + ": " + daemon_.status_json().text());
  return false;
}

Soak::Size Soak::size() const {
  return {daemon_.resident_bytes(), open_descriptors(daemon_.pid())};
}

// The least of some seconds: idle connections are closed, freed memory is given back.
Soak::Size Soak::size_at_rest() {
  Size least = size();
  for (int i = 0; i != 40 && !interrupted_; ++i) {
    std::this_thread::sleep_for(200ms);
    const Size now = size();
    least = {std::min(least.resident, now.resident), std::min(least.descriptors, now.descriptors)};
  }
  return least;
}

void Soak::rest_after_warming_up() {
  pace_.pause();
  keeper_.back_to_usual();
  if (drain("when warm")) warm_ = size_at_rest();
  std::printf("warm: %s\n", text_of(warm_).c_str());
  be_well(false);
  pace_.go_on();
}

// Until nothing is left but what is refused for ever.
void Soak::replay_what_died() {
  std::uint64_t before = 0;
  for (int round = 0; round != 4 && !interrupted_; ++round) {
    const std::uint64_t stored = daemon_.status_json().number("/dead_letters/stored");
    if (stored == 0 || stored == before) return;
    before = stored;
    keeper_.replay_all();
    if (!drain("after a replay")) return;
  }
}

void Soak::finish() {
  be_well(true);
  keeper_.back_to_usual();
  if (!drain("at the end")) return;
  replay_what_died();
  keeper_.check("at the end");
  const JsonDocument status = daemon_.status_json();
  say_how_it_goes();
  std::printf("malti failed by: %s\notlp failed by: %s\n", failures_of(malti_).c_str(),
              failures_of(otlp_).c_str());
  judge({status, sources_, tally_, malti_, otlp_, options_.kills, complaints_});
  if (!options_.kills) compare_sizes(size_at_rest());
  end_regularly(status);
}

void Soak::compare_sizes(const Size& end) {
  const bool is_long = options_.seconds >= long_enough_for_sizes;
  const std::uint64_t limit = warm_.resident + warm_.resident / 10 + (is_long ? 0 : slack_of_a_short_run);
  std::printf("at the end: %s (when warm: %s)\n", text_of(end).c_str(), text_of(warm_).c_str());
  if (end.resident > limit && !options_.any_size)
    complaints_.add("memory grew to " + std::to_string(end.resident));
  if (end.descriptors > warm_.descriptors)
    complaints_.add("descriptors grew to " + std::to_string(end.descriptors));
}

// A regular end and another start change no total.
void Soak::end_regularly(const JsonDocument& before) {
  const int code = daemon_.terminate();
  if (code != 0) complaints_.add("the daemon ended with " + std::to_string(code));
  if (!daemon_.start()) return complaints_.add("the daemon did not start again");
  const JsonDocument after = daemon_.status_json();
  for (const char* member : {"accepted", "delivered", "dead", "dropped", "maybe_twice", "lost_in_crash"}) {
    const std::uint64_t was = over_lanes(before, "/totals/lanes", "", member);
    const std::uint64_t is = over_lanes(after, "/totals/lanes", "", member);
    if (was != is)
      complaints_.add(std::string("over a restart ") + member + " went from " + std::to_string(was) + " to " +
                      std::to_string(is));
  }
  keeper_.check("after the restart");
  if (const int last = daemon_.terminate(); last != 0)
    complaints_.add("the daemon ended with " + std::to_string(last));
}

void Soak::keep_folder() {
  if (options_.keep.empty()) return;
  std::error_code error;
  std::filesystem::remove_all(options_.keep, error);
  std::filesystem::create_directories(options_.keep, error);
  for (const auto& entry : std::filesystem::directory_iterator(daemon_.folder(), error))
    if (entry.is_regular_file())
      std::filesystem::copy_file(entry.path(), options_.keep / entry.path().filename(), error);
  std::printf("the daemon's files are in %s\n", options_.keep.c_str());
}

}  // namespace pannier::soak
