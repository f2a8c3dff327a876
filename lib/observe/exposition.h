// Writes Prometheus' text format (version 0.0.4): families with HELP and TYPE, samples with escaped labels.
//   Exposition out;
//   out.counter("pannier_listener_lines_total", "Lines that came in.");
//   out.sample({{"listener", "udp"}}, 12);
// Users: daemon's metrics. Threads: a plain value. Errors: none; what is asked for wrongly, a test finds.
#pragma once
#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace pannier::observe {

class Exposition {
 public:
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  static constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

  // Begins a family; its samples follow at once. REQUIRES: a name that is written once, and ends with _total
  // where it counts.
  void counter(std::string_view name, std::string_view help) { family(name, help, "counter"); }
  void gauge(std::string_view name, std::string_view help) { family(name, help, "gauge"); }

  // REQUIRES: label values are valid UTF-8.
  void sample(Labels labels, std::integral auto value) { line(labels, std::to_string(value)); }
  void sample(Labels labels, double value);

  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  void family(std::string_view name, std::string_view help, std::string_view type);
  void line(Labels labels, std::string_view value);

  std::string out_;
  std::string name_;
};

}  // namespace pannier::observe
