// Programs run by tests: with exactly the environment that is given, with an end.
// Threads: a Child belongs to one thread; it is killed when the thread that started it ends.
#pragma once
#include <sys/types.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/doubles/wait.h"

namespace pannier::doubles {

using Environment = std::map<std::string, std::string>;

struct Program {
  std::vector<std::string> arguments;  // the first is the program, looked up in this process's PATH
  Environment environment;       // all that it gets, and PATH and the sanitizers' options of this process
  std::filesystem::path folder;  // where it starts; empty: here
};

// A program that runs beside the test, in a process group of its own; killed with its group when it goes.
class Child {
 public:
  Child() = default;
  // Descriptors for standard input, output and error; -1: /dev/null. They stay the caller's.
  Child(const Program& program, int input, int output, int error);  // throws where it cannot be started
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] bool running();
  void signal(int number) const;
  // Its exit code, or minus the signal that ended it; nothing while it still runs at the deadline.
  std::optional<int> wait(Deadline deadline);
  void kill();  // SIGKILL to the whole group, and waits

 private:
  void collect(int status);
  pid_t pid_ = 0;
  std::optional<int> exit_code_;
};

struct CommandResult {
  int exit_code = -1;      // minus the signal that ended it
  bool timed_out = false;  // it was killed at the deadline
  std::string output, error;
};

// Runs a program to its end with `input` as its standard input (a file, so it may seek).
CommandResult run_command(const Program& program, std::string_view input = {},
                          Deadline deadline = std::chrono::seconds(30));

}  // namespace pannier::doubles
