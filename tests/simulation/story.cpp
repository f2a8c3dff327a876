#include "simulation/story.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <vector>

namespace pannier::simulation {
namespace {

// Of the ranges of a batch, beyond which a reader is not helped by more.
constexpr std::size_t most_ranges = 12;

std::vector<std::string> ranges_of(std::span<const std::uint64_t> sorted) {
  std::vector<std::string> ranges;
  for (std::size_t first = 0; first < sorted.size();) {
    std::size_t last = first;
    while (last + 1 < sorted.size() && sorted[last + 1] == sorted[last] + 1) ++last;
    ranges.push_back(std::to_string(sorted[first]) +
                     (last == first ? "" : "-" + std::to_string(sorted[last])));
    first = last + 1;
  }
  return ranges;
}

}  // namespace

void Story::add(Duration since_begin, const std::string& step) {
  const double seconds = std::chrono::duration<double>(since_begin).count();
  std::array<char, 32> time{};
  std::snprintf(time.data(), time.size(), "%10.3f s  ", seconds);
  if (most_ == 0) {
    std::printf("%s%s\n", time.data(), step.c_str());
    return;
  }
  steps_.push_back(time.data() + step);
  if (steps_.size() <= most_) return;
  steps_.pop_front();
  ++left_out_;
}

void Story::print() const {
  if (left_out_ != 0)
    std::printf("  (the first %llu steps are left out; --story prints all)\n",
                static_cast<unsigned long long>(left_out_));
  for (const std::string& step : steps_) std::printf("%s\n", step.c_str());
}

std::string named(std::span<const std::uint64_t> records) {
  if (records.empty()) return "no records";
  std::vector<std::uint64_t> sorted(records.begin(), records.end());
  std::ranges::sort(sorted);
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  const std::vector<std::string> ranges = ranges_of(sorted);
  std::string text = sorted.size() == 1 ? "record " : "records ";
  for (std::size_t i = 0; i < ranges.size() && i < most_ranges; ++i)
    text.append(i == 0 ? "" : ", ").append(ranges[i]);
  if (ranges.size() > most_ranges) text += " … (" + std::to_string(sorted.size()) + " of them)";
  return text;
}

std::string counted(std::uint64_t count, const char* of_what) {
  return std::to_string(count) + " " + of_what + (count == 1 ? "" : "s");
}

}  // namespace pannier::simulation
