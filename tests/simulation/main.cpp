// simulation [--tier A|B] [--seed N] [--runs N] [--least N] [--story]: runs seeds N … N+runs-1 on all
// processors; ends with 1 if a promise was broken, or if a fault, verdict or command was hit less than
// `least` times.
#include <atomic>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "simulation/vfs.h"
#include "simulation/world.h"

using namespace pannier::simulation;

namespace {

struct Arguments {
  std::uint64_t seed = 1, runs = 10'000, least = 0;
  Tier tier = Tier::model;
  bool story = false, is_valid = true;
};

Arguments parse(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto number = [&] { return i + 1 < argc ? std::strtoull(argv[++i], nullptr, 10) : 0; };
    if (word == "--seed") arguments.seed = number();
    if (word == "--runs") arguments.runs = number();
    if (word == "--least") arguments.least = number();
    if (word == "--tier") {
      const std::string tier = i + 1 < argc ? argv[++i] : "";
      arguments.tier = tier == "B" ? Tier::sqlite : Tier::model;
      arguments.is_valid = tier == "A" || tier == "B";
    }
    if (word == "--story") arguments.story = true;
  }
  return arguments;
}

struct Result {
  std::mutex mutex;
  Hits hits;
  std::vector<std::string> complaints;
};

void run_all(const Arguments& arguments, std::atomic<std::uint64_t>& next, Result& result) {
  constexpr std::size_t most_complaints = 20;
  Hits hits;
  std::vector<std::string> complaints;
  for (std::uint64_t i = next++; i < arguments.runs && complaints.size() < most_complaints; i = next++) {
    World world(arguments.seed + i, arguments.tier, hits, arguments.story);
    for (std::string& complaint : world.run()) complaints.push_back(std::move(complaint));
  }
  const std::lock_guard lock(result.mutex);
  result.hits.add(hits);
  result.complaints.insert(result.complaints.end(), complaints.begin(), complaints.end());
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments = parse(argc, argv);
  if (!arguments.is_valid) {
    std::fprintf(stderr, "--tier: write A (a model of the store) or B (SQLite)\n");
    return 2;
  }
  if (arguments.tier == Tier::sqlite) use_memory_files();
  std::atomic<std::uint64_t> next{0};
  Result result;
  std::vector<std::thread> threads;
  const unsigned wanted = arguments.story ? 1 : std::max(1U, std::thread::hardware_concurrency());
  for (unsigned i = 0; i < wanted; ++i) threads.emplace_back([&] { run_all(arguments, next, result); });
  for (std::thread& thread : threads) thread.join();
  std::printf("%llu runs from seed %llu\n", static_cast<unsigned long long>(arguments.runs),
              static_cast<unsigned long long>(arguments.seed));
  const bool enough = result.hits.print(arguments.least, arguments.tier == Tier::sqlite);
  for (const std::string& complaint : result.complaints) std::printf("%s\n", complaint.c_str());
  std::printf("%s\n", result.complaints.empty() && enough ? "every promise held" : "FAILED");
  return result.complaints.empty() && enough ? 0 : 1;
}
