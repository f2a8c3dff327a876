// `pannier test` and `pannier explain`: what they say without a daemon is what the daemon does.
#include <filesystem>

#include "tests/end_to_end/setup.h"

namespace pannier::end_to_end {
namespace {

std::string example(const std::string& name) {
  return std::string(PANNIER_EXAMPLES) + "/" + name;
}

std::set<std::string> files_in(const std::filesystem::path& folder) {
  std::set<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) files.insert(entry.path());
  return files;
}

TEST(SamplesTest, TheExamplesAreAsExpected) {
  const DaemonProcess daemon({.config = ""});
  const CommandResult result =
      daemon.command({"test", example("samples.yaml"), "--config", example("rules.yaml")});
  EXPECT_EQ(result.exit_code, 0) << result.output << result.error;
  EXPECT_NE(result.output.find(" passed, 0 failed\n"), std::string::npos) << result.output;
}

TEST(SamplesTest, ADifferenceEndsWithOneAndAMistakeWithTwo) {
  const DaemonProcess daemon({.config = std::string(usual_receive) + usual_control});
  const std::vector<std::string> test{"test", "-", "--config", daemon.config_path()};
  const std::string record = "- record: { method: GET, path: /a/7, status: 200, response_time: 1 }\n";
  EXPECT_EQ(daemon.command(test, record + "  expect: { endpoint: \"/a/{id}\", local: local }\n").exit_code,
            0);
  const CommandResult failing = daemon.command(test, record + "  expect: { endpoint: \"/a/7\" }\n");
  EXPECT_EQ(failing.exit_code, 1);
  EXPECT_EQ(last_line(failing.output), "1 sample: 0 passed, 1 failed");
  EXPECT_NE(failing.output.find("standard input:1: a sample is not as expected"), std::string::npos)
      << failing.output;
  const CommandResult wrong = daemon.command(test, record + "  expect: { endpoind: x }\n");
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_NE(wrong.error.find("did you mean endpoint?"), std::string::npos) << wrong.error;
}

TEST(SamplesTest, HostileSamplesEndInMistakesThatCanBePrinted) {
  const DaemonProcess daemon({.config = std::string(usual_receive) + usual_control});
  const std::vector<std::string> test{"test", "-", "--config", daemon.config_path()};
  for (const std::string& hostile :
       {std::string("\xff\xfe"), std::string("- &a [*a, *a]\n"), std::string(2U << 20U, '['),
        std::string("\x1b[2J"), std::string("- {}"), std::string("-"), std::string(),
        std::string("- record: " + std::string(10000, '{'))}) {
    const CommandResult result = daemon.command(test, hostile);
    EXPECT_EQ(result.exit_code, 2) << hostile.substr(0, 40);
    EXPECT_NE(result.error, "");
    EXPECT_EQ(result.error.find('\x1b'), std::string::npos);
    EXPECT_EQ(result.output, "");
  }
}

TEST(SamplesTest, ExplainTellsWhatTheDaemonThenSends) {
  const ScriptedBackend backend;
  DaemonProcess daemon(malti_options(backend));
  const std::string time = R"("2026-01-01T12:00:00Z")";
  const std::string lines =
      numbered_line(1, {{"created_at", time}, {"endpoint", ""}, {"path", "\"/users/7?x=1\""}}) + "\n" +
      numbered_line(2,
                    {{"created_at", time}, {"endpoint", "\"/a/<int:b>\""}, {"consumer", "\"\\u001b\\\"\""}}) +
      "\n" + numbered_line(3, {{"created_at", time}, {"status", "404"}}) + "\n";
  const std::set<std::string> before = files_in(daemon.folder());
  const CommandResult told = daemon.command({"explain", "--config", daemon.config_path()}, lines);
  EXPECT_EQ(told.exit_code, 0) << told.error;
  EXPECT_EQ(files_in(daemon.folder()), before) << "it opens no socket, spool or store";

  ASSERT_TRUE(daemon.start());
  ASSERT_EQ(daemon.command({"send", "--config", daemon.config_path(), "-"}, lines).exit_code, 0);
  const JsonDocument status = settled(daemon);
  EXPECT_EQ(status.number("/destinations/malti/left_out/clean_mode"), 1U);
  EXPECT_NE(told.output.find("left out: clean_mode"), std::string::npos) << told.output;
  ASSERT_EQ(backend.records().size(), 2U);
  for (const MaltiRecord& record : backend.records())
    EXPECT_NE(told.output.find(record.raw), std::string::npos) << record.raw << "\n" << told.output;
}

TEST(SamplesTest, ExplainTakesAnyBytesAndBoundsWhatItTells) {
  const DaemonProcess daemon({.config = std::string(usual_receive) + usual_control});
  std::string bytes = std::string(300U << 10U, 'x') + "\n";
  for (int byte = 0; byte < 256; ++byte) bytes += std::string(20, static_cast<char>(byte)) + "\n";
  const CommandResult told = daemon.command({"explain", "-", "--config", daemon.config_path()}, bytes);
  EXPECT_EQ(told.exit_code, 0) << told.error;
  EXPECT_TRUE(told.output.starts_with("line 1: rejected: too_long\n")) << told.output.substr(0, 200);
  EXPECT_LT(told.output.size(), 200'000U);
  for (const char byte : {'\x1b', '\0', '\x7f'}) EXPECT_EQ(told.output.find(byte), std::string::npos);
}

}  // namespace
}  // namespace pannier::end_to_end
