// Settings of the common steps. Filled by config, read by Steps.
#pragma once
#include <string>
#include <vector>

namespace pannier::process {

struct EndpointRule {
  std::string match;  // "/users/me" literal, "/users/{id}" pattern, "~ /v[0-9]+/.*" RE2, anchored
  std::string as;     // what the endpoint becomes
};

struct Options {
  std::string service = "unknown-service";  // for records that name none
  std::string node;                         // default: the host's name, set by config
  std::vector<std::string> consumer_headers{"x-consumer-id", "x-user-id", "consumer-id", "user-id"};
  bool consumer_use_ip = false;
  bool anonymize_ip = false;
  std::vector<EndpointRule> endpoints{};
};

}  // namespace pannier::process
