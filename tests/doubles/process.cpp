#include "tests/doubles/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <system_error>
#include <utility>

namespace pannier::doubles {

namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

std::vector<std::string> environment_lines(Environment environment) {
  for (const char* inherited :
       {"PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS", "ASAN_SYMBOLIZER_PATH"}) {
    if (const char* value = std::getenv(inherited)) environment.try_emplace(inherited, value);
  }
  std::vector<std::string> lines;
  for (const auto& [name, value] : environment) lines.push_back(name + "=" + value);
  return lines;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

struct Prepared {  // all that the child needs, made before the fork
  std::vector<char*> arguments, environment;
  const char* folder;
  std::array<int, 3> descriptors;
};

// Only what POSIX allows between fork and exec of a process with threads.
[[noreturn]] void become(const Prepared& prepared, pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  if (prepared.folder != nullptr && ::chdir(prepared.folder) != 0) ::_exit(127);
  for (int target = 0; target < 3; ++target) {
    const int source = prepared.descriptors[static_cast<std::size_t>(target)];
    if (::dup2(source, target) < 0) ::_exit(127);
  }
  ::execvpe(prepared.arguments.front(), prepared.arguments.data(), prepared.environment.data());
  ::_exit(127);
}

struct File {  // a descriptor that closes itself
  explicit File(int descriptor) : number(descriptor) {
    if (number < 0) fail("cannot open a file for a program");
  }
  ~File() { ::close(number); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int number;
};

std::string content(const File& file) {
  std::string text(static_cast<std::size_t>(::lseek(file.number, 0, SEEK_END)), '\0');
  if (::pread(file.number, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) fail("pread");
  return text;
}

void fill(const File& file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file.number, text.data(), text.size());
    if (written <= 0) fail("write");
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  ::lseek(file.number, 0, SEEK_SET);
}

}  // namespace

Child::Child(const Program& program, int input, int output, int error) {
  const File nowhere(::open("/dev/null", O_RDWR | O_CLOEXEC));
  std::vector<std::string> arguments = program.arguments;
  std::vector<std::string> environment = environment_lines(program.environment);
  const Prepared prepared{pointers(arguments),
                          pointers(environment),
                          program.folder.empty() ? nullptr : program.folder.c_str(),
                          {input < 0 ? nowhere.number : input, output < 0 ? nowhere.number : output,
                           error < 0 ? nowhere.number : error}};
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) fail("fork");
  if (pid_ == 0) become(prepared, parent);
  ::setpgid(pid_, pid_);  // in both processes: whichever comes first
}

Child::~Child() {
  kill();
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)), exit_code_(std::exchange(other.exit_code_, {})) {}

Child& Child::operator=(Child&& other) noexcept {
  if (this == &other) return *this;
  kill();
  pid_ = std::exchange(other.pid_, 0);
  exit_code_ = std::exchange(other.exit_code_, {});
  return *this;
}

void Child::collect(int status) {
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

bool Child::running() {
  return pid_ != 0 && !wait(Deadline(0));
}

void Child::signal(int number) const {
  if (pid_ != 0 && !exit_code_) ::kill(pid_, number);
}

std::optional<int> Child::wait(Deadline deadline) {
  if (pid_ == 0 || exit_code_) return exit_code_;
  if (deadline.count() > 0) {
    const File process(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    pollfd ended{process.number, POLLIN, 0};
    const auto end = std::chrono::steady_clock::now() + deadline;
    const auto left = [&] {
      const auto rest = std::chrono::ceil<Deadline>(end - std::chrono::steady_clock::now());
      return static_cast<int>(std::max(Deadline(0), rest).count());
    };
    while (::poll(&ended, 1, left()) < 0 && errno == EINTR) continue;
  }
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) == pid_) collect(status);
  return exit_code_;
}

void Child::kill() {
  if (pid_ == 0) return;
  ::kill(-pid_, SIGKILL);
  int status = 0;
  if (!exit_code_ && ::waitpid(pid_, &status, 0) == pid_) collect(status);
}

CommandResult run_command(const Program& program, std::string_view input, Deadline deadline) {
  const File in(::memfd_create("input", MFD_CLOEXEC));
  const File out(::memfd_create("output", MFD_CLOEXEC));
  const File err(::memfd_create("error", MFD_CLOEXEC));
  fill(in, input);
  Child child(program, in.number, out.number, err.number);
  CommandResult result;
  result.timed_out = !child.wait(deadline);
  child.kill();
  result.exit_code = child.wait(Deadline(0)).value_or(-1);
  result.output = content(out);
  result.error = content(err);
  return result;
}

}  // namespace pannier::doubles
