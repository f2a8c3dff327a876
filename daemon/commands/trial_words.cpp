#include "daemon/commands/trial_words.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "config/expectation.h"
#include "record/time_text.h"

namespace pannier::daemon::commands {
namespace {

using observe::DestinationId;
using process::ConsumerFrom;
using process::ContextFrom;
using process::EndpointFrom;

std::string in_quotes(std::string_view text) {
  return "\"" + text::shown(text) + "\"";
}

// "rule 2 of process.endpoints at pannier.yaml:14".
std::string rule_words(std::string_view list, std::size_t index, int line, const config::Loaded& config) {
  std::string words = "rule " + std::to_string(index + 1) + " of " + std::string(list);
  if (line > 0)
    words.append(" at ").append(text::shown(config.file)).append(":").append(std::to_string(line));
  return words;
}

std::string origin_words(std::string_view path, const config::Loaded& config) {
  const auto found = std::ranges::find(config.origins, path, &config::Origin::path);
  const std::string where = found == config.origins.end() ? "default" : text::shown(found->where);
  return std::string(path) + " of the configuration, " + where;
}

std::string default_words(DefaultFrom from, std::string_view path, const config::Loaded& config) {
  if (from == DefaultFrom::record) return "the record's own";
  return from == DefaultFrom::hello ? "its connection's hello" : origin_words(path, config);
}

std::string path_words(const Trial& trial) {
  return "path " + text::shown(trial.became.path);
}

std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out.append(out.empty() ? "" : ", ").append(text::shown(name));
  return out;
}

std::string anonymized(const std::string& words, const config::Loaded& config) {
  return config.settings.process.anonymize_ip ? words + ", anonymised" : words;
}

std::string left_out_words(const Trial& trial, LeftOut reason, const config::Loaded& config) {
  const deliver::otlp::Options& otlp = config.settings.multiplayer;
  const bool by_chance = trial.came.trace == record::TraceId{};
  switch (reason) {
    case LeftOut::clean_mode:
      return "status " + std::to_string(trial.became.status) + ", and deliver.malti.clean_mode is true";
    case LeftOut::not_session:
      return by_chance ? "it has no trace id, and deliver.multiplayer.send is sessions"
                       : "its trace id is of no recorded session, and deliver.multiplayer.send is sessions";
    case LeftOut::unsampled:
      return std::string("deliver.multiplayer.send is sampled, with a ratio of ") +
             config::milliseconds_text(otlp.ratio * 100) + "%" +
             (by_chance ? "; its trace id was made here, by chance" : "");
    case LeftOut::health_check: return "a probe, or telemetry's own request";
    default: return {};
  }
}

}  // namespace

std::string outcome_words(const Trial& trial) {
  switch (trial.outcome) {
    case Trial::Outcome::none: return "a blank line";
    case Trial::Outcome::accepted: return "accepted";
    case Trial::Outcome::rejected: return "rejected: " + std::string(name(trial.reject));
    case Trial::Outcome::filtered: return "filtered: " + std::string(name(trial.filter));
    case Trial::Outcome::hello: return "a hello";
    case Trial::Outcome::client_dropped: return "a client's count of what it dropped";
  }
  return {};
}

std::string service_words(const Trial& trial, const config::Loaded& config) {
  return default_words(trial.service_from, "service", config);
}

std::string node_words(const Trial& trial, const config::Loaded& config) {
  return default_words(trial.node_from, "node", config);
}

std::string endpoint_words(const Trial& trial, const config::Loaded& config) {
  const auto& rules = config.settings.process.endpoints;
  switch (trial.applied.endpoint) {
    case EndpointFrom::record:
      return trial.came.endpoint == trial.became.endpoint
                 ? "the record's own"
                 : "respelled from " + in_quotes(trial.came.endpoint);
    case EndpointFrom::rule: {
      const std::size_t index = trial.applied.endpoint_rule;
      const process::EndpointRule& rule = rules.at(index);
      return path_words(trial) + ", " + rule_words("process.endpoints", index, rule.line, config) + ": " +
             in_quotes(rule.match);
    }
    case EndpointFrom::built_in:
      return path_words(trial) + (rules.empty() ? "; there are no rules" : "; no rule matches it") +
             (trial.became.endpoint == trial.became.path ? "" : ", its ids are taken out");
    case EndpointFrom::no_route:
      return path_words(trial) + "; no rule matches it, and process.strict is true";
    case EndpointFrom::processed: return "named by Malti's SDK";
  }
  return {};
}

std::string consumer_words(const Trial& trial, const config::Loaded& config) {
  const process::Options& options = config.settings.process;
  switch (trial.applied.consumer) {
    case ConsumerFrom::record: return "the record's own";
    case ConsumerFrom::header:
      return "header " + text::shown(options.consumer_headers.at(trial.applied.consumer_header));
    case ConsumerFrom::forwarded: return anonymized("address of header x-forwarded-for", config);
    case ConsumerFrom::client_ip: return anonymized("client_ip", config);
    case ConsumerFrom::nobody:
      return std::string("nobody is named: no consumer, none of the headers ") +
             listed(options.consumer_headers) +
             (options.consumer_use_ip ? ", no address" : "; process.consumer.use_ip is false");
    case ConsumerFrom::processed: return "named by Malti's SDK";
  }
  return {};
}

std::string context_words(const Trial& trial, const config::Loaded& config) {
  const process::Options& options = config.settings.process;
  switch (trial.applied.context) {
    case ContextFrom::none: return "none";
    case ContextFrom::record: return "the record's own";
    case ContextFrom::header:
      return "header " + text::shown(options.context_headers.at(trial.applied.context_header));
    case ContextFrom::templated:
      return "process.context.template " + in_quotes(options.context_template) +
             (trial.came.trace == trial.became.trace ? "" : "; the trace id was made here, by chance");
  }
  return {};
}

std::string fate_word(const Fate& fate) {
  return fate.left_out ? std::string(name(*fate.left_out)) : text::shown(fate.lane);
}

std::string fate_words(const Trial& trial, const Fate& fate, const config::Loaded& config) {
  if (!fate.left_out) return {};
  if (!fate.drop_rule) return left_out_words(trial, *fate.left_out, config);
  const process::DropRule& rule = config.settings.process.drop.at(*fate.drop_rule);
  return rule_words("process.drop", *fate.drop_rule, rule.line, config);
}

std::string key_words(const Trial& trial, const Fate& fate, const config::Settings& settings) {
  if (fate.left_out || fate.destination != DestinationId::malti) return {};
  const std::string service = text::shown(trial.became.service);
  const auto found = settings.malti.keys.find(trial.became.service);
  if (found != settings.malti.keys.end() && !found->second.secret.empty()) return {};
  if (trial.from == observe::ListenerId::http_malti)
    return "no key for " + service + ": it goes with the key that its sender shows, in a lane of its own";
  return "no key for " + service + ": it would wait in a blocked lane; write deliver.malti.keys." + service;
}

std::string time_words(SystemTime time) {
  std::array<char, record::utc_text_bytes> utc{};
  return {utc.data(), record::write_utc(utc.data(), time)};
}

}  // namespace pannier::daemon::commands
