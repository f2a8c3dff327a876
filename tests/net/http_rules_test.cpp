#include "net/http_rules.h"

#include <gtest/gtest.h>

namespace pannier::net {
namespace {

using Headers = std::vector<std::pair<std::string_view, std::string_view>>;

const HttpRules rules{.hosts = {"metrics.example.com"},
                      .origins = {"https://app.example.com"},
                      .media_type = "application/json",
                      .own_via = "0123456789abcdef"};

// 0: it is heard.
int status(const HttpHead& head, const HttpRules& by = rules) {
  const auto refused = refusal(head, by);
  return refused ? refused->status : 0;
}

int with_host(std::string_view host) {
  return status({"GET", "/metrics", {{"Host", host}}});
}

int with(std::string_view name, std::string_view value) {
  return status({"GET", "/metrics", {{"Host", "localhost"}, {name, value}}});
}

int post(const Headers& headers) {
  Headers all{{"Host", "localhost"}};
  all.insert(all.end(), headers.begin(), headers.end());
  return status({"POST", "/x", all});
}

TEST(HttpRulesTest, HearAddressesLocalhostAndListedNamesWithAndWithoutPort) {
  for (const std::string_view host :
       {"127.0.0.1", "127.0.0.1:6259", "[::1]", "[::1]:6259", "192.0.2.7:80", "localhost", "LocalHost:6259",
        "metrics.example.com", "Metrics.Example.Com:9", " 127.0.0.1 "})
    EXPECT_EQ(with_host(host), 0) << host;
}

TEST(HttpRulesTest, SendAwayEveryOtherNameAsAReboundPageWouldSend) {
  for (const std::string_view host : {"evil.example",
                                      "evil.example:6259",
                                      "127.0.0.1.evil.example",
                                      "localhost.evil.example",
                                      "localhost.",
                                      "metrics.example.com.evil",
                                      "xmetrics.example.com",
                                      "",
                                      ":6259",
                                      "127.0.0.1:",
                                      "127.0.0.1:1:2",
                                      "127.0.0.1:80x",
                                      "127.0.0.1:999999",
                                      "127.1",
                                      "0x7f.1",
                                      "2130706433",
                                      "::1",
                                      "[::1",
                                      "::1]",
                                      "[127.0.0.1]",
                                      "[fe80::1%eth0]",
                                      "a@127.0.0.1",
                                      "127.0.0.1/x",
                                      "[]",
                                      "[]:1",
                                      "127.0.0.1, localhost"})
    EXPECT_EQ(with_host(host), 421) << host;
}

TEST(HttpRulesTest, WantExactlyOneHost) {
  EXPECT_EQ(status({"GET", "/", {}}), 421);
  EXPECT_EQ(status({"GET", "/", {{"Host", "localhost"}, {"host", "localhost"}}}), 421);
  EXPECT_EQ(status({"GET", "/", {{"HOST", "localhost"}}}), 0);
}

TEST(HttpRulesTest, SendAwayEveryOriginThatIsNotListed) {
  EXPECT_EQ(with("Origin", "https://app.example.com"), 0);
  EXPECT_EQ(with("origin", "HTTPS://App.Example.Com"), 0);
  for (const std::string_view origin :
       {"http://evil.example", "null", "", "https://app.example.com.evil", "http://app.example.com",
        "https://app.example.com:444", "http://127.0.0.1:6259", "https://app.example.com https://evil"})
    EXPECT_EQ(with("Origin", origin), 403) << origin;
  EXPECT_EQ(status({"GET",
                    "/",
                    {{"Host", "localhost"}, {"Origin", "https://app.example.com"}, {"Origin", "http://e"}}}),
            403);
}

TEST(HttpRulesTest, WantTheMediaTypeOfAPostWhateverItsParameters) {
  for (const std::string_view type :
       {"application/json", "Application/JSON", "application/json; charset=utf-8", "application/json ;x"})
    EXPECT_EQ(post({{"Content-Type", type}}), 0) << type;
  for (const std::string_view type :
       {"text/plain", "application/x-www-form-urlencoded", "", "application/jsonx",
        "text/plain; application/json", "application/json, text/plain"})
    EXPECT_EQ(post({{"Content-Type", type}}), 415) << type;
  EXPECT_EQ(post({}), 415);
  EXPECT_EQ(post({{"Content-Type", "application/json"}, {"Content-Type", "text/plain"}}), 415);
  HttpRules any = rules;
  any.media_type.clear();
  EXPECT_EQ(status({"POST", "/", {{"Host", "localhost"}}}, any), 0) << "its path decides";
}

TEST(HttpRulesTest, RefuseABodyWithTwoEnds) {
  EXPECT_EQ(
      post({{"Content-Type", "application/json"}, {"Content-Length", "3"}, {"Transfer-Encoding", "chunked"}}),
      400);
}

TEST(HttpRulesTest, RefuseATargetThatIsNoPath) {
  for (const std::string_view target : {"http://evil.example/metrics", "*", "metrics", ""})
    EXPECT_EQ(status({"GET", target, {{"Host", "localhost"}}}), 400) << target;
}

TEST(HttpRulesTest, KnowTheirOwnRequestsComingRound) {
  EXPECT_EQ(with("X-Pannier-Via", "0123456789abcdef"), 508);
  EXPECT_EQ(with("x-pannier-via", "another, 0123456789abcdef"), 508);
  EXPECT_EQ(with("X-Pannier-Via", "another"), 0);
  EXPECT_EQ(with("X-Pannier-Via", "0123456789abcdef0"), 0);
  EXPECT_EQ(with("X-Pannier-Via", ""), 0);
  EXPECT_EQ(status({"GET", "/", {{"Host", "localhost"}, {"X-Pannier-Via", ""}}}, {}), 0);
}

TEST(HttpRulesTest, RepeatNothingThatCame) {
  const auto refused = refusal({"GET", "/", {{"Host", "evil\x1b[31m.example"}}}, rules);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->body.find("evil"), std::string::npos);
}

TEST(HttpRulesTest, LookAtThePathWithoutItsQuery) {
  EXPECT_EQ(path_of("/metrics?name[]=x"), "/metrics");
  EXPECT_EQ(path_of("/metrics"), "/metrics");
  EXPECT_EQ(path_of("?"), "");
}

}  // namespace
}  // namespace pannier::net
