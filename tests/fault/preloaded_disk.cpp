// Preloaded into a daemon: each fsync takes as long as SLOW_DISK_MS says, and while the file that
// FAILING_DISK names exists the spool's files fail. What it holds: an error's number, and what fails, of
// r(ead) w(rite) s(ync) o(pen), as "5 rws".
#include <dlfcn.h>
#include <fcntl.h>
#include <time.h>  // NOLINT: nanosleep
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

std::string asked_for(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? "" : text;
}

// At once: the daemon wipes its environment.
const long milliseconds = std::strtol(asked_for("SLOW_DISK_MS").c_str(), nullptr, 10);
const std::string trigger = asked_for("FAILING_DISK");

template <typename Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

void wait() {
  if (milliseconds == 0) return;
  const timespec time{milliseconds / 1000, milliseconds % 1000 * 1'000'000};
  ::nanosleep(&time, nullptr);
}

bool is_spools(const char* path) {
  return std::strstr(path, "spool.db") != nullptr;
}

bool is_spools(int file) {
  std::array<char, 64> link{};
  std::array<char, 4096> path{};
  std::snprintf(link.data(), link.size(), "/proc/self/fd/%d", file);
  return ::readlink(link.data(), path.data(), path.size() - 1) > 0 && is_spools(path.data());
}

// Sets errno where it does.
template <typename File>
bool fails(char what, File file) {
  if (trigger.empty() || ::access(trigger.c_str(), F_OK) != 0 || !is_spools(file)) return false;
  FILE* told = std::fopen(trigger.c_str(), "re");
  if (told == nullptr) return false;
  int number = 0;
  std::array<char, 8> kinds{};
  const bool is_told = std::fscanf(told, "%d %7s", &number, kinds.data()) == 2;
  (void)std::fclose(told);
  if (!is_told || std::strchr(kinds.data(), what) == nullptr) return false;
  errno = number;
  return true;
}

}  // namespace

extern "C" int fsync(int file) {
  wait();
  return fails('s', file) ? -1 : next<int(int)>("fsync")(file);
}
extern "C" int fdatasync(int file) {
  wait();
  return fails('s', file) ? -1 : next<int(int)>("fdatasync")(file);
}
extern "C" ssize_t pread(int file, void* bytes, size_t size, off_t at) {
  return fails('r', file) ? -1 : next<ssize_t(int, void*, size_t, off_t)>("pread")(file, bytes, size, at);
}
extern "C" ssize_t pwrite(int file, const void* bytes, size_t size, off_t at) {
  return fails('w', file) ? -1
                          : next<ssize_t(int, const void*, size_t, off_t)>("pwrite")(file, bytes, size, at);
}
extern "C" int ftruncate(int file, off_t size) {
  return fails('w', file) ? -1 : next<int(int, off_t)>("ftruncate")(file, size);
}
extern "C" int open(const char* path, int how, ...) {
  va_list more;
  va_start(more, how);
  const unsigned mode = (how & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, unsigned) : 0;
  va_end(more);
  return fails('o', path) ? -1 : next<int(const char*, int, unsigned)>("open")(path, how, mode);
}

// SQLite's names for them.
extern "C" ssize_t pread64(int file, void* bytes, size_t size, off64_t at) {
  return pread(file, bytes, size, at);
}
extern "C" ssize_t pwrite64(int file, const void* bytes, size_t size, off64_t at) {
  return pwrite(file, bytes, size, at);
}
extern "C" int ftruncate64(int file, off64_t size) {
  return ftruncate(file, size);
}
extern "C" int open64(const char* path, int how, ...) {
  va_list more;
  va_start(more, how);
  const unsigned mode = (how & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, unsigned) : 0;
  va_end(more);
  return open(path, how, mode);
}
