// Becomes the pannier that was built, with the descriptors from ACTIVATE_FIRST on handed over as a service
// manager does: from 3 on, named by ACTIVATE_NAMES (colons between), for this very process.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>

namespace {

void hand_over() {
  const char* names = std::getenv("ACTIVATE_NAMES");
  const char* first = std::getenv("ACTIVATE_FIRST");
  if (names == nullptr || first == nullptr) return;
  const std::string list = names;
  const auto count = static_cast<int>(std::count(list.begin(), list.end(), ':')) + 1;
  for (int index = 0; index < count; ++index) {
    ::dup2(std::atoi(first) + index, 3 + index);
    ::close(std::atoi(first) + index);
  }
  ::setenv("LISTEN_FDNAMES", names, 1);
  ::setenv("LISTEN_FDS", std::to_string(count).c_str(), 1);
  ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
}

}  // namespace

int main(int, char** arguments) {
  const char* named = std::getenv("PANNIER_BINARY");
  hand_over();
  ::execv(named == nullptr ? PANNIER_BINARY : named, arguments);
  return 127;
}
