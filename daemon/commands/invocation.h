// What every subcommand is handed: who calls it, with what, and where it writes. Users: commands only.
// Threads: one; a plain value. Output is for people and goes to `out`; errors go to `error`, begin with what
// failed and end with what to do.
#pragma once
#include <sys/types.h>

#include <ostream>
#include <string>
#include <string_view>

#include "base/error.h"
#include "config/load.h"

namespace pannier::daemon::commands {

enum ExitCode : int { done = 0, failed = 1, wrong_usage = 2 };

struct Invocation {
  std::ostream& out;
  std::ostream& error;
  bool out_is_terminal = false;
  bool error_is_terminal = false;
  config::Environment environment = {};
  uid_t uid = 0;             // effective
  std::string config = {};   // --config; empty: not given
  std::string control = {};  // --control; empty: not given
};

// What `run` starts from, so that validate and config see the same.
config::Request request_of(const Invocation& invocation);

// "pannier reload: <sentence>" to `error`; returns `code`.
int fail(const Invocation& invocation, std::string_view command, std::string_view sentence,
         int code = ExitCode::failed);
// The same; what is wrong with the configuration or the usage (`invalid`) is wrong_usage.
int fail(const Invocation& invocation, std::string_view command, const Error& error);

// All of them, then "2 mistakes; <consequence>"; returns wrong_usage.
int report(const Invocation& invocation, const config::Mistakes& mistakes, std::string_view consequence);

// "1 mistake", "2 mistakes".
std::string counted(std::uint64_t count, std::string_view one, std::string_view many);

}  // namespace pannier::daemon::commands
