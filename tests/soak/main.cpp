// soak [--minutes N | --seconds N] [--kills] [--daemon PATH] [--keep FOLDER] [--rate N] [--seed N]
// [--any-size] Ends with 0 where every promise was kept, 1 where one was broken or somebody interrupted, 2 on
// wrong usage.
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

#include "tests/soak/soak.h"

namespace {

std::atomic<bool> interrupted = false;

std::optional<pannier::soak::Options> read(int argc, char** argv) {
  pannier::soak::Options options;
  options.seed = std::random_device()();
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--kills" || word == "--any-size") {
      (word == "--kills" ? options.kills : options.any_size) = true;
      continue;
    }
    if (i + 1 == argc) return {};
    const char* const value = argv[++i];
    if (word == "--minutes")
      options.seconds = 60 * std::strtod(value, nullptr);
    else if (word == "--seconds")
      options.seconds = std::strtod(value, nullptr);
    else if (word == "--rate")
      options.a_second = std::strtod(value, nullptr);
    else if (word == "--seed")
      options.seed = std::strtoull(value, nullptr, 10);
    else if (word == "--daemon")
      options.daemon = value;
    else if (word == "--keep")
      options.keep = value;
    else
      return {};
  }
  if (options.seconds < 1 || options.a_second < 1) return {};
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  const auto options = read(argc, argv);
  if (!options) {
    std::fprintf(stderr,
                 "soak [--minutes N | --seconds N] [--kills] [--daemon PATH] [--keep FOLDER] [--rate N] "
                 "[--seed N] [--any-size]\n");
    return 2;
  }
  struct sigaction action{};
  action.sa_handler = [](int) { interrupted = true; };
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  pannier::soak::Soak soak(*options, interrupted);
  return soak.run() ? 0 : 1;
}
