// The built daemon, run as a user would: in a folder of its own, with no environment but what is given.
// Users: end-to-end tests. Threads: not safe; the daemon dies with the thread that started it.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tests/doubles/http_asking.h"
#include "tests/doubles/json_document.h"
#include "tests/doubles/process.h"
#include "tests/doubles/temporary_folder.h"

namespace pannier::doubles {

struct DaemonOptions {
  // The file's text, in which @folder@, @udp@ and @tcp@ become the daemon's folder and free ports. Its
  // sockets are expected where stream_path() and its neighbours say. Empty: no file, and the paths are given
  // by PANNIER__ variables.
  std::string config;
  Environment environment = {};
  bool has_sockets = true;            // false: start() does not look for the Unix sockets
  std::filesystem::path binary = {};  // empty: $PANNIER_BINARY, else the one of this build
};

// The settings that put all sockets and files into the daemon's folder: the beginning of most configurations.
extern const char* const usual_receive;  // receive: … with all three sockets
extern const char* const usual_control;  // control: …, spool: …

class DaemonProcess {
 public:
  explicit DaemonProcess(DaemonOptions options);
  // Fails the test if the daemon still runs and can't be ended by SIGTERM with exit code 0, or if a process
  // of its group is left.
  ~DaemonProcess();
  DaemonProcess(const DaemonProcess&) = delete;
  DaemonProcess& operator=(const DaemonProcess&) = delete;

  // Starts it and waits until its sockets are there and `pannier health` ends with 0. False, with what it
  // said in the test's failure, if it ended instead. May be called again after its end: the folder stays.
  [[nodiscard]] bool start(Deadline deadline = std::chrono::seconds(30));
  void launch();  // starts it and waits for nothing
  std::optional<int> wait_for_end(Deadline deadline = std::chrono::seconds(30));
  // SIGTERM; its exit code, or a failed test and SIGKILL at the deadline.
  int terminate(Deadline deadline = std::chrono::seconds(30));
  void kill9();
  void signal(int number) const { child_.signal(number); }
  [[nodiscard]] bool running() { return child_.running(); }
  [[nodiscard]] pid_t pid() const { return child_.pid(); }

  // Subcommands of the same binary, by the control socket where they talk to the daemon.
  CommandResult command(std::vector<std::string> arguments, std::string_view input = {}) const;
  [[nodiscard]] JsonDocument status_json() const;
  [[nodiscard]] CommandResult check() const;   // status --check
  [[nodiscard]] CommandResult reload() const;  // after rewriting the file, or not
  void write_config(const std::string& config);

  [[nodiscard]] std::filesystem::path folder() const { return folder_.path(); }
  [[nodiscard]] std::string stream_path() const { return folder_ / "pannier.sock"; }
  [[nodiscard]] std::string datagram_path() const { return folder_ / "pannier.dgram"; }
  [[nodiscard]] std::string control_path() const { return folder_ / "control/control.sock"; }
  [[nodiscard]] std::string spool_path() const { return folder_ / "spool.db"; }
  [[nodiscard]] std::string config_path() const { return folder_ / "pannier.yaml"; }
  [[nodiscard]] std::uint16_t udp_port() const { return udp_port_; }
  [[nodiscard]] std::uint16_t tcp_port() const { return tcp_port_.number(); }
  [[nodiscard]] std::string output() const { return read_file(folder_ / "stdout"); }
  [[nodiscard]] std::string log() const { return read_file(folder_ / "stderr"); }  // of all its runs

  [[nodiscard]] std::uint64_t resident_bytes() const;       // VmRSS
  [[nodiscard]] std::uint64_t peak_resident_bytes() const;  // VmHWM

 private:
  [[nodiscard]] bool is_ready() const;
  [[nodiscard]] std::string filled_in(std::string text) const;
  [[nodiscard]] std::uint64_t memory(std::string_view name) const;
  void expect_nobody_left() const;

  DaemonOptions options_;
  TemporaryFolder folder_;
  std::uint16_t udp_port_;
  ReservedPort tcp_port_;
  Child child_;
};

}  // namespace pannier::doubles
