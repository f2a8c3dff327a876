#include "daemon/commands/cure.h"

#include <cmath>

#include "daemon/lane_names.h"

namespace pannier::daemon::commands {
namespace {

// Seconds for people: a wait is never shown as over while it is not.
std::string next_try(double seconds) {
  return "next try in " + std::to_string(static_cast<long long>(std::ceil(std::min(seconds, 1e9)))) + " s";
}

// Nobody here has its key, and nobody can write it.
std::string cure_for_guest(const Trouble& trouble, const LaneName& lane) {
  const std::string whose = "of service " + lane.service + " that shows the key @" + lane.fingerprint;
  if (trouble.why.starts_with("key unknown"))
    return "have the sender " + whose + " send again: what waits goes on with its key, and with no other";
  return "give the sender " + whose +
         " the right one; what is refused for an hour and never was taken becomes dead letters";
}

}  // namespace

std::string cure_for(const Trouble& trouble) {
  const std::size_t slash = trouble.lane.find('/');
  const std::string destination = "deliver." + std::string(trouble.lane.substr(0, slash));
  const bool has_keys = trouble.lane.starts_with("malti/");  // one a service
  const LaneName lane = parse_lane_name(trouble.lane);
  const std::string key = has_keys ? destination + ".keys." + lane.service : destination + ".key";
  const auto is = [&](std::string_view word) { return trouble.why.starts_with(word); };
  // Nothing gets better by waiting: only a reload brings what is missing.
  const auto by_reload = [](const std::string& action) { return action + ", then: pannier reload"; };
  const auto or_wait = [&](const std::string& action) {
    if (!trouble.next_try_s) return by_reload(action);
    return action + "; " + next_try(*trouble.next_try_s) + ", or now: pannier reload";
  };

  const bool is_about_key = is("no key") || is("key refused") || is("key unknown");
  if (is_about_key && lane.is_guest()) return cure_for_guest(trouble, lane);
  if (is("no key") && trouble.key_file.empty()) return by_reload("give it a key: " + key);
  if (is_about_key)
    return trouble.key_file.empty() ? by_reload("write the new key to " + key)
                                    : or_wait("write the new key to " + std::string(trouble.key_file));
  if (is("address") || is("a proxy's page")) return or_wait("check " + destination + ".url");
  const auto tells_of = [&](std::string_view word) {
    return trouble.why.find(word) != std::string_view::npos;
  };
  if (is("no answer (the proxy") || (is("no answer") && tells_of(" (the proxy)")))
    return or_wait("see that the proxy runs and lets us through, and " + destination + ".proxy is right");
  if (is("no answer (TLS")) return or_wait("see to the server's certificate and " + destination + ".tls");
  if (is("no answer")) return or_wait("see that the server runs and " + destination + ".url is right");
  if (is("server error")) return or_wait("look into the server's log");
  if (is("disk")) return or_wait("make room, or mend " + destination + ".path");
  return or_wait("look into pannier's log");
}

}  // namespace pannier::daemon::commands
