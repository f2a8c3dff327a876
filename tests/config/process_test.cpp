// The settings below process: endpoint rules, drop rules, proxies, the guard, the context.
#include <string>
#include <utility>
#include <vector>

#include "config/listing.h"
#include "tests/config/fixture.h"

namespace pannier::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

using ProcessSettingsTest = ConfigTest;

std::string in_process(const std::string& settings) {
  return "process: { " + settings + " }";
}

TEST_F(ProcessSettingsTest, AreReadFromTheFile) {
  const process::Options it = loaded(R"(process:
  consumer: { use_ip: true, trusted_proxies: [10.0.0.0/8, "::1"] }
  endpoints:
    - { match: /users/me, as: /me }
    - { match: '~ /(v[0-9]+)/(.*)', as: '/\1/{rest}' }
  strict: true
  drop:
    - { status: [404, 5xx, 200-204], method: [get, HEAD] }
    - { endpoint: "~ /internal/.*", consumer: probe, service: orders, for: [local] }
    - { status: 500, method: POST, for: malti }
  cardinality: { endpoints: 5, consumers: 6 }
  context: { headers: [X-Malti-Context], template: "{trace_id} \"{header:x-a}\"" }
)")
                                  .settings.process;
  EXPECT_THAT(it.trusted_proxies, ElementsAre("10.0.0.0/8", "::1"));
  ASSERT_EQ(it.endpoints.size(), 2U);
  EXPECT_EQ(it.endpoints[1].as, "/\\1/{rest}");
  EXPECT_TRUE(it.strict);
  ASSERT_EQ(it.drop.size(), 3U);
  ASSERT_EQ(it.drop[0].status.size(), 3U);
  EXPECT_EQ(it.drop[0].status[0].least, 404);
  EXPECT_EQ(it.drop[0].status[0].most, 404);
  EXPECT_EQ(it.drop[0].status[1].least, 500);
  EXPECT_EQ(it.drop[0].status[1].most, 599);
  EXPECT_EQ(it.drop[0].status[2].least, 200);
  EXPECT_EQ(it.drop[0].status[2].most, 204);
  EXPECT_THAT(it.drop[0].methods, ElementsAre("get", "HEAD"));
  EXPECT_THAT(it.drop[0].of, ElementsAre(true, true));
  EXPECT_EQ(it.drop[1].endpoint, "~ /internal/.*");
  EXPECT_EQ(it.drop[1].consumer, "probe");
  EXPECT_EQ(it.drop[1].service, "orders");
  EXPECT_THAT(it.drop[1].of, ElementsAre(false, true));
  EXPECT_THAT(it.drop[2].of, ElementsAre(true, false));
  EXPECT_TRUE(it.cardinality.enabled);
  EXPECT_EQ(it.cardinality.endpoints, 5U);
  EXPECT_EQ(it.cardinality.consumers, 6U);
  EXPECT_THAT(it.context_headers, ElementsAre("x-malti-context"));
  EXPECT_EQ(it.context_template, "{trace_id} \"{header:x-a}\"");
}

TEST_F(ProcessSettingsTest, RulesKnowWhereTheyStand) {
  const process::Options it = loaded(
                                  "process:\n"
                                  "  endpoints:\n"
                                  "    - { match: /a, as: /b }\n"
                                  "    - match: /c\n"
                                  "      as: /d\n"
                                  "  drop: [ { status: 404 }, { status: 405 } ]\n")
                                  .settings.process;
  EXPECT_EQ(it.endpoints[0].line, 3);
  EXPECT_EQ(it.endpoints[0].column, 7);
  EXPECT_EQ(it.endpoints[1].line, 4);
  EXPECT_EQ(it.drop[0].line, 6);
  EXPECT_EQ(it.drop[1].column, 28);
}

TEST_F(ProcessSettingsTest, DefaultsAskForNothingButTheGuard) {
  const process::Options it = loaded("").settings.process;
  EXPECT_THAT(it.trusted_proxies, IsEmpty());
  EXPECT_FALSE(it.strict);
  EXPECT_THAT(it.drop, IsEmpty());
  EXPECT_TRUE(it.cardinality.enabled);
  EXPECT_EQ(it.cardinality.endpoints, 1000U);
  EXPECT_EQ(it.cardinality.consumers, 10'000U);
  EXPECT_THAT(it.context_headers, IsEmpty());
  EXPECT_EQ(it.context_template, "");
}

TEST_F(ProcessSettingsTest, AreSwitchedOffByOneWord) {
  const process::Options it =
      loaded("process: { cardinality: off, context: none, drop: [], consumer: { trusted_proxies: none } }")
          .settings.process;
  EXPECT_FALSE(it.cardinality.enabled);
  EXPECT_EQ(it.context_template, "");
  EXPECT_THAT(it.trusted_proxies, IsEmpty());
}

TEST_F(ProcessSettingsTest, ComeFromVariables) {
  environment({{"PANNIER__PROCESS__STRICT", "true"},
               {"PANNIER__PROCESS__CONSUMER__TRUSTED_PROXIES", "10.0.0.0/8, ::1"},
               {"PANNIER__PROCESS__CARDINALITY__ENDPOINTS", "7"},
               {"PANNIER__PROCESS__CONTEXT__HEADERS", "X-A, x-b"},
               {"PANNIER__PROCESS__CONTEXT__TEMPLATE", "{status}"}});
  const process::Options it = loaded("process: { context: none }").settings.process;
  EXPECT_TRUE(it.strict);
  EXPECT_THAT(it.trusted_proxies, ElementsAre("10.0.0.0/8", "::1"));
  EXPECT_EQ(it.cardinality.endpoints, 7U);
  EXPECT_THAT(it.context_headers, ElementsAre("x-a", "x-b"));
  EXPECT_EQ(it.context_template, "{status}");
}

TEST_F(ProcessSettingsTest, AVariableSwitchesOffWhatTheFileAsksFor) {
  environment({{"PANNIER__PROCESS__CARDINALITY", "off"},
               {"PANNIER__PROCESS__CONTEXT", "none"},
               {"PANNIER__PROCESS__CONSUMER__TRUSTED_PROXIES", "none"}});
  const process::Options it = loaded(
                                  "process:\n"
                                  "  cardinality: { endpoints: 5 }\n"
                                  "  context: { headers: [x-a], template: x }\n"
                                  "  consumer: { trusted_proxies: [::1] }\n")
                                  .settings.process;
  EXPECT_FALSE(it.cardinality.enabled);
  EXPECT_THAT(it.context_headers, IsEmpty());
  EXPECT_EQ(it.context_template, "");
  EXPECT_THAT(it.trusted_proxies, IsEmpty());
}

TEST_F(ProcessSettingsTest, AreShownAsTheyAreInForce) {
  const std::string listing = listing_text(loaded(R"(process:
  endpoints: [ { match: /a, as: /b } ]
  drop: [ { status: [404, 5xx], endpoint: "/a/{b}", for: [malti] }, { method: GET } ]
  context: { template: "{trace_id}" }
)"));
  for (const char* line :
       {"process.endpoints                = [/a → /b]",
        "[status 404 5xx endpoint /a/{b} for malti, method GET for malti and local]",
        "process.context                  = the settings below",
        "process.context.template         = {trace_id}", "process.cardinality.consumers    = 10000"})
    EXPECT_THAT(listing, HasSubstr(line)) << listing;
}

TEST_F(ProcessSettingsTest, EachMistakeNamesItsCure) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"strict: yes", "write true"},
      {"endpoints: [ { match: \"~ (a)\", as: '\\2' } ]",
       "as: \"\\2\" has \\2, but the expression has 1 capture; write \\0 to \\1"},
      {"endpoints: [ { match: \"~ a\", as: '\\1' } ]", "the expression has 0 captures"},
      {"endpoints: [ { match: /a, as: '/\\1' } ]", "only a ~ expression has captures"},
      {"endpoints: [ { match: \"~ (a)\", as: '/a\\b' } ]", "has a \\ with no number behind it; write \\1"},
      {"endpoints: [ { match: \"~ (a)\", as: '/a\\' } ]", "has a \\ with no number behind it"},
      {"endpoints: [ { match: \"~ (a)\", as: '\\1\\1\\1\\1\\1\\1\\1\\1\\1\\1' } ]", "more than nine times"},
      {"endpoints: [ { match: \"~ a\\\\C\", as: /a } ]", "has \\C, which cuts characters in two; write ."},
      {"endpoints: [ { match: \"~ (((a{100}){100}){100})\", as: /a } ]", "is too large"},
      {"endpoints: [ { match: \"~ (a)(?=b)\", as: /a } ]", "is not a regular expression (invalid perl"},
      {"drop: [ 404 ]", "expected a rule; write { status: [404]"},
      {"drop: 404", "expected a list in [ ], got a single value"},
      {"drop: [ {} ]", "the rule has no condition and would drop everything; write { status"},
      {"drop: [ { status: [], endpoint: \"\", for: [malti] } ]", "has no condition"},
      {"drop: [ { status: 99 } ]", "\"99\" is not a status; write 404, 5xx or 200-299"},
      {"drop: [ { status: 6xx } ]", "\"6xx\" is not a status"},
      {"drop: [ { status: [299-200] } ]", "\"299-200\" is not a status"},
      {"drop: [ { status: [[200]] } ]", "status: expected one value, or a list of them"},
      {"drop: [ { status: { a: b } } ]", "status: expected one value, or a list in [ ]"},
      {"drop: [ { method: \"G ET\" } ]", "\"G ET\" is not a method; write GET"},
      {"drop: [ { endpoint: \"~ (\" } ]", "endpoint: \"~ (\" is not a regular expression (missing )"},
      {"drop: [ { endpoint: \"/a/{b\" } ]", "has a { that is not closed in its segment"},
      {"drop: [ { endpoint: [/a] } ]", "endpoint must be a text of at most 1000 characters"},
      {"drop: [ { consumer: \"~\" } ]", "consumer: \"~\" has no expression behind ~"},
      {"drop: [ { status: 404, for: [multiplayer] } ]",
       "Multiplayer has no drop rules: what it gets is chosen by deliver.multiplayer.send"},
      {"drop: [ { status: 404, for: [mutli] } ]", "\"mutli\" is no destination with drop rules"},
      {"drop: [ { status: 404, for: [] } ]", "for names no destination; write [malti, local]"},
      {"drop: [ { staus: 404 } ]", "\"staus\": a drop rule has no such member; did you mean status?"},
      {"drop: [ { path: /a } ]", "known are status, method, endpoint, consumer, service and for"},
      {"consumer: { trusted_proxies: 10.0.0.1 }", "expected a list in [ ], got a single value"},
      {"consumer: { trusted_proxies: [ten] }", "\"ten\" is neither an IP address nor a network; write 10."},
      {"consumer: { trusted_proxies: [10.0.0.0/33] }", "is neither an IP address nor a network"},
      {"consumer: { trusted_proxies: [10.0.0.1/8] }", "has bits behind its /8; write the network's own"},
      {"cardinality: { endpoints: 0 }", "expected 1 to 100000, got 0"},
      {"cardinality: 5", "expected settings, or off; got \"5\""},
      {"context: some", "\"some\" is not known here; write none"},
      {"context: [x]", "expected a word, or settings below it; write none"},
      {"context: { headers: [\"a b\"] }", "\"a b\" is not a header's name"},
      {"context: { template: \"{traceid}\" }",
       "has {traceid}, which is no placeholder; did you mean {trace_id}?"},
      {"context: { template: \"{zzz}\" }", "known are {trace_id}, {span_id}, {service}"},
      {"context: { template: \"{header:}\" }", "has {header:}, which is no placeholder"},
      {"context: { template: \"{trace_id\" }", "has a { without its }; write {trace_id}"},
      {"context: { template: \"a\\nb\" }", "has control characters"},
  };
  for (const auto& [settings, cure] : cases)
    EXPECT_THAT(mistakes(in_process(settings)), ElementsAre(HasSubstr(cure))) << settings;
}

TEST_F(ProcessSettingsTest, ARulesFileWithSixMistakesTellsSixEachWithItsPlace) {
  EXPECT_THAT(
      mistakes("process:\n"
               "  endpoints:\n"
               "    - { match: '~ /(a', as: '\\x' }\n"
               "    - { match: /a, az: /b }\n"
               "  drop:\n"
               "    - { status: [404, 600], methods: GET }\n"),
      ElementsAre(StartsWith("pannier.yaml:3:16: process.endpoints: match: \"~ /(a\" is not a regular"),
                  StartsWith("pannier.yaml:3:29: process.endpoints: as: \"\\x\" has a \\ with no"),
                  StartsWith("pannier.yaml:4:7: process.endpoints: the rule lacks as"),
                  StartsWith("pannier.yaml:4:20: process.endpoints: \"az\": a rule has no such member"),
                  StartsWith("pannier.yaml:6:23: process.drop: \"600\" is not a status"),
                  StartsWith("pannier.yaml:6:29: process.drop: \"methods\": a drop rule has no such")));
}

TEST_F(ProcessSettingsTest, HasRoomForSoManyExpressionsAndNoMore) {
  const auto with = [](int count, const std::string& list, const std::string& member) {
    std::string yaml = "process:\n  " + list + ":\n";
    for (int i = 0; i < count; ++i)
      yaml += "    - { " + member + ": \"~ /a" + std::to_string(i) + "\", as: x }\n";
    return yaml;
  };
  EXPECT_THAT(mistakes(with(200, "endpoints", "match")), IsEmpty());
  EXPECT_THAT(mistakes(with(201, "endpoints", "match")),
              ElementsAre(HasSubstr("process.endpoints: has 201 expressions, and at most 200 have room")));
}

TEST_F(ProcessSettingsTest, AReloadTellsOfChangedRules) {
  const Loaded before = loaded("process: { drop: [ { status: 404, for: malti } ] }");
  const Loaded after = loaded("process: { drop: [ { status: 404, for: local } ], strict: true }");
  EXPECT_THAT(compare(before, after).applied, ElementsAre("process.drop", "process.strict"));
  EXPECT_THAT(compare(before, after).restart, IsEmpty());
}

}  // namespace
}  // namespace pannier::config
