#include "tests/soak/keeper.h"

#include <algorithm>
#include <array>
#include <csignal>

#include "tests/soak/judge.h"

namespace pannier::soak {
namespace {

using Words = std::vector<std::string>;

const std::array<Words, 5> replays{{{"--all"},
                                    {"--lane", "multiplayer/traces"},
                                    {"--reason", "refused"},
                                    {"--reason", "server_error"},
                                    {"--lane", "malti/orders", "--reason", "too_large"}}};

}  // namespace

Keeper::Keeper(Parts parts) : parts_(std::move(parts)), random_(parts_.seed) {
  doubles::write_file(parts_.daemon.folder() / "users.key", key_ + "\n");
  chores_ = {{10, 1, [this] { check("meanwhile"); }},
             {5, 0.5, [this] { scrape(); }},
             {1, 1, [this] { watch_drops(); }},
             {30, 1.5, [this] { reload(); }},
             {150, 4, [this] { reload_faulty(); }},
             {120, 4, [this] { change_key(); }},
             {20, 1, [this] { letters({"list", "--json", "--limit", "1000"}); }},
             {40, 3, [this] { letters({"show", "--lane", "malti/orders"}); }},
             {45, 2, [this] { replay(); }},
             {200, 6, [this] { purge(); }}};
  if (parts_.setting.kills) chores_.push_back({60, 4, [this] { kill(); }});
  for (Chore& chore : chores_) plan(chore);
}

void Keeper::plan(Chore& chore) {
  std::uniform_real_distribution<double> spread(0.7, 1.3);
  const std::chrono::duration<double> wait(std::max(chore.least, chore.period * parts_.scale) *
                                           spread(random_));
  chore.next = Clock::now() + std::chrono::duration_cast<Clock::duration>(wait);
}

void Keeper::tick() {
  for (Chore& chore : chores_) {
    if (Clock::now() < chore.next) continue;
    chore.work();
    plan(chore);
  }
}

void Keeper::command(const Words& arguments, int exit_code) {
  Words whole = arguments;
  whole.insert(whole.end(), {"--control", parts_.daemon.control_path()});
  const doubles::CommandResult result = parts_.daemon.command(whole);
  ++commands_;
  if (result.exit_code == exit_code) return;
  std::string said = "pannier";
  for (const std::string& word : arguments) said += " " + word;
  parts_.complaints.add(said + " ended with " + std::to_string(result.exit_code) +
                        (result.timed_out ? " (too late)" : "") + ": " + result.output.substr(0, 3000) +
                        result.error);
}

void Keeper::check(const char* when) {
  const doubles::CommandResult result = parts_.daemon.check();
  ++commands_;
  if (result.exit_code != 0)
    parts_.complaints.add(std::string("status --check ") + when + " ended with " +
                          std::to_string(result.exit_code) + ": " + result.output + result.error);
}

// The moment tells why.
void Keeper::watch_drops() {
  const doubles::JsonDocument status = parts_.daemon.status_json();
  const std::uint64_t full = over_lanes(status, "/totals/lanes", "", "dropped/full");
  if (full > full_)
    parts_.complaints.add(std::to_string(full - full_) + " records were dropped (full): " + status.text());
  full_ = full;
}

void Keeper::letters(Words arguments) {
  arguments.insert(arguments.begin(), "dead-letters");
  command(arguments);
}

void Keeper::scrape() {
  static constexpr std::array<const char*, 3> pages{"/metrics", "/healthz", "/stats"};
  const char* const page = pages[turn_++ % pages.size()];
  const doubles::HttpReply reply = doubles::get_http(parts_.daemon.tcp_port(), page);
  if (reply.status != 200)
    parts_.complaints.add(std::string(page) + " was answered with " + std::to_string(reply.status));
  (void)doubles::get_http(parts_.daemon.tcp_port(), "/delivering");
}

void Keeper::write(unsigned version) {
  version_ = version;
  parts_.daemon.write_config(config(parts_.setting, version));
}

void Keeper::reload() {
  write(version_ + 1 + random_() % (versions - 1));
  if (turn_++ % 2 == 0)
    command({"reload"});
  else
    parts_.daemon.signal(SIGHUP);
}

// What is faulty changes nothing, and is said.
void Keeper::reload_faulty() {
  parts_.daemon.write_config(faulty_config(parts_.setting));
  command({"reload"}, 1);
  write(version_);
}

// The server knows the new key at once, the file a little later.
void Keeper::change_key() {
  const std::string fresh = "key-users-" + std::to_string(random_());
  parts_.malti.set_key(key_, fresh, "users");
  key_ = fresh;
  std::this_thread::sleep_for(std::chrono::milliseconds(random_() % 700));
  doubles::write_file(parts_.daemon.folder() / "users.key", key_ + "\n");
}

void Keeper::replay() {
  Words words = replays[turn_++ % replays.size()];
  words.insert(words.begin(), "replay");
  letters(words);
}

void Keeper::replay_all() {
  letters({"replay", "--all"});
}

void Keeper::purge() {
  letters({"purge", "--lane", turn_++ % 2 == 0 ? "malti/stock" : "multiplayer/traces", "--older-than", "1s"});
}

void Keeper::kill() {
  parts_.daemon.kill9();
  ++kills_;
  std::this_thread::sleep_for(std::chrono::milliseconds(random_() % 500));
  if (!parts_.daemon.start()) return parts_.complaints.add("the daemon did not start after a kill");
  check("after a kill");
}

void Keeper::back_to_usual() {
  write(usual_version);
  command({"reload"});
}

}  // namespace pannier::soak
