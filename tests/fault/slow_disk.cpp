// Preloaded into a daemon: each fsync takes as long as SLOW_DISK_MS says.
#include <dlfcn.h>
#include <time.h>  // NOLINT: nanosleep

#include <cstdlib>

namespace {

long asked_for() {
  const char* text = std::getenv("SLOW_DISK_MS");
  return text == nullptr ? 0 : std::strtol(text, nullptr, 10);
}

// At once: the daemon wipes its environment.
const long milliseconds = asked_for();

void wait() {
  const timespec time{milliseconds / 1000, milliseconds % 1000 * 1'000'000};
  ::nanosleep(&time, nullptr);
}

int next(const char* name, int file) {
  wait();
  using Sync = int (*)(int);
  return reinterpret_cast<Sync>(::dlsym(RTLD_NEXT, name))(file);
}

}  // namespace

extern "C" int fsync(int file) {
  return next("fsync", file);
}
extern "C" int fdatasync(int file) {
  return next("fdatasync", file);
}
