#include <ctime>

#include "daemon/commands/ask.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/status_text.h"

namespace pannier::daemon::commands {
namespace {

constexpr std::chrono::seconds patience{10};

// "14:02" by the local clock, with the date where that was not today.
std::string moment(SystemTime time) {
  const auto at = std::chrono::system_clock::to_time_t(time);
  const auto now = std::chrono::system_clock::to_time_t(system_now());
  std::tm then{};
  std::tm today{};
  if (::localtime_r(&at, &then) == nullptr || ::localtime_r(&now, &today) == nullptr) return "?";
  const bool is_today = then.tm_yday == today.tm_yday && then.tm_year == today.tm_year;
  std::array<char, 32> out{};
  std::strftime(out.data(), out.size(), is_today ? "%H:%M" : "%Y-%m-%d %H:%M", &then);
  return out.data();
}

int check(const Invocation& invocation, std::string_view json) {
  const auto balance = balance_of(json);
  if (!balance) return fail(invocation, "status", balance.error());
  if (balance->is_balanced) return ExitCode::done;
  fail(invocation, "status", "the ledger does not balance; please report what pannier status --json says");
  for (const std::string& sentence : balance->sentences) invocation.error << "  " << sentence << '\n';
  return ExitCode::failed;
}

}  // namespace

int show_status(const Invocation& invocation, const StatusOptions& options) {
  const auto answer = ask(invocation, "GET", "/status", patience);
  if (!answer) return fail(invocation, "status", answer.error());
  if (answer->status != 200) return fail(invocation, "status", unexpected(*answer));
  if (options.json) {
    invocation.out << answer->body << '\n';
  } else {
    const auto text = status_text(
        answer->body, {.now = system_now(), .moment = moment, .colors = invocation.out_is_terminal});
    if (!text) return fail(invocation, "status", text.error());
    invocation.out << *text;
  }
  return options.check ? check(invocation, answer->body) : ExitCode::done;
}

}  // namespace pannier::daemon::commands
