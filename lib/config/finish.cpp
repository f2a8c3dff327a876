#include "config/finish.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/small_file.h"
#include "base/text.h"
#include "base/units.h"
#include "config/finish_files.h"
#include "config/finish_listeners.h"
#include "config/finish_way.h"
#include "config/keys_directory.h"
#include "net/ip_address.h"
#include "net/udp_socket.h"
#include "net/url.h"

namespace pannier::config {
namespace {

class Finishing {
 public:
  Finishing(Settled& settled, const Surroundings& surroundings, Draft& draft)
      : settled_(settled), settings_(settled.settings), surroundings_(surroundings), draft_(draft) {}

  void run() {
    check_listeners(settings_, [this](std::string_view path, std::string what, ErrorCode code) {
      mistake(path, std::move(what), code);
    });
    finish_context();
    check_destinations();
    check_files_differ();
    read_keys();
    check_multiplayer();
    if (settings_.malti.enabled) finish_the_way("deliver.malti", settings_.malti.url, settings_.malti.way);
    if (settings_.multiplayer.enabled)
      finish_the_way("deliver.multiplayer", settings_.multiplayer.url, settings_.multiplayer.way);
    warn_of_inline_keys();
    warn_of_keys();
    check_retry("deliver.malti.retry.cap", settings_.malti.lane.retry);
    check_retry("deliver.multiplayer.retry.cap", settings_.multiplayer.lane.retry);
    fit_memory();
    hide_what_is_off();
  }

 private:
  [[nodiscard]] const Given* giver(std::string_view path) const {
    const auto found = settled_.winners.find(path);
    return found == settled_.winners.end() ? nullptr : found->second;
  }

  void mistake(std::string_view path, std::string what, ErrorCode code = ErrorCode::invalid) {
    if (const Given* given = giver(path))
      draft_.mistakes.push_back(given->mistake(given->node.place, std::move(what), code));
    else
      draft_.mistakes.push_back({surroundings_.source.empty() ? "configuration" : surroundings_.source,
                                 {},
                                 std::string(path),
                                 std::move(what),
                                 code});
  }

  // Settings below a word outrank it, unless they stand on a lower rank.
  void finish_context() {
    process::Options& process = settings_.process;
    const Given* word = giver("process.context");
    for (const std::string_view path : {"process.context.headers", "process.context.template"}) {
      const Given* given = giver(path);
      if (given == nullptr) continue;
      Origin& origin = *settled_.origin("process.context");
      if (word == nullptr || word->rank <= given->rank) {
        origin = {origin.path, "the settings below", given->where};
        continue;
      }
      (path.ends_with("headers") ? process.context_headers.clear() : process.context_template.clear());
      *settled_.origin(path) = {std::string(path), "none", word->where};
    }
  }

  void check_destinations() {
    if (settings_.malti.enabled || settings_.multiplayer.enabled || settings_.local.enabled) return;
    if (giver("deliver.local") != nullptr)
      return mistake("deliver.local",
                     "no destination is left; give deliver.malti a url and a key, or leave this out");
    settings_.local.enabled = true;
    *settled_.origin("deliver.local") = {"deliver.local", "on", "default, there is no other destination"};
  }

  void check_files_differ() {
    const std::string& spool = settings_.spool.path;
    if (!settings_.local.enabled || settings_.spool.mode == queue::SpoolMode::off) return;
    if (!is_one_file(spool, settings_.local.path)) return;
    if (giver("spool.path") != nullptr)
      return mistake("spool.path", "is the local store's file, too (deliver.local.path); write another");
    mistake("deliver.local.path", "is the spool's file, too (spool.path); write another");
  }

  void read_keys() {
    if (settings_.malti.enabled)
      for (auto& [service, source] : settings_.malti.keys)
        read_secret("deliver.malti.keys." + service, source);
    if (settings_.malti.enabled) read_folder_of_keys();
    if (settings_.multiplayer.enabled) read_secret("deliver.multiplayer.key", settings_.multiplayer.key);
    if (!settings_.receive.http.enabled) return;
    for (auto& [service, source] : settings_.receive.http.keys)
      read_secret("receive.http.malti.keys." + service, source);
    check_senders_keys_differ();
  }

  // A key tells whose records it brings.
  void check_senders_keys_differ() {
    std::map<std::string_view, std::string_view> owners;
    for (const auto& [service, source] : settings_.receive.http.keys) {
      if (source.secret.empty()) continue;
      const auto [known, is_new] = owners.emplace(source.secret.reveal(), service);
      if (!is_new)
        mistake("receive.http.malti.keys." + service,
                "is the key of " + text::shown(known->second) + ", too; give each service a key of its own");
    }
  }

  void read_folder_of_keys() {
    constexpr std::string_view setting = "deliver.malti.keys_directory";
    deliver::malti::Options& malti = settings_.malti;
    if (malti.keys_directory.empty()) return;
    while (malti.keys_directory.size() > 1 && malti.keys_directory.ends_with('/'))
      malti.keys_directory.pop_back();
    const std::size_t lanes = settings_.receive.limits.lanes;
    KeyFiles files = read_keys_directory({.path = malti.keys_directory,
                                          .most = lanes - std::min(lanes, malti.keys.size()),
                                          .uid = surroundings_.uid,
                                          .cure = cure_of_denial()},
                                         malti.keys);
    for (Error& error : files.mistakes) mistake(setting, std::move(error.message), error.code);
    for (const std::string& what : files.warnings)
      draft_.warnings.push_back(std::string(setting) + ": " + what);
    auto behind = settled_.origins.begin() + (settled_.origin(setting) - settled_.origins.data());
    for (const auto& [service, source] : files.keys)
      behind = settled_.origins.insert(
          behind + 1, {"deliver.malti.keys." + service, "*** in " + source.file, std::string(setting)});
    malti.keys.merge(files.keys);
  }

  [[nodiscard]] std::string cure_of_denial() const {
    return "try: sudo -u pannier pannier validate " + text::shown(surroundings_.source);
  }

  void read_secret(const std::string& path, SecretSource& source) {
    if (!source.credential.empty() && surroundings_.credentials.empty())
      return mistake(path, "there is no credential " + source.credential +
                               ": CREDENTIALS_DIRECTORY is not set; write LoadCredential=" +
                               source.credential + ":PATH into the unit");
    if (!source.credential.empty()) source.file = surroundings_.credentials + "/" + source.credential;
    if (source.file.empty()) return;
    auto secret = read_secret_file(source.file, surroundings_.uid, cure_of_denial());
    if (secret)
      source.secret = std::move(*secret);
    else
      mistake(path, secret.error().message, secret.error().code);
  }

  void check_multiplayer() {
    const deliver::otlp::Options& multiplayer = settings_.multiplayer;
    if (!multiplayer.enabled) return warn_of_idle_multiplayer();
    if (multiplayer.key == SecretSource{})
      draft_.warnings.emplace_back(
          "deliver.multiplayer has no key: records wait until there is one; write deliver.multiplayer.key, "
          "or set MULTIPLAYER_OTLP_KEY");
    const auto url = net::parse_url(multiplayer.url);
    if (!url) return mistake("deliver.multiplayer.url", url.error().message, url.error().code);
    if (url->scheme == "http" && !is_near(multiplayer.url))
      mistake("deliver.multiplayer.url", "the key would go unencrypted to " + text::shown(multiplayer.url) +
                                             "; write https:// (http:// is for this host only)");
  }

  // It is on when a key is given; settings without one look as if something was forgotten.
  void warn_of_idle_multiplayer() {
    const auto is_below = [](const auto& winner) {
      return winner.second != nullptr && winner.first.starts_with("deliver.multiplayer.");
    };
    if (giver("deliver.multiplayer") != nullptr || std::ranges::none_of(settled_.winners, is_below)) return;
    draft_.warnings.emplace_back(
        "deliver.multiplayer has settings but no key, so it is off; write deliver.multiplayer.key, or set "
        "MULTIPLAYER_OTLP_KEY");
  }

  void finish_the_way(const std::string& path, const std::string& url, deliver::Way& way) {
    read_secret(path + ".proxy.auth", way.proxy_auth);
    finish_way({path, url, way}, surroundings_,
               {[this](std::string_view at) { return giver(at); },
                [this](std::string_view at, std::string what, ErrorCode code) {
                  mistake(at, std::move(what), code);
                },
                [this](std::string what) { draft_.warnings.push_back(std::move(what)); },
                [this](std::string what) { draft_.notes.push_back(std::move(what)); }});
    if (way.proxy_from != deliver::Way::ProxyFrom::url) return;
    const std::string where = settled_.origin(path + ".proxy.url")->where;
    *settled_.origin(path + ".proxy") = {path + ".proxy", "url", where};
  }

  void warn_of_inline_keys() {
    if (!surroundings_.is_world_readable) return;
    warn_of_inline("deliver.malti.proxy.auth", settings_.malti.way.proxy_auth);
    warn_of_inline("deliver.multiplayer.proxy.auth", settings_.multiplayer.way.proxy_auth);
    for (const auto& [service, source] : settings_.malti.keys)
      warn_of_inline("deliver.malti.keys." + service, source);
    warn_of_inline("deliver.multiplayer.key", settings_.multiplayer.key);
    for (const auto& [service, source] : settings_.receive.http.keys)
      warn_of_inline("receive.http.malti.keys." + service, source);
  }

  void warn_of_inline(const std::string& path, const SecretSource& source) {
    const Given* given = giver(path);
    if (given == nullptr || given->rank != Rank::file || given->from_variable || source.secret.empty() ||
        !source.file.empty())
      return;
    const std::string what = "a key in a file that everybody can read; chmod o-r " +
                             text::shown(surroundings_.source) + ", or write { file: PATH }";
    draft_.warnings.push_back(given->mistake(given->node.place, what).text());
  }

  void warn_of_keys() {
    if (!settings_.malti.enabled) return;
    if (settings_.malti.keys.empty() && !settings_.malti.keys_directory.empty())
      draft_.warnings.push_back("deliver.malti has no key: records wait until there is one; write it to " +
                                text::shown(settings_.malti.keys_directory) + "/SERVICE");
    else if (settings_.malti.keys.empty())
      draft_.warnings.emplace_back(
          "deliver.malti has no key: records wait until there is one; write deliver.malti.keys, or set "
          "MALTI_API_KEY and MALTI_SERVICE_NAME");
    else if (settings_.malti.url.starts_with("http:") && !is_near(settings_.malti.url))
      draft_.warnings.push_back("deliver.malti.url: keys go unencrypted over http to " +
                                text::shown(settings_.malti.url));
  }

  static bool is_near(const std::string& text) {
    const auto url = net::parse_url(text);
    return url && net::is_this_host(url->host);
  }

  void check_retry(const std::string& path, deliver::RetryOptions& retry) {
    if (retry.cap >= retry.base) return;
    if (giver(path) != nullptr)
      return mistake(path, "is less than retry.base; write at least " + units::duration_text(retry.base));
    retry.cap = retry.base;
    *settled_.origin(path) = {path, units::duration_text(retry.cap), "default, raised to retry.base"};
  }

  void fit_memory() {
    const auto limit = surroundings_.memory_limit;
    const bool http = settings_.receive.http.enabled;
    if (!limit || process_bound(settings_.memory, http) <= *limit) return;
    constexpr std::uint64_t mebibyte = 1U << 20U;
    const std::uint64_t left = *limit - (http ? std::min(*limit, http_memory) : 0);
    const std::uint64_t fitting = std::max(left / 3 * 2, left - std::min(left, 32 * mebibyte));
    const std::uint64_t memory = fitting / mebibyte * mebibyte;
    if (memory < least_memory)
      return mistake("memory", "the cgroup allows " + units::size_text(*limit) + "; give it at least " +
                                   units::size_text(process_bound(least_memory, http)));
    draft_.warnings.push_back("memory: " + units::size_text(memory) + " instead of " +
                              units::size_text(settings_.memory) + ", because the cgroup allows " +
                              units::size_text(*limit) + " in all");
    settings_.memory = memory;
    *settled_.origin("memory") = {"memory", units::size_text(memory), "the cgroup's limit"};
  }

  // What is off has no settings in force.
  void hide_what_is_off() {
    const std::array<std::pair<bool, std::string_view>, 9> groups{
        {{settings_.receive.unix_stream.enabled, "receive.unix_stream."},
         {settings_.receive.unix_datagram.enabled, "receive.unix_datagram."},
         {settings_.receive.udp.enabled, "receive.udp."},
         {settings_.receive.http.enabled, "receive.http."},
         {settings_.malti.enabled, "deliver.malti."},
         {settings_.multiplayer.enabled, "deliver.multiplayer."},
         {settings_.local.enabled, "deliver.local."},
         {settings_.process.cardinality.enabled, "process.cardinality."},
         {settings_.observe.enabled, "observe."}}};
    for (const auto& [is_on, below] : groups)
      if (!is_on) std::erase_if(settled_.origins, [&](const Origin& o) { return o.path.starts_with(below); });
  }

  Settled& settled_;
  Settings& settings_;
  const Surroundings& surroundings_;
  Draft& draft_;
};

}  // namespace

void finish(Settled& settled, const Surroundings& surroundings, Draft& draft) {
  Finishing(settled, surroundings, draft).run();
}

}  // namespace pannier::config
