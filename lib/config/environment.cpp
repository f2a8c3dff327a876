#include "config/environment.h"

#include <unistd.h>

namespace pannier::config {

Environment Environment::capture() {
  Variables variables;
  for (char** next = environ; next != nullptr && *next != nullptr; ++next) {
    const std::string_view pair = *next;
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos) variables.emplace(pair.substr(0, equals), pair.substr(equals + 1));
  }
  return Environment(std::move(variables));
}

std::optional<std::string_view> Environment::get(std::string_view name) const {
  const auto found = variables_.find(name);
  if (found == variables_.end()) return std::nullopt;
  return found->second;
}

std::string_view Environment::text(std::string_view name) const {
  return get(name).value_or(std::string_view());
}

}  // namespace pannier::config
