#include "daemon/commands/sample_check.h"

#include <algorithm>

#include "base/text.h"
#include "daemon/commands/trial_words.h"
#include "observe/ledger.h"
#include "record/telling.h"

namespace pannier::daemon::commands {
namespace {

using config::Expectation;

struct Got {
  std::string value;
  std::string why;
};

Got fate_of(std::string_view destination, const Trial& trial, const config::Loaded& config) {
  const auto fate = std::ranges::find(trial.fates, destination,
                                      [](const Fate& each) { return observe::name(each.destination); });
  if (fate == trial.fates.end()) return {"off", "this configuration does not switch it on"};
  return {fate->left_out ? std::string(name(*fate->left_out)) : fate->lane, fate_words(trial, *fate, config)};
}

Got got(std::string_view subject, const Trial& trial, const config::Loaded& config) {
  const Told& told = trial.became;
  if (subject == "service") return {told.service, service_words(trial, config)};
  if (subject == "node") return {told.node, node_words(trial, config)};
  if (subject == "method") return {told.method, {}};
  if (subject == "endpoint") return {told.endpoint, endpoint_words(trial, config)};
  if (subject == "consumer") return {told.consumer, consumer_words(trial, config)};
  if (subject == "context") return {told.context, context_words(trial, config)};
  if (subject == "client_ip") return {told.client_ip, {}};
  if (subject == "status") return {std::to_string(told.status), {}};
  if (subject == "response_time") return {config::milliseconds_text(told.response_ms), {}};
  if (subject == "created_at") return {time_words(told.created_at), {}};
  return fate_of(subject, trial, config);
}

// "rejected: status" where a sample expects that; else the line must be a record.
std::string expected_outcome(const config::SampleRecord& sample) {
  for (const Expectation& each : sample.expected)
    if (each.subject == "rejected" || each.subject == "filtered") return each.subject + ": " + each.value;
  return "accepted";
}

std::string outcome_why(const Trial& trial) {
  if (trial.outcome != Trial::Outcome::rejected) return {};
  if (!trial.answer.empty()) return "the answer: " + text::shown(trial.answer, 1000);
  return "the rule: " + std::string(record::rule_of(trial.reject)) +
         "; its shape: " + text::shown(trial.shape, 250);
}

// A reason stands alone in the file; a reader is told what it is.
std::string shown_value(const Expectation& expectation, std::string_view value) {
  const bool is_destination = expectation.subject == "malti" || expectation.subject == "multiplayer" ||
                              expectation.subject == "local";
  if (!is_destination) return value.empty() ? "nothing" : text::shown(value, 600);
  if (value == "off") return "off";
  const bool is_reason = std::ranges::find(reasons::left_out, value) != reasons::left_out.end();
  return (is_reason ? "left out: " : "lane ") + text::shown(value);
}

}  // namespace

std::vector<Difference> differences(const config::SampleRecord& sample, const Trial& trial,
                                    const config::Loaded& config) {
  const std::string expected = expected_outcome(sample);
  const std::string outcome = outcome_words(trial);
  if (outcome != expected) return {{"outcome", expected, outcome, outcome_why(trial)}};
  if (trial.outcome != Trial::Outcome::accepted) return {};
  std::vector<Difference> all;
  for (const Expectation& each : sample.expected) {
    const Got found = got(each.subject, trial, config);
    if (found.value != each.value)
      all.push_back({each.subject, shown_value(each, each.value), shown_value(each, found.value), found.why});
  }
  return all;
}

}  // namespace pannier::daemon::commands
