// Settings of the common steps and of what Malti and the local store do before they take a record. Filled by
// config, read by Steps, DropRules and Cardinality.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace pannier::process {

struct EndpointRule {
  std::string match;  // "/users/me" literal, "/users/{id}" pattern, "~ /v[0-9]+/.*" RE2, anchored
  std::string as;     // what the endpoint becomes; behind an expression \1 to \9 are its captures
  int line = 0;       // where it stands in the file, counted from 1; 0: nowhere
  int column = 0;
};

// 404 alone, 5xx, 200-299.
struct StatusRange {
  std::int32_t least = 0, most = 0;
};

// The destinations that have drop rules and a cardinality guard.
enum class Destination : std::uint8_t { malti, local, count_ };

// All conditions that are given must hold.
struct DropRule {
  std::vector<StatusRange> status{};
  std::vector<std::string> methods{};  // compared without case
  std::string endpoint{};              // literal, {param} pattern, or ~ and an RE2 expression, anchored
  std::string consumer{}, service{};   // literal, or ~ and an RE2 expression, anchored
  std::array<bool, static_cast<std::size_t>(Destination::count_)> of{true, true};
  int line = 0;  // as of an EndpointRule
  int column = 0;
};

// How many distinct ones a service may have at one destination; later ones are (other).
struct CardinalityLimits {
  bool enabled = true;
  std::uint32_t endpoints = 1'000;
  std::uint32_t consumers = 10'000;
  std::uint32_t services = 64;  // counted apart; further ones are counted together
  bool operator==(const CardinalityLimits&) const = default;
};

struct Options {
  std::string service = "unknown-service";  // for records that name none
  std::string node{};                       // default: the host's name, set by config
  std::vector<std::string> consumer_headers{"x-consumer-id", "x-user-id", "consumer-id", "user-id"};
  bool consumer_use_ip = false;
  bool anonymize_ip = false;
  // Addresses and networks (10.0.0.0/8) whose word on X-Forwarded-For counts; empty: everybody's.
  std::vector<std::string> trusted_proxies{};
  std::vector<EndpointRule> endpoints{};
  bool strict = false;  // what no rule matches is (no route)
  std::vector<DropRule> drop{};
  CardinalityLimits cardinality{};
  std::vector<std::string> context_headers{};
  std::string context_template{};  // "{trace_id} {client_ip}"
};

}  // namespace pannier::process
