// The operator's names for paths: the first rule that matches wins.
// Users: steps; config asks fault_in. Threads: immutable, safe from any.
// Cost: nearly the same for a hundred rules as for one: a look-up for all literals, a walk along the path for
// all patterns, one pass for all expressions. Bound: 8 MiB, and 128 KiB for each expression.
#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/error.h"
#include "process/options.h"

namespace pannier::process {

// All that is wrong with a rule; each begins with the setting's name ("match: …", "as: …").
std::vector<Error> faults_in(const EndpointRule& rule);
// What is wrong with all together, where nothing is wrong with each.
std::optional<Error> fault_in(std::span<const EndpointRule> rules);

class EndpointRules {
 public:
  // REQUIRES: rules without fault; a faulty one matches nothing.
  explicit EndpointRules(std::span<const EndpointRule> rules);
  ~EndpointRules();
  EndpointRules(EndpointRules&&) noexcept;

  struct Named {
    std::string_view endpoint;  // never empty; lives as long as the rules and the arena
    std::size_t rule = 0;       // its number in the list as it was given
  };
  [[nodiscard]] std::optional<Named> find(std::string_view path, Arena& arena) const;

 private:
  struct Compiled;
  std::unique_ptr<const Compiled> compiled_;
};

}  // namespace pannier::process
