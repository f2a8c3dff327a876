#include <sys/stat.h>

#include "base/json.h"
#include "base/text.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/input.h"
#include "daemon/commands/line_sender.h"
#include "daemon/commands/places.h"
#include "daemon/commands/progress_bar.h"
#include "record/line_decoder.h"

namespace pannier::daemon::commands {
namespace {

// Judged by the daemon's own rules: it would reject a faulty hello in silence.
Result<std::string> hello_line(const std::string& service) {
  Error refused{ErrorCode::invalid, "--service: \"" + text::shown(service) +
                                        "\" is no service's name; write 1 to 100 characters, "
                                        "no control characters, no /"};
  if (!text::is_utf8(service)) return refused;
  json::Writer out;
  out.begin('{').key("hello").begin('{').key("client").text("pannier-send/" PANNIER_VERSION);
  if (!service.empty()) out.key("service").text(service);
  out.key("ack").boolean(true).end('}').end('}');
  const std::string padded = out.str() + std::string(record::line_padding, ' ');
  record::LineDecoder decoder;
  const auto kind = decoder.decode(std::string_view(padded).substr(0, out.str().size()), true).kind;
  if (kind != record::LineKind::hello) return refused;
  return out.str();
}

// Only of a regular file is it known how much there is to read.
std::uint64_t bytes_of(int input) {
  struct stat status{};
  if (::fstat(input, &status) != 0 || !S_ISREG(status.st_mode)) return 0;
  return static_cast<std::uint64_t>(status.st_size);
}

std::string summary(const SendProgress& progress) {
  std::string line = std::to_string(progress.lines) + " sent = " + std::to_string(progress.accepted()) +
                     " accepted + " + std::to_string(progress.rejected) + " rejected + " +
                     std::to_string(progress.filtered) + " filtered";
  if (progress.unconfirmed() != 0) line += " + " + std::to_string(progress.unconfirmed()) + " not confirmed";
  return line;
}

// What failed comes first, then the sum, then what to do about rejected lines.
int conclude(const Invocation& invocation, const SendResult& result) {
  const SendProgress& progress = result.progress;
  if (result.fault) {
    fail(invocation, "send", result.fault->message);
    if (progress.unconfirmed() != 0)
      invocation.error << counted(progress.unconfirmed(), "line was", "lines were")
                       << " not confirmed, after " << progress.confirmed
                       << " that were: send again what follows those\n";
  }
  if (!result.fault || progress.lines != 0) invocation.out << summary(progress) << std::endl;
  if (progress.rejected != 0)
    invocation.error << counted(progress.rejected, "line was", "lines were")
                     << " rejected; why: pannier status\n";
  return result.fault || progress.rejected != 0 ? ExitCode::failed : ExitCode::done;
}

int send_from(const Invocation& invocation, LineSending& sending) {
  ProgressBar bar(invocation.error, invocation.error_is_terminal, bytes_of(sending.input));
  sending.on_progress = [&](const SendProgress& progress) { bar.show(progress, steady_now()); };
  const SendResult result = send_lines(sending);
  bar.clear();
  return conclude(invocation, result);
}

}  // namespace

int send(const Invocation& invocation, const SendOptions& options) {
  LineSending sending;
  const auto hello = hello_line(options.service);
  if (!hello) return fail(invocation, "send", hello.error());
  sending.hello = *hello;
  const auto socket = stream_socket(invocation, options.socket);
  if (!socket) return fail(invocation, "send", socket.error());
  sending.socket = *socket;
  const auto input = Input::open(options.file);
  if (!input) return fail(invocation, "send", input.error());
  sending.input = input->number();
  return send_from(invocation, sending);
}

}  // namespace pannier::daemon::commands
