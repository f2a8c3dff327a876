// `pannier test`: samples that are as expected, samples that are not, and samples that are wrong.
#include <algorithm>

#include "tests/daemon/surroundings.h"

namespace pannier::daemon::commands {
namespace {

class TestCommandTest : public CommandTest {
 protected:
  TestCommandTest() {
    config_ = write("pannier.yaml",
                    "service: web\n"
                    "node: n-1\n"
                    "process:\n"
                    "  endpoints:\n"
                    "    - { match: \"/users/{id}\", as: \"/users/{user_id}\" }\n"
                    "deliver: { malti: { url: \"http://127.0.0.1:1\", keys: { web: k } }, local: {} }\n");
  }
  int test(std::string_view samples, std::vector<std::string> more = {}) {
    samples_ = write("samples.yaml", samples);
    more.insert(more.begin(), {"test", "--config", config_, samples_});
    return pannier(more);
  }
  std::string config_, samples_;
};

TEST_F(TestCommandTest, SamplesThatAreAsExpectedAreCounted) {
  EXPECT_EQ(
      test(
          "- record: { method: GET, path: /users/7, status: 200, response_time: 12.5, consumer: app }\n"
          "  expect: { service: web, node: n-1, method: GET, endpoint: \"/users/{user_id}\", consumer: app,\n"
          "            context: '', status: 200, response_time: 12.50, malti: malti/web, local: local,\n"
          "            multiplayer: off, client_ip: '' }\n"
          "- hello: { service: orders }\n"
          "  record: { method: GET, endpoint: /, status: 404, response_time: 1, created_at: 1767268800 }\n"
          "  expect: { service: orders, malti: clean_mode, created_at: \"2026-01-01T13:00:00+01:00\" }\n"
          "- from: udp\n"
          "  line: '<13>Oct 11 22:14:15 h nginx: {\"method\":\"GET\",\"path\":\"/\",\"status\":\"099\"}'\n"
          "  expect: { rejected: status }\n"
          "- record: { method: GET, path: /, status: -1, response_time: 1 }\n"
          "  expect: { filtered: no_response }\n"),
      0)
      << error();
  EXPECT_EQ(output(), "4 samples: 4 passed, 0 failed\n");
  EXPECT_EQ(error(), "");
}

TEST_F(TestCommandTest, ADifferenceNamesTheSampleTheValuesAndTheRule) {
  EXPECT_EQ(test("- name: a user\n"
                 "  record: { method: GET, path: /users/7, status: 404, response_time: 1 }\n"
                 "  expect: { endpoint: \"/users/{id}\", malti: malti/web, status: 404 }\n"
                 "- record: { method: GET, path: /, status: 99, response_time: 1 }\n"
                 "  expect: { consumer: anonymous }\n"),
            1);
  EXPECT_EQ(output(),
            samples_ +
                ":1: a user is not as expected\n"
                "  endpoint  expected  /users/{id}\n"
                "            got       /users/{user_id}  (path /users/7, rule 1 of process.endpoints at " +
                config_ +
                ":5: \"/users/{id}\")\n"
                "  malti     expected  lane malti/web\n"
                "            got       left out: clean_mode  (status 404, and deliver.malti.clean_mode is "
                "true)\n" +
                samples_ +
                ":4: a sample is not as expected\n"
                "  outcome  expected  accepted\n"
                "           got       rejected: status  (the rule: a whole number from 100 to 599, or 0 or "
                "-1 where no answer was given; its shape: "
                "{\"method\":\"aaa\",\"path\":\"/\",\"status\":99,\"response_time\":9})\n"
                "2 samples: 0 passed, 2 failed\n");
}

TEST_F(TestCommandTest, WhatWasToBeRejectedAndIsNotFails) {
  EXPECT_EQ(test("- record: { method: GET, path: /, status: 200, response_time: 1 }\n"
                 "  expect: { rejected: status }\n"
                 "- line: '{\"hello\":{}}'\n"
                 "  expect: { consumer: anonymous }\n"),
            1);
  EXPECT_NE(output().find("expected  rejected: status\n           got       accepted\n"), std::string::npos)
      << output();
  EXPECT_NE(output().find("got       a hello\n"), std::string::npos) << output();
}

TEST_F(TestCommandTest, ForProgramsThereIsJson) {
  const std::string samples =
      "- name: a \"user\"\n"
      "  record: { method: GET, path: /x, status: 200, response_time: 1 }\n"
      "  expect: { endpoint: /y }\n";
  EXPECT_EQ(test(samples, {"--json"}), 1);
  EXPECT_EQ(output(),
            R"({"samples":1,"passed":0,"failed":1,"failures":[{"line":1,"name":"a \"user\"","differences":[)"
            R"({"what":"endpoint","expected":"/y","got":"/x","why":"path /x; no rule matches it"}]}]})"
            "\n");
}

TEST_F(TestCommandTest, MistakesOfBothFilesAreToldAtOnce) {
  config_ = write("pannier.yaml", "memory: 16M\n");
  EXPECT_EQ(test("- record: {}\n  expect: { endpont: x }\n- expect: { status: 1 }\n"), 2);
  EXPECT_EQ(output(), "");
  EXPECT_NE(error().find(config_ + ":1:9: memory: "), std::string::npos) << error();
  EXPECT_NE(error().find(samples_ + ":2:13: expect.endpont: no such member here; did you mean endpoint?\n"),
            std::string::npos)
      << error();
  EXPECT_TRUE(error().ends_with("3 mistakes; nothing was tested\n")) << error();
}

TEST_F(TestCommandTest, AFileThatIsNotThereOrTooLargeIsWrongUsage) {
  EXPECT_EQ(pannier({"test", folder_ / "none", "--config", config_}), 2);
  EXPECT_TRUE(error().starts_with("pannier test: cannot open ")) << error();
  EXPECT_TRUE(error().ends_with("; correct the path\n")) << error();
  EXPECT_EQ(test(std::string((1U << 20U) + 1, '#')), 2);
  EXPECT_TRUE(error().ends_with(" is larger than 1MiB; split it\n")) << error();
  EXPECT_EQ(pannier({"test", folder_ / ""}), 2) << "a folder";
  EXPECT_EQ(pannier({"test"}), 2);
}

TEST_F(TestCommandTest, HostileSamplesAreShownEscaped) {
  EXPECT_EQ(test("- name: \"\\e[31m\\u202e\"\n"
                 "  record: { method: GET, path: \"/\\e[31m\\u202e\", status: 200, response_time: 1 }\n"
                 "  expect: { endpoint: \"\\u009b1m\", consumer: \"\\a\" }\n"),
            1);
  EXPECT_NE(output().find("/\\x1b[31m\\u{202e}"), std::string::npos) << output();
  for (const char* hidden : {"\x1b", "\u202e", "\u009b", "\a"})
    EXPECT_EQ(output().find(hidden), std::string::npos);
}

TEST_F(TestCommandTest, TheConnectionBeginsAnewWithEachSample) {
  EXPECT_EQ(test("- hello: { service: orders }\n"
                 "  record: { method: GET, endpoint: /, status: 200, response_time: 1 }\n"
                 "  expect: { service: orders }\n"
                 "- record: { method: GET, endpoint: /, status: 200, response_time: 1 }\n"
                 "  expect: { service: web }\n"
                 "- line: '{\"hello\":{\"service\":\"users\"}}'\n"
                 "  expect: { rejected: hello }\n"),
            1)
      << "a hello that comes first is none that is rejected";
  EXPECT_NE(output().find("3 samples: 2 passed, 1 failed"), std::string::npos) << output();
}

}  // namespace
}  // namespace pannier::daemon::commands
