// `pannier explain`: one record, step by step.
#include "base/text.h"
#include "tests/daemon/surroundings.h"
#include "tests/doubles/json_document.h"

namespace pannier::daemon::commands {
namespace {

class ExplainCommandTest : public CommandTest {
 protected:
  ExplainCommandTest() {
    config_ = write("pannier.yaml",
                    "service: web\n"
                    "node: n-1\n"
                    "process:\n"
                    "  endpoints:\n"
                    "    - { match: \"/users/{id}\", as: \"/users/{user_id}\" }\n"
                    "deliver:\n"
                    "  malti: { url: \"http://127.0.0.1:1\", keys: { web: top-secret } }\n"
                    "  multiplayer: { key: top-secret, send: sessions }\n"
                    "  local: {}\n");
  }
  int explain(std::string_view lines, std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"explain", "--config", config_, write("lines", lines)});
    return pannier(more);
  }
  [[nodiscard]] bool says(std::string_view what) const { return output().find(what) != std::string::npos; }
  std::string config_;
};

TEST_F(ExplainCommandTest, ARecordIsExplainedStepByStep) {
  EXPECT_EQ(
      explain(
          R"({"method":"GET","path":"/users/7?token=hush","status":200,"response_time":12.4,)"
          R"("created_at":"2026-01-01T12:00:00Z","request_headers":{"X-User-Id":"ann"},"reponse_time":1})"),
      0)
      << error();
  EXPECT_EQ(output(),
            "line 1: accepted\n"
            "  ignored      1 field that no record has  (reponse_time (did you mean response_time?))\n"
            "  service      web  (service of the configuration, file " +
                config_ +
                ":1)\n"
                "  node         n-1  (node of the configuration, file " +
                config_ +
                ":2)\n"
                "  endpoint     /users/{user_id}  (path /users/7, rule 1 of process.endpoints at " +
                config_ +
                ":5: \"/users/{id}\")\n"
                "  consumer     ann  (header x-user-id)\n"
                "  context      none\n"
                "  response     GET 200 in 12.4 ms\n"
                "  created_at   2026-01-01T12:00:00.000000Z  (the record's own, or its start and duration)\n"
                "  malti        lane malti/web\n"
                "               "
                "{\"service\":\"web\",\"node\":\"n-1\",\"method\":\"GET\",\"endpoint\":\"/users/{user_id}\","
                "\"status\":200,\"response_time\":12,\"consumer\":\"ann\",\"created_at\":\"2026-01-01T12:00:"
                "00.000000Z\"}\n"
                "  multiplayer  left out: not_session  (it has no trace id, and deliver.multiplayer.send is "
                "sessions)\n"
                "  local        lane local\n"
                "               a row with the texts above\n"
                "\n"
                "The cardinality guard starts empty here: a service's endpoints beyond 1000 and consumers "
                "beyond 10000 "
                "are (other).\n");
  EXPECT_EQ(error(), "");
}

TEST_F(ExplainCommandTest, EachWayToAnEndpointHasItsWords) {
  const auto endpoint = [&](const std::string& target) {
    explain(R"({"method":"GET","status":200,"response_time":1,)" + target + "}");
    const std::string all = output();
    const std::size_t at = all.find("  endpoint     ") + 15;
    return all.substr(at, all.find('\n', at) - at);
  };
  EXPECT_EQ(endpoint(R"("endpoint":"/a")"), "/a  (the record's own)");
  EXPECT_EQ(endpoint(R"("endpoint":"/a/<int:id>")"), "/a/{id}  (respelled from \"/a/<int:id>\")");
  EXPECT_EQ(endpoint(R"("path":"/a/7")"), "/a/{id}  (path /a/7; no rule matches it, its ids are taken out)");
  EXPECT_EQ(endpoint(R"("path":"/a")"), "/a  (path /a; no rule matches it)");
}

TEST_F(ExplainCommandTest, EachOutcomeIsToldWithItsLine) {
  EXPECT_EQ(explain("{\"hello\":{\"service\":\"orders\"}}\n"
                    "\n"
                    "{\"method\":\"GET\",\"endpoint\":\"/\",\"status\":99,\"response_time\":1}\n"
                    "{\"method\":\"GET\",\"endpoint\":\"/\",\"status\":0,\"response_time\":1}\n"
                    "{\"client_dropped\":3}\n"
                    "{\"method\":\"GET\",\"endpoint\":\"/\",\"status\":404,\"response_time\":1}\n"
                    "<13>h: {\"method\":\"GET\"}"),
            0);
  for (const char* part :
       {"line 1: a hello\n  service      orders",
        "line 3: rejected: status\n  rule         a whole number from 100",
        R"(its shape    {"method":"aaa","endpoint":"/","status":99,"response_time":9})",
        "line 4: filtered: no_response\n", "line 5: a client's count",
        "  service      orders  (its connection's hello)", "malti        left out: clean_mode  (status 404,",
        "line 7: rejected: json", "try --from udp"})
    EXPECT_TRUE(says(part)) << part << "\n" << output();
}

TEST_F(ExplainCommandTest, ALaneWithoutAKeySaysWhatToWrite) {
  explain(R"({"service":"orders","method":"GET","endpoint":"/","status":200,"response_time":1})");
  EXPECT_TRUE(says("no key for orders: it would wait in a blocked lane; write deliver.malti.keys.orders\n"))
      << output();
}

TEST_F(ExplainCommandTest, ADatagramMayBeginWithASyslogHeader) {
  const std::string line = R"(<13>h: {"method":"GET","endpoint":"/","status":200,"response_time":1})";
  EXPECT_EQ(explain(line, {"--from", "unix_datagram"}), 0);
  EXPECT_TRUE(says("line 1: accepted")) << output();
  EXPECT_EQ(explain(line, {"--from", "udpp"}), 2);
  EXPECT_TRUE(error().ends_with("; did you mean udp?\n")) << error();
}

TEST_F(ExplainCommandTest, RulesAreToldByNumberAndPlace) {
  config_ = write("pannier.yaml",
                  "process:\n"
                  "  strict: true\n"
                  "  anonymize_ip: true\n"
                  "  consumer: { use_ip: true }\n"
                  "  context: { template: \"{trace_id}\" }\n"
                  "  cardinality: { endpoints: 1 }\n"
                  "  drop:\n"
                  "    - { endpoint: /metrics, for: [local] }\n"
                  "    - { status: [5xx] }\n"
                  "deliver: { malti: { url: \"http://127.0.0.1:1\" }, local: {} }\n");
  EXPECT_EQ(explain("{\"method\":\"GET\",\"path\":\"/"
                    "x\",\"status\":500,\"response_time\":1,\"client_ip\":\"10.1.2.3\"}\n"
                    "{\"method\":\"GET\",\"endpoint\":\"/metrics\",\"status\":200,\"response_time\":1}\n"
                    "{\"method\":\"GET\",\"endpoint\":\"/b\",\"status\":200,\"response_time\":1}\n"),
            0)
      << error();
  for (const std::string& part :
       {std::string("(no route)  (path /x; no rule matches it, and process.strict is true)\n"),
        std::string("consumer     10.1.2.xxx  (client_ip, anonymised)\n"),
        std::string("(process.context.template \"{trace_id}\"; the trace id was made here, by chance)\n"),
        "malti        left out: rule  (rule 2 of process.drop at " + config_ + ":9)\n",
        "local        left out: rule  (rule 1 of process.drop at " + config_ + ":8)\n",
        std::string("endpoint becomes (other): beyond 1 of its service\n")})
    EXPECT_TRUE(says(part)) << part << "\n" << output();
}

TEST_F(ExplainCommandTest, CutTextsAreTold) {
  explain(R"({"method":"GET","endpoint":"/)" + std::string(600, 'x') +
          R"(","status":200,"response_time":1})");
  EXPECT_TRUE(says("1 text is not whole: Malti keeps 500 characters of its escaped form")) << output();
}

TEST_F(ExplainCommandTest, ForProgramsEachLineIsOneObject) {
  EXPECT_EQ(explain(R"({"method":"GET","path":"/users/7","status":404,"response_time":1,"x":1})"
                    "\n{\n",
                    {"--json"}),
            0);
  const std::string all = output();
  const std::size_t end = all.find('\n');
  const doubles::JsonDocument first(all.substr(0, end));
  EXPECT_EQ(first.string("/outcome"), "accepted");
  EXPECT_EQ(first.string("/record/endpoint"), "/users/{user_id}");
  EXPECT_EQ(first.string("/unknown_fields/0"), "x");
  EXPECT_EQ(first.string("/destinations/malti/left_out"), "clean_mode");
  EXPECT_EQ(first.string("/destinations/local/lane"), "local");
  const doubles::JsonDocument second(all.substr(end + 1));
  EXPECT_EQ(second.string("/outcome"), "rejected");
  EXPECT_EQ(second.string("/reason"), "json");
  EXPECT_EQ(second.number("/line"), 2U);
}

TEST_F(ExplainCommandTest, HostileLinesAreShownEscapedAndSecretsNever) {
  const std::string record =
      R"({"method":"G\u001b[31m","endpoint":"/\u202e","status":200,"response_time":1,"consumer":"\u009b",)"
      R"("request_body":"hush","error":{"message":"hush"},"request_headers":{"authorization":"hush"},"\u001b]0;x":1})";
  for (const std::vector<std::string>& more : {std::vector<std::string>{}, {"--json"}}) {
    EXPECT_EQ(explain(record + "\n\xff\xfe\x1b[2J\n" + std::string(300, '\x07') + "\n", more), 0);
    for (const char* hidden : {"\x1b", "\u202e", "\u009b", "\a", "\xff", "hush", "top-secret"})
      EXPECT_FALSE(says(hidden)) << text::shown(output(), 4000);
    EXPECT_TRUE(text::is_utf8(output()));
  }
}

TEST_F(ExplainCommandTest, NothingToExplainAndAWrongConfigurationAreFailures) {
  EXPECT_EQ(explain("\n \n"), 1);
  EXPECT_TRUE(error().starts_with("pannier explain: there is no line to explain; write")) << error();
  EXPECT_EQ(pannier({"explain", "--config", config_, folder_ / "none"}), 1);
  EXPECT_TRUE(error().ends_with("; correct the path\n")) << error();
  config_ = write("pannier.yaml", "memory: 16M\n");
  EXPECT_EQ(explain("{}"), 2);
  EXPECT_TRUE(error().ends_with("1 mistake; nothing was explained\n")) << error();
}

}  // namespace
}  // namespace pannier::daemon::commands
