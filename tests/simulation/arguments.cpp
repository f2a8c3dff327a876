#include "simulation/arguments.h"

#include <charconv>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>

namespace pannier::simulation {
namespace {

constexpr std::uint64_t runs_of_a = 10'000, runs_of_b = 500;
constexpr std::uint64_t most_runs = 100'000'000;

Error wrong(std::string message) {
  return Error{ErrorCode::invalid, std::move(message)};
}

std::optional<std::uint64_t> number_in(const std::string& word) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return number;
}

std::optional<Tier> tier_in(const std::string& word) {
  if (word == "A") return Tier::model;
  if (word == "B") return Tier::sqlite;
  return std::nullopt;
}

// Options as they stand: each at most once, but for --seeds.
struct Words {
  std::map<std::string, std::string> values;
  std::vector<std::string> files;
  [[nodiscard]] bool has(const std::string& name) const { return values.contains(name); }
};

Result<Words> split(const std::vector<std::string>& words) {
  static const std::map<std::string, bool> options{
      {"--tier", true},  {"--seed", true}, {"--runs", true},      {"--least", true},
      {"--seeds", true}, {"--of", true},   {"--story", false},    {"--first", false},
      {"--help", false}, {"-h", false},    {"--must-fail", false}};
  Words out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto option = options.find(words[i]);
    if (option == options.end()) return wrong(words[i] + ": no such option; see --help");
    std::string value;
    if (option->second) {
      if (i + 1 == words.size() || words[i + 1].starts_with("--"))
        return wrong(words[i] + ": a value is missing behind it");
      value = words[++i];
    }
    if (option->first == "--seeds")
      out.files.push_back(value);
    else if (!out.values.emplace(option->first, value).second)
      return wrong(option->first + ": given twice");
  }
  return out;
}

Result<std::uint64_t> number_of(const Words& words, const std::string& name, std::uint64_t otherwise) {
  if (!words.has(name)) return otherwise;
  const auto number = number_in(words.values.at(name));
  if (!number) return wrong(name + ": \"" + words.values.at(name) + "\" is not a number");
  return *number;
}

// Lines of NAME TIER SEED, then words for people.
Result<void> read_file(const std::string& path, const std::string& of, std::vector<Seed>& out) {
  std::ifstream file(path);
  if (!file) return wrong("--seeds: can't read " + path);
  std::string line;
  for (std::size_t at = 1; std::getline(file, line); ++at) {
    if (line.empty() || line.front() == '#') continue;
    std::istringstream words(line);
    std::string name, tier, seed;
    words >> name >> tier >> seed;
    const auto kind = tier_in(tier);
    const auto number = number_in(seed);
    if (!kind || !number) return wrong(path + ":" + std::to_string(at) + ": write NAME, A or B, and a seed");
    if (of.empty() || of == name) out.push_back({*kind, *number});
  }
  if (out.empty()) return wrong(path + ": no seed" + (of.empty() ? "" : " of " + of) + " is kept there");
  return {};
}

Result<void> count_seeds(const Words& words, Arguments& arguments) {
  const std::string letter = words.has("--tier") ? words.values.at("--tier") : "A";
  const auto tier = tier_in(letter);
  if (!tier) return wrong("--tier: \"" + letter + "\" is none; write A (a model of the store) or B (SQLite)");
  const auto first = number_of(words, "--seed", 1);
  if (!first) return first.error();
  const std::uint64_t usual = *tier == Tier::model ? runs_of_a : runs_of_b;
  const auto runs = number_of(words, "--runs", words.has("--seed") ? 1 : usual);
  if (!runs) return runs.error();
  if (*runs == 0 || *runs > most_runs)
    return wrong("--runs: write 1 to " + std::to_string(most_runs) + ", not " + std::to_string(*runs));
  for (std::uint64_t i = 0; i < *runs; ++i) arguments.seeds.push_back({*tier, *first + i});
  return {};
}

Result<void> find_seeds(const Words& words, Arguments& arguments) {
  if (words.files.empty()) {
    if (words.has("--of")) return wrong("--of: only beside --seeds FILE");
    return count_seeds(words, arguments);
  }
  for (const char* other : {"--tier", "--seed", "--runs"})
    if (words.has(other)) return wrong(std::string(other) + ": not beside --seeds, whose file says it");
  for (const std::string& file : words.files)
    if (auto read = read_file(file, arguments.of, arguments.seeds); !read) return read.error();
  return {};
}

}  // namespace

Result<Arguments> read_arguments(const std::vector<std::string>& words) {
  const auto split_words = split(words);
  if (!split_words) return split_words.error();
  Arguments arguments;
  arguments.help = split_words->has("--help") || split_words->has("-h");
  arguments.story = split_words->has("--story");
  arguments.first = split_words->has("--first");
  arguments.must_fail = split_words->has("--must-fail");
  if (split_words->has("--of")) arguments.of = split_words->values.at("--of");
  const auto least = number_of(*split_words, "--least", 0);
  if (!least) return least.error();
  arguments.least = *least;
  if (auto found = find_seeds(*split_words, arguments); !found) return found.error();
  return arguments;
}

}  // namespace pannier::simulation
