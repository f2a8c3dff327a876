#include "tests/doubles/daemon_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <utility>

#include "tests/doubles/clients.h"

namespace pannier::doubles {

const char* const usual_receive =
    "receive:\n"
    "  unix_stream: { path: \"@folder@/pannier.sock\" }\n"
    "  unix_datagram: { path: \"@folder@/pannier.dgram\" }\n"
    "  udp: { address: \"127.0.0.1:@udp@\" }\n";
const char* const usual_control =
    "control: { path: \"@folder@/control/control.sock\" }\n"
    "spool: { path: \"@folder@/spool.db\" }\n";

namespace {

std::filesystem::path built_binary() {
  if (const char* named = std::getenv("PANNIER_BINARY")) return named;
#ifdef PANNIER_BINARY
  return PANNIER_BINARY;
#else
  return "pannier";
#endif
}

void replace_all(std::string& text, std::string_view from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

int append_to(const std::filesystem::path& path) {
  return ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

}  // namespace

DaemonProcess::DaemonProcess(DaemonOptions options)
    : options_(std::move(options)), udp_port_(free_udp_port()) {
  if (options_.binary.empty()) options_.binary = built_binary();
  for (auto& [name, value] : options_.environment) value = filled_in(value);
  if (!options_.config.empty()) {
    write_config(options_.config);
    return;
  }
  options_.environment.try_emplace("PANNIER__RECEIVE__UNIX_STREAM__PATH", stream_path());
  options_.environment.try_emplace("PANNIER__RECEIVE__UNIX_DATAGRAM__PATH", datagram_path());
  options_.environment.try_emplace("PANNIER__CONTROL__PATH", control_path());
  options_.environment.try_emplace("PANNIER__SPOOL__PATH", spool_path());
}

DaemonProcess::~DaemonProcess() {
  if (running()) EXPECT_EQ(terminate(), 0) << "the daemon's end\n" << log();
  expect_nobody_left();
}

void DaemonProcess::expect_nobody_left() const {
  if (pid() == 0) return;
  const auto nobody = [this] { return ::kill(-pid(), 0) != 0 && errno == ESRCH; };
  EXPECT_TRUE(wait_until(nobody, Deadline(1000))) << "a process of the daemon outlived it";
}

std::string DaemonProcess::filled_in(std::string text) const {
  replace_all(text, "@folder@", folder().string());
  replace_all(text, "@udp@", std::to_string(udp_port_));
  replace_all(text, "@tcp@", std::to_string(tcp_port()));
  return text;
}

void DaemonProcess::write_config(const std::string& config) {
  // As editors do: a reload that was asked for before reads the old one or the new one, and no part of it.
  const std::string fresh = config_path() + ".new";
  write_file(fresh, filled_in(config));
  std::filesystem::permissions(fresh, std::filesystem::perms(0600));
  std::filesystem::rename(fresh, config_path());
}

void DaemonProcess::launch() {
  Program program{{options_.binary, "run"}, options_.environment, folder()};
  if (!options_.config.empty())
    program.arguments.insert(program.arguments.end(), {"--config", config_path()});
  const int output = append_to(folder() / "stdout");
  const int error = append_to(folder() / "stderr");
  child_ = Child(program, -1, output, error);
  ::close(output);
  ::close(error);
}

bool DaemonProcess::start(Deadline deadline) {
  launch();
  const bool ended_wait = wait_until([&] { return !running() || is_ready(); }, deadline);
  if (ended_wait && running()) return true;
  ADD_FAILURE() << "the daemon " << (running() ? "is not ready" : "ended with ")
                << child_.wait(Deadline(0)).value_or(0) << "\n"
                << log();
  return false;
}

bool DaemonProcess::is_ready() const {
  const auto is_socket = [](const std::string& path) { return std::filesystem::is_socket(path); };
  if (!is_socket(control_path())) return false;
  if (options_.has_sockets && !(is_socket(stream_path()) && is_socket(datagram_path()))) return false;
  return command({"health", "--control", control_path()}).exit_code == 0;
}

std::optional<int> DaemonProcess::wait_for_end(Deadline deadline) {
  return child_.wait(deadline);
}

int DaemonProcess::terminate(Deadline deadline) {
  child_.signal(SIGTERM);
  const auto code = child_.wait(deadline);
  if (!code) {
    ADD_FAILURE() << "the daemon did not end after SIGTERM\n" << log();
    child_.kill();
  }
  return code.value_or(-SIGKILL);
}

void DaemonProcess::kill9() {
  child_.kill();
}

CommandResult DaemonProcess::command(std::vector<std::string> arguments, std::string_view input) const {
  arguments.insert(arguments.begin(), options_.binary);
  return run_command({std::move(arguments), options_.environment, folder()}, input);
}

JsonDocument DaemonProcess::status_json() const {
  CommandResult result = command({"status", "--json", "--control", control_path()});
  EXPECT_EQ(result.exit_code, 0) << result.error;
  return JsonDocument(std::move(result.output));
}

CommandResult DaemonProcess::check() const {
  return command({"status", "--check", "--control", control_path()});
}

CommandResult DaemonProcess::reload() const {
  return command({"reload", "--control", control_path()});
}

std::uint64_t DaemonProcess::memory(std::string_view name) const {
  const std::string status = read_file("/proc/" + std::to_string(pid()) + "/status");
  std::size_t at = status.find(name);
  if (at == std::string::npos) return 0;
  at = status.find_first_of("0123456789", at);
  std::uint64_t kib = 0;
  std::from_chars(status.data() + at, status.data() + status.size(), kib);
  return kib * 1024;
}

std::uint64_t DaemonProcess::resident_bytes() const {
  return memory("VmRSS:");
}

std::uint64_t DaemonProcess::peak_resident_bytes() const {
  return memory("VmHWM:");
}

}  // namespace pannier::doubles
