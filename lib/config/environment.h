// The process's variables, read once at start; a reload uses what was read then. The only place that looks at
// environ. Users: config; the daemon for XDG_RUNTIME_DIR. Threads: capture() and forget() before the others
// start; then a plain value.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace pannier::config {

class Environment {
 public:
  using Variables = std::map<std::string, std::string, std::less<>>;

  Environment() = default;
  explicit Environment(Variables variables) : variables_(std::move(variables)) {}
  static Environment capture();
  // Wipes what was captured from the process itself, where /proc and children would show it: any variable may
  // hold a key. Those that libraries look at later stay (time zone, resolver, roots of trust, systemd's).
  static void forget();

  [[nodiscard]] std::optional<std::string_view> get(std::string_view name) const;
  // Empty where it is unset: for variables whose empty value means nothing.
  [[nodiscard]] std::string_view text(std::string_view name) const;
  [[nodiscard]] const Variables& all() const { return variables_; }

 private:
  Variables variables_;
};

}  // namespace pannier::config
