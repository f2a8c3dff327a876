#include "process/endpoint_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace pannier::process {
namespace {

std::string named(const std::vector<EndpointRule>& rules, std::string_view path) {
  const EndpointRules compiled(rules);
  Arena arena;
  const auto found = compiled.find(path, arena);
  return found ? std::string(found->endpoint) : "";
}

TEST(EndpointRulesTest, TheFirstThatMatchesWins) {
  const std::vector<EndpointRule> rules{{"/users/me", "/me"}, {"/users/{id}", "/user"}, {"~ .*", "/rest"}};
  EXPECT_EQ(named(rules, "/users/me"), "/me");
  EXPECT_EQ(named(rules, "/users/7"), "/user");
  EXPECT_EQ(named(rules, "/users/7/orders"), "/rest");
}

TEST(EndpointRulesTest, ALiteralMatchesOnlyItself) {
  const std::vector<EndpointRule> rules{{"/a.b+(c)", "/x"}};
  EXPECT_EQ(named(rules, "/a.b+(c)"), "/x");
  for (const char* path : {"/aXb+(c)", "/a.b+(c)/", "/a.b", "", "/A.B+(C)"})
    EXPECT_EQ(named(rules, path), "") << path;
}

TEST(EndpointRulesTest, AParameterMatchesOneSegmentThatIsNotEmpty) {
  const std::vector<EndpointRule> rules{{"/users/{id}/orders.{kind}", "/x"}};
  EXPECT_EQ(named(rules, "/users/a%20é/orders.json"), "/x");
  for (const char* path : {"/users//orders.json", "/users/1/2/orders.json", "/users/1/ordersXjson",
                           "/users/1/orders.json/", "/v1/users/1/orders.json"})
    EXPECT_EQ(named(rules, path), "") << path;
}

TEST(EndpointRulesTest, AnExpressionIsAnchoredAtBothEnds) {
  const std::vector<EndpointRule> rules{{"~ /v[0-9]+/.*", "/versioned"}};
  EXPECT_EQ(named(rules, "/v12/anything/at/all"), "/versioned");
  EXPECT_EQ(named(rules, "/api/v1/x"), "");
  EXPECT_EQ(named({{"~ a|b", "/x"}}, "ac"), "");
}

TEST(EndpointRulesTest, TheNewNameIsTakenLiterallyButForItsCaptures) {
  EXPECT_EQ(named({{"/a", "/$1/<x>/:y"}}, "/a"), "/$1/<x>/:y");
  EXPECT_EQ(named({{"~/(a+)/(b)(c?)", "\\2/\\1/\\3<x>/:y\\\\"}}, "/aaa/b"), "b/aaa/<x>/:y\\");
  EXPECT_EQ(named({{"~ /v[0-9]+/status", "\\0"}}, "/v12/status"), "/v12/status");
}

TEST(EndpointRulesTest, ANameThatCapturesNothingIsTheRoot) {
  EXPECT_EQ(named({{"~ /a(.*)", "\\1"}}, "/a"), "/");
}

TEST(EndpointRulesTest, NoRulesMatchNothing) {
  EXPECT_EQ(named({}, "/"), "");
}

TEST(EndpointRulesTest, AFaultyRuleIsNamedAndMatchesNothing) {
  using testing::AllOf, testing::HasSubstr, testing::StartsWith;
  const auto message = [](const EndpointRule& rule) {
    EXPECT_EQ(named({rule}, rule.match), "");
    const auto faults = faults_in(rule);
    return faults.empty() ? "none" : faults.front().message;
  };
  EXPECT_THAT(message({"", "/x"}), StartsWith("match: "));
  EXPECT_THAT(message({"~", "/x"}), StartsWith("match: "));
  EXPECT_THAT(message({"~ /(a", "/x"}), AllOf(StartsWith("match: \"~ /(a\""), HasSubstr("missing")));
  EXPECT_THAT(message({"/a/{b", "/x"}), AllOf(StartsWith("match: "), HasSubstr("not closed")));
  EXPECT_THAT(message({"/a/{b/c}", "/x"}), HasSubstr("not closed"));
  EXPECT_THAT(message({"/a", ""}), StartsWith("as: "));
  EXPECT_THAT(message({"~ a\x1b(", "/x"}), testing::Not(HasSubstr("\x1b")));
  EXPECT_TRUE(faults_in({"/a", "/x"}).empty());
  EXPECT_TRUE(faults_in({"/a/{b}", "/x"}).empty());
}

TEST(EndpointRulesTest, AnExpressionThatWouldTakeTooMuchMemoryIsAFault) {
  EXPECT_FALSE(faults_in({"~ \\pL{900}", "/x"}).empty());
}

}  // namespace
}  // namespace pannier::process
