#include "daemon/commands/progress_bar.h"

#include <algorithm>

namespace pannier::daemon::commands {
namespace {

constexpr std::size_t bar_width = 24;
constexpr std::chrono::milliseconds between{100};
constexpr std::string_view clear_line = "\r\x1b[K";

}  // namespace

std::string progress_line(const SendProgress& progress, std::uint64_t input_bytes) {
  std::string line;
  if (input_bytes != 0) {
    const double part =
        std::min(1.0, static_cast<double>(progress.input_bytes) / static_cast<double>(input_bytes));
    const auto full = static_cast<std::size_t>(part * bar_width);
    const std::string percent = std::to_string(static_cast<int>(part * 100));
    line.append("[").append(full, '#').append(bar_width - full, ' ').append("] ");
    line.append(3 - percent.size(), ' ').append(percent).append("%  ");
  }
  return line + std::to_string(progress.lines) + " sent, " + std::to_string(progress.confirmed) +
         " confirmed";
}

void ProgressBar::show(const SendProgress& progress, SteadyTime now) {
  if (!is_on_ || (is_shown_ && now - shown_at_ < between)) return;
  is_shown_ = true;
  shown_at_ = now;
  terminal_ << clear_line << progress_line(progress, input_bytes_) << std::flush;
}

void ProgressBar::clear() {
  if (is_shown_) terminal_ << clear_line << std::flush;
}

}  // namespace pannier::daemon::commands
