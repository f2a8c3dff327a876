// Start, reload and end, as an operator sees them.
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "tests/end_to_end/setup.h"

namespace pannier::end_to_end {
namespace {

std::size_t lines_in(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST(LifecycleTest, EndsWith0AndTheLedgerAsItsLastLine) {
  const ScriptedBackend backend;
  DaemonProcess daemon(malti_options(backend));
  ASSERT_TRUE(daemon.start());
  send_records(daemon, 0, 1000);
  UnixStreamClient client(daemon.stream_path());
  std::string more;
  for (std::uint64_t id = 1000; id != 1500; ++id) more += numbered_line(id) + "\n";
  ASSERT_TRUE(client.send(more));
  EXPECT_EQ(daemon.terminate(), 0);
  EXPECT_EQ(backend.contexts(), marks(0, 1500)) << "what the kernel had taken is read and sent too";
  const std::string last = last_line(daemon.log());
  EXPECT_NE(last.find("1500"), std::string::npos) << last;
  EXPECT_NE(last.find("balanced"), std::string::npos) << last;
  EXPECT_EQ(last.find("NOT"), std::string::npos) << last;
  EXPECT_FALSE(std::filesystem::exists(daemon.stream_path()));
  EXPECT_FALSE(std::filesystem::exists(daemon.datagram_path()));
}

TEST(LifecycleTest, WithoutASpoolCountsAsDroppedWhatAHangingBackendDoesNotTakeInTime) {
  ScriptedBackend backend;
  DaemonProcess daemon(
      malti_options(backend, {{"PANNIER__SHUTDOWN__TIMEOUT", "500ms"}, {"PANNIER__SPOOL__MODE", "off"}}));
  ASSERT_TRUE(daemon.start());
  backend.next(of_kind(Behaviour::Kind::hang).for_ever());
  send_records(daemon, 0, 700);
  ASSERT_TRUE(backend.wait_for_requests(1, patience));
  EXPECT_EQ(daemon.terminate(), 0);
  const std::string last = last_line(daemon.log());
  EXPECT_NE(last.find("700 dropped"), std::string::npos) << last;
  EXPECT_EQ(last.find("NOT"), std::string::npos) << last;
  backend.release();
}

TEST(LifecycleTest, ASecondSigtermLeavesOutTheSending) {
  ScriptedBackend backend;
  DaemonProcess daemon(malti_options(
      backend, {{"PANNIER__SHUTDOWN__TIMEOUT", "10min"}, {"PANNIER__DELIVER__MALTI__TIMEOUT", "5min"}}));
  ASSERT_TRUE(daemon.start());
  backend.next(of_kind(Behaviour::Kind::hang).for_ever());
  send_records(daemon, 0, 10);
  ASSERT_TRUE(backend.wait_for_requests(1, patience));
  daemon.signal(SIGTERM);
  ASSERT_TRUE(wait_until([&] { return daemon.log().find("stopping") != std::string::npos; }, patience));
  EXPECT_EQ(daemon.terminate(), 0);
}

TEST(LifecycleTest, RefusesASecondDaemonAndTheFirstWorksOn) {
  const ScriptedBackend backend;
  DaemonProcess daemon(malti_options(backend));
  ASSERT_TRUE(daemon.start());
  const CommandResult second = daemon.command({"run", "--config", daemon.config_path()});
  EXPECT_EQ(second.exit_code, 1) << second.error;
  EXPECT_NE(second.error.find(daemon.control_path()), std::string::npos) << second.error;
  send_records(daemon, 0, 5);
  settled(daemon);
  EXPECT_EQ(backend.contexts(), marks(0, 5));
}

TEST(LifecycleTest, ReplacesTheSocketsOfADaemonThatWasKilled) {
  const ScriptedBackend backend;
  DaemonProcess daemon(malti_options(backend));
  ASSERT_TRUE(daemon.start());
  daemon.kill9();
  ASSERT_TRUE(std::filesystem::is_socket(daemon.stream_path()));
  ASSERT_TRUE(daemon.start());
  send_records(daemon, 0, 5);
  ASSERT_TRUE(DatagramClient::to_unix(daemon.datagram_path()).send(numbered_line(5)));
  EXPECT_TRUE(backend.wait_for_records(6, patience));
  settled(daemon);
}

TEST(LifecycleTest, NeverReplacesWhatIsNoSocket) {
  const ScriptedBackend backend;
  DaemonProcess daemon(malti_options(backend));
  write_file(daemon.stream_path(), "precious");
  daemon.launch();
  EXPECT_EQ(daemon.wait_for_end(), 1);
  EXPECT_NE(daemon.log().find(daemon.stream_path()), std::string::npos) << daemon.log();
  EXPECT_EQ(read_file(daemon.stream_path()), "precious");
}

TEST(LifecycleTest, NamesTheHolderOfAnAddressThatIsTaken) {
  const ScriptedBackend backend;
  DaemonProcess daemon(malti_options(backend));
  const int holder = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(daemon.udp_port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(holder, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  daemon.launch();
  EXPECT_EQ(daemon.wait_for_end(), 1);
  ::close(holder);
  EXPECT_NE(daemon.log().find(std::to_string(daemon.udp_port())), std::string::npos) << daemon.log();
  EXPECT_NE(daemon.log().find(std::to_string(::getpid())), std::string::npos) << daemon.log();
}

TEST(LifecycleTest, GivesItsSocketsTheModesThatAreAskedFor) {
  const ScriptedBackend backend;
  DaemonProcess daemon(malti_options(backend, {{"PANNIER__RECEIVE__UNIX_DATAGRAM__MODE", "0622"}}));
  ASSERT_TRUE(daemon.start());
  const auto mode = [](const std::string& path) {
    struct stat found{};
    return ::stat(path.c_str(), &found) == 0 ? found.st_mode & 07777U : 0U;
  };
  EXPECT_EQ(mode(daemon.stream_path()), 0660U);
  EXPECT_EQ(mode(daemon.datagram_path()), 0622U);
  EXPECT_EQ(mode(daemon.control_path()), 0600U);
  EXPECT_EQ(mode(std::filesystem::path(daemon.control_path()).parent_path()), 0700U);
}

TEST(LifecycleTest, TellsFiveMistakesInFiveLinesWithPlaceAndCureAndStartsNothing) {
  DaemonProcess daemon({.config = "service: a/b\n"
                                  "memory: 16M\n"
                                  "receive:\n"
                                  "  unix_steam: { path: \"@folder@/pannier.sock\" }\n"
                                  "deliver:\n"
                                  "  malti:\n"
                                  "    url: malti.example.com\n"
                                  "    batch: { records: 0 }\n"});
  daemon.launch();
  EXPECT_EQ(daemon.wait_for_end(), 2);
  const std::string said = daemon.log();
  EXPECT_EQ(lines_in(said), 6U) << said;
  for (const std::string place : {":1:10: ", ":2:9: ", ":4:3: ", ":7:10: ", ":8:23: "}) {
    EXPECT_NE(said.find(daemon.config_path() + place), std::string::npos) << place << "\n" << said;
  }
  for (const std::string cure : {"16MiB", "unix_stream", "https://malti.example.com"}) {
    EXPECT_NE(said.find(cure), std::string::npos) << cure << "\n" << said;
  }
  EXPECT_TRUE(last_line(said).starts_with("5 mistakes")) << said;
  EXPECT_FALSE(std::filesystem::exists(daemon.control_path()));
  const CommandResult validated = daemon.command({"validate", daemon.config_path()});
  EXPECT_EQ(validated.exit_code, 2);
  EXPECT_EQ(lines_in(validated.output + validated.error), 6U) << validated.output << validated.error;
}

TEST(LifecycleTest, AReloadKeepsConnectionsAndABadFileChangesNothing) {
  const ScriptedBackend backend(two_services());
  const DaemonOptions options = malti_options(backend);
  DaemonProcess daemon(options);
  ASSERT_TRUE(daemon.start());
  UnixStreamClient client(daemon.stream_path());
  ASSERT_TRUE(client.hello("\"ack\":true", patience));
  client.send_line(numbered_line(0));
  ASSERT_TRUE(client.wait_for_ack(1, patience));

  daemon.write_config("memory: 16M\n" + options.config);
  const CommandResult bad = daemon.reload();
  EXPECT_NE(bad.exit_code, 0);
  EXPECT_NE((bad.error + bad.output).find("16MiB"), std::string::npos) << bad.error << bad.output;
  client.send_line(numbered_line(1));
  ASSERT_TRUE(client.wait_for_ack(2, patience));

  std::string changed = options.config;
  changed.replace(changed.find("service: orders"), 15, "service: users");
  daemon.write_config(changed);
  EXPECT_EQ(daemon.reload().exit_code, 0);
  client.send_line(numbered_line(2));
  ASSERT_TRUE(client.wait_for_ack(3, patience));

  daemon.write_config(options.config);
  const std::string before = daemon.status_json().string("/config");
  daemon.signal(SIGHUP);
  ASSERT_TRUE(wait_until([&] { return daemon.status_json().string("/config") != before; }, patience));
  client.send_line(numbered_line(3));
  ASSERT_TRUE(client.wait_for_ack(4, patience));
  const JsonDocument status = settled(daemon);
  EXPECT_EQ(status.number(std::string(orders) + "/delivered"), 3U);
  EXPECT_EQ(status.number(std::string(users) + "/delivered"), 1U);
  EXPECT_EQ(backend.contexts(), marks(0, 4));
}

TEST(LifecycleTest, AnUnreachableBackendAndAFolderThatIsThereAlreadyDoNotEndIt) {
  ScriptedBackend backend;
  backend.stop();
  DaemonProcess daemon(malti_options(backend, {{"PANNIER__SHUTDOWN__TIMEOUT", "100ms"}}));
  std::filesystem::create_directories(daemon.folder() / "control");
  std::filesystem::permissions(daemon.folder() / "control", std::filesystem::perms(0700));
  ASSERT_TRUE(daemon.start());
  send_records(daemon, 0, 3);
  wait_for_state(daemon, orders, "backing_off", "no answer");
  EXPECT_EQ(daemon.command({"health", "--control", daemon.control_path()}).exit_code, 0);
  expect_balanced(daemon);
  EXPECT_EQ(daemon.check().exit_code, 0);
}

}  // namespace
}  // namespace pannier::end_to_end
