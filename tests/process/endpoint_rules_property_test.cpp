// The fast way through the rules against the slow one: each rule as one RE2 expression, asked in order.
#include <gtest/gtest.h>
#include <re2/re2.h>

#include <array>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/text.h"
#include "process/endpoint_rules.h"
#include "process/text_pattern.h"

namespace pannier::process {
namespace {

std::string quoted(std::string_view text) {
  return re2::RE2::QuoteMeta(re2::StringPiece(text.data(), text.size()));
}

std::string expression_of(std::string_view match) {
  if (is_expression(match)) return std::string(expression_in(match));
  std::string out;
  for (std::size_t open = 0; (open = match.find('{')) != std::string_view::npos;) {
    out += quoted(match.substr(0, open)) + "[^/]+";
    match.remove_prefix(match.find('}') + 1);
  }
  return out + quoted(match);
}

class Naive {
 public:
  explicit Naive(const std::vector<EndpointRule>& rules) {
    for (const EndpointRule& rule : rules) {
      const bool is_sound = faults_in(rule).empty();
      expressions_.push_back(is_sound ? std::make_unique<re2::RE2>(expression_of(rule.match)) : nullptr);
    }
  }
  [[nodiscard]] std::optional<std::size_t> first_match(const std::string& path) const {
    for (std::size_t i = 0; i < expressions_.size(); ++i)
      if (expressions_[i] && re2::RE2::FullMatch(path, *expressions_[i])) return i;
    return std::nullopt;
  }

 private:
  std::vector<std::unique_ptr<re2::RE2>> expressions_;
};

constexpr std::array<std::string_view, 14> path_pieces{"/", "/", "/", "users", "orders", "a",  "b",
                                                       "7", "é", ".", "ab",    "-",      "v1", "\n"};
constexpr std::array<std::string_view, 9> match_pieces{"/", "/", "/{id}", "{x}", "users", "a", "b", ".", "é"};
constexpr std::array<std::string_view, 17> expression_pieces{
    "/",  "/", "/users/", "(a|b)", "[^/]+", ".*", "(a+)",   "(.*)",    "[0-9]",
    "b?", "é", "\\.",     "/?",    "/*",    "|",  "/{0,1}", "/orders/"};

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : random_(seed) {}

  std::vector<EndpointRule> rules() {
    std::vector<EndpointRule> rules(random_.below(12));
    for (EndpointRule& rule : rules) {
      rule.match = random_.below(3) == 0 ? "~ " + some(expression_pieces, 6) : some(match_pieces, 6);
      rule.as = random_.below(2) == 0 ? "/fixed" : "/\\0-\\1";
    }
    return rules;
  }
  std::string path() { return some(path_pieces, 7); }

 private:
  template <std::size_t N>
  std::string some(const std::array<std::string_view, N>& pieces, std::uint64_t most) {
    std::string text;
    for (std::uint64_t left = random_.below(most) + 1; left > 0; --left) text += pieces.at(random_.below(N));
    return text;
  }
  Random random_;
};

TEST(EndpointRulesPropertyTest, TheFirstMatchIsThatOfAskingEachInTurn) {
  std::size_t matched = 0;
  for (std::uint64_t seed = 0; seed < 2'000; ++seed) {
    Draw draw(seed);
    std::vector<EndpointRule> rules = draw.rules();
    for (EndpointRule& rule : rules)
      if (!faults_in(rule).empty()) rule.as = "/fixed";
    const EndpointRules fast(rules);
    const Naive naive(rules);
    Arena arena;
    for (int i = 0; i < 30; ++i) {
      const std::string path = draw.path();
      const auto found = fast.find(path, arena);
      const auto expected = naive.first_match(path);
      ASSERT_EQ(found.has_value(), expected.has_value()) << "seed " << seed << " " << path;
      if (!found) continue;
      ++matched;
      ASSERT_EQ(found->rule, *expected) << "seed " << seed << " " << path;
      ASSERT_FALSE(found->endpoint.empty());
      ASSERT_TRUE(text::is_utf8(found->endpoint)) << path;
    }
  }
  EXPECT_GT(matched, 5'000U);
}

TEST(EndpointRulesPropertyTest, ExpressionsThatFindNoRoomTogetherAreAskedOneByOne) {
  std::vector<EndpointRule> rules;
  for (int i = 0; i < 100; ++i)
    rules.push_back({"~ /" + std::to_string(i) + "(?:[a-z0-9]{1,200}[g-x]){1,4}", "/" + std::to_string(i)});
  ASSERT_TRUE(fault_in(rules).has_value());
  const EndpointRules fast(rules);
  const Naive naive(rules);
  Arena arena;
  for (const std::string path : {"/99abcg", "/0xx", "/7abcgxyzx", "/100a", "/5"}) {
    const auto found = fast.find(path, arena);
    ASSERT_EQ(found ? std::optional(found->rule) : std::nullopt, naive.first_match(path)) << path;
  }
}

// Minutes, or for ever, in an engine that goes back.
TEST(EndpointRulesPropertyTest, NoExpressionExplodesOnAPathOf64KiB) {
  const std::string path = "/" + std::string(64U << 10U, 'a') + "!";
  const std::vector<EndpointRule> rules{{"~ /(a+)+$", "/1"},       {"~ /(a|a)*$", "/2"},
                                        {"~ /(a|aa)+$", "/3"},     {"~ /(.*a){12}$", "/4"},
                                        {"~ /((a?){20})*b", "/5"}, {"~ (/.*)!", "\\1"}};
  const EndpointRules together(rules);
  Arena arena;
  const std::clock_t begin = std::clock();
  const auto found = together.find(path, arena);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->rule, 5U);
  EXPECT_EQ(found->endpoint.size(), path.size() - 1);
  for (std::size_t i = 0; i < rules.size(); ++i)
    EXPECT_EQ(EndpointRules({&rules[i], 1}).find(path, arena).has_value(), i == 5) << i;
  EXPECT_LT(static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC, 5);
}

TEST(EndpointRulesPropertyTest, AManyTimesRepeatedSegmentIsWalkedOnce) {
  std::vector<EndpointRule> rules;
  for (int i = 0; i < 200; ++i) {
    std::string match;
    for (int segment = 0; segment < 20; ++segment) match += (i >> (segment % 8) & 1) != 0 ? "/{x}" : "/a";
    rules.push_back({match + "/" + std::to_string(i), "/x"});
  }
  std::string path;
  for (int segment = 0; segment < 20; ++segment) path += "/a";
  const EndpointRules fast(rules);
  Arena arena;
  const std::clock_t begin = std::clock();
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(fast.find(path + "/none", arena));
  EXPECT_LT(static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC, 2);
}

}  // namespace
}  // namespace pannier::process
