// The subcommands, one .cpp each; command_line.h calls them with parsed arguments. Each returns the exit
// code. Threads: the main thread; run starts its own.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "daemon/commands/invocation.h"

namespace pannier::daemon::commands {

struct ValidateOptions {
  std::string file;  // empty: --config, else where run looks
};
struct ConfigOptions {
  bool json = false;
};
struct StatusOptions {
  bool check = false;
  bool json = false;
};
struct SendOptions {
  std::string file = "-";  // "-": standard input
  std::string socket;      // --socket; empty: not given
  std::string service;     // --service, for records that name none
};

struct DeadLettersOptions {
  std::vector<std::int64_t> ids;
  std::string lane, reason, older_than;
  std::size_t limit = 100;
  bool all = false, json = false;
};

struct TestOptions {
  std::string file;  // "-": standard input
  bool json = false;
};
struct ExplainOptions {
  std::string file = "-";            // "-": standard input
  std::string from = "unix_stream";  // the listener that the lines come to
  bool json = false;
};

int run_daemon(const Invocation& invocation);
int validate(const Invocation& invocation, const ValidateOptions& options);
int show_config(const Invocation& invocation, const ConfigOptions& options);
int show_status(const Invocation& invocation, const StatusOptions& options);
int show_health(const Invocation& invocation);
int reload(const Invocation& invocation);
int send(const Invocation& invocation, const SendOptions& options);
int list_dead_letters(const Invocation& invocation, const DeadLettersOptions& options);
int show_dead_letters(const Invocation& invocation, const DeadLettersOptions& options);
int test(const Invocation& invocation, const TestOptions& options);
int explain(const Invocation& invocation, const ExplainOptions& options);
int replay_dead_letters(const Invocation& invocation, const DeadLettersOptions& options);
int purge_dead_letters(const Invocation& invocation, const DeadLettersOptions& options);
int show_version(const Invocation& invocation);

}  // namespace pannier::daemon::commands
