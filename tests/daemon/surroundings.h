// An Invocation whose output can be read, in a folder of its own. Threads: one.
#pragma once
#include <gtest/gtest.h>

#include <sstream>

#include "daemon/commands/command_line.h"
#include "tests/doubles/temporary_folder.h"

namespace pannier::daemon::commands {

class CommandTest : public testing::Test {
 protected:
  // Runs "pannier <arguments>" and returns the exit code; output() and error() are this run's.
  int pannier(std::vector<std::string> arguments) {
    out_.str("");
    error_.str("");
    arguments.insert(arguments.begin(), "pannier");
    std::vector<const char*> raw;
    raw.reserve(arguments.size());
    for (const std::string& argument : arguments) raw.push_back(argument.c_str());
    Invocation fresh = invocation();
    return run_command_line(static_cast<int>(raw.size()), raw.data(), fresh);
  }
  Invocation invocation() {
    Invocation fresh{.out = out_, .error = error_};
    fresh.environment = config::Environment(variables_);
    fresh.uid = 1000;
    return fresh;
  }
  std::string write(std::string_view name, std::string_view text) {
    doubles::write_file(folder_ / name, text);
    return folder_ / name;
  }
  [[nodiscard]] std::string output() const { return out_.str(); }
  [[nodiscard]] std::string error() const { return error_.str(); }

  doubles::TemporaryFolder folder_;
  config::Environment::Variables variables_;

 private:
  std::ostringstream out_, error_;
};

}  // namespace pannier::daemon::commands
