// Why something became of a record, in words: which rule of which line, which header, whose default.
// Users: explain, test. Threads: pure functions. Everything returned is escaped.
#pragma once
#include <string>

#include "config/load.h"
#include "daemon/trial.h"

namespace pannier::daemon::commands {

// "accepted", "rejected: status", "filtered: no_response", "a hello", …
std::string outcome_words(const Trial& trial);

// REQUIRES, for all below: an accepted trial under this configuration.
std::string service_words(const Trial& trial, const config::Loaded& config);
std::string node_words(const Trial& trial, const config::Loaded& config);
std::string endpoint_words(const Trial& trial, const config::Loaded& config);
std::string consumer_words(const Trial& trial, const config::Loaded& config);
std::string context_words(const Trial& trial, const config::Loaded& config);

// "malti/orders", or why it is left out: "clean_mode". As samples expect it.
std::string fate_word(const Fate& fate);
// What decided: "rule 1 of process.drop at pannier.yaml:22"; empty where there is nothing to add.
std::string fate_words(const Trial& trial, const Fate& fate, const config::Loaded& config);
// What the lane still lacks; empty: nothing.
std::string key_words(const Trial& trial, const Fate& fate, const config::Settings& settings);

// What there was of each: the values that samples compare.
std::string time_words(SystemTime time);  // 2026-01-01T12:00:00.000000Z

}  // namespace pannier::daemon::commands
