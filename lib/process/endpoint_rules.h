// The operator's names for paths: the first rule that matches wins.
// Users: steps; config asks fault_in. Threads: immutable, safe from any.
// Cost: a comparison a literal, about 0.1 us a pattern or expression; at most 1 MiB a rule.
#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "process/options.h"

namespace re2 {
class RE2;
}

namespace pannier::process {

// What is wrong with a rule; begins with the setting's name ("match: …", "as: …").
std::optional<Error> fault_in(const EndpointRule& rule);

class EndpointRules {
 public:
  // REQUIRES: rules without fault; a faulty one matches nothing.
  explicit EndpointRules(std::span<const EndpointRule> rules);
  ~EndpointRules();
  EndpointRules(EndpointRules&&) noexcept;

  // The endpoint of `path`, empty where no rule matches; the text lives as long as this does.
  [[nodiscard]] std::string_view endpoint_for(std::string_view path) const;

 private:
  struct Rule;
  std::vector<Rule> rules_;
};

}  // namespace pannier::process
