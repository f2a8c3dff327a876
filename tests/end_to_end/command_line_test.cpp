// The commands beside a running daemon, and without one.
#include "tests/end_to_end/setup.h"

namespace pannier::end_to_end {
namespace {

TEST(CommandLineTest, SendEndsWithTheSumOfWhatItSent) {
  const ScriptedBackend backend;
  DaemonProcess daemon(malti_options(backend));
  ASSERT_TRUE(daemon.start());
  std::string good;
  for (std::uint64_t id = 0; id != 5000; ++id) good += numbered_line(id) + "\n";
  const CommandResult all = daemon.command({"send", "--config", daemon.config_path(), "-"}, good);
  EXPECT_EQ(all.exit_code, 0) << all.error;
  EXPECT_EQ(last_line(all.output), "5000 sent = 5000 accepted + 0 rejected + 0 filtered");
  write_file(daemon.folder() / "log",
             numbered_line(5000) + "\nnot JSON\n" + numbered_line(1, {{"status", "-1"}}));
  const CommandResult some =
      daemon.command({"send", "--config", daemon.config_path(), daemon.folder() / "log"});
  EXPECT_EQ(some.exit_code, 1);
  EXPECT_EQ(last_line(some.output), "3 sent = 1 accepted + 1 rejected + 1 filtered");
  settled(daemon);
  EXPECT_EQ(backend.contexts(), marks(0, 5001));
}

TEST(CommandLineTest, StatusIsForPeopleAndSaysWhatToDo) {
  const ScriptedBackend backend;
  DaemonOptions options = malti_options(backend);
  const std::string key = "orders: key-orders";
  options.config.replace(options.config.find(key), key.size(), "orders: wrong");
  options.environment = {{"PANNIER__SHUTDOWN__TIMEOUT", "100ms"}};
  DaemonProcess daemon(options);
  ASSERT_TRUE(daemon.start());
  send_records(daemon, 0, 7);
  wait_for_state(daemon, orders, "blocked", "key refused (401 Invalid API key)");
  const CommandResult status = daemon.command({"status", "--config", daemon.config_path()});
  EXPECT_EQ(status.exit_code, 0) << status.error;
  for (const char* part :
       {"BALANCED", "malti/orders", "BLOCKED", "key refused (401 Invalid API key)", "do ", "at risk"}) {
    EXPECT_NE(status.output.find(part), std::string::npos) << part << "\n" << status.output;
  }
}

TEST(CommandLineTest, CommandsWithoutADaemonFailAndSayWhere) {
  DaemonProcess daemon({.config = std::string(usual_receive) + usual_control});
  for (const char* name : {"status", "health", "reload", "send"}) {
    const CommandResult result = daemon.command({name, "--config", daemon.config_path()});
    EXPECT_EQ(result.exit_code, 1) << name;
    EXPECT_NE(result.error.find(daemon.folder().string()), std::string::npos) << name << ": " << result.error;
  }
  EXPECT_EQ(daemon.command({"no-such-command"}).exit_code, 2);
  EXPECT_EQ(daemon.command({"version"}).exit_code, 0);
}

}  // namespace
}  // namespace pannier::end_to_end
