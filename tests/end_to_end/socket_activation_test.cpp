// Sockets that a service manager bound: used instead of our own, checked, and left as they are at the end.
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/doubles/service_manager.h"
#include "tests/end_to_end/setup.h"

namespace pannier::end_to_end {
namespace {

using testing::HasSubstr;

DaemonOptions activated(const ScriptedBackend& backend, const std::vector<std::string>& names) {
  DaemonOptions options = malti_options(backend, HandedOver::environment(names));
  options.binary = HandedOver::activate_program();
  return options;
}

// What it says of a descriptor that it cannot use; it ends with 1.
std::string refusal(const std::string& name, int descriptor) {
  const ScriptedBackend backend;
  DaemonProcess daemon(activated(backend, {name}));
  HandedOver sockets;
  sockets.descriptor(descriptor);
  daemon.launch();
  EXPECT_EQ(daemon.wait_for_end(), 1);
  return daemon.log();
}

int open_socket(int family, int type) {
  return ::socket(family, type | SOCK_CLOEXEC, 0);
}

TEST(SocketActivationTest, WhatWasSentBeforeTheDaemonRanArrives) {
  const ScriptedBackend backend;
  DaemonProcess daemon(activated(backend, {"unix_stream", "unix_datagram", "udp"}));
  HandedOver sockets;
  sockets.unix_socket(SOCK_STREAM, daemon.stream_path());
  sockets.unix_socket(SOCK_DGRAM, daemon.datagram_path());
  sockets.udp_socket(INADDR_LOOPBACK, daemon.udp_port());
  UnixStreamClient early(daemon.stream_path());
  ASSERT_TRUE(early.send_line(numbered_line(0)));
  ASSERT_TRUE(DatagramClient::to_unix(daemon.datagram_path()).send(numbered_line(1)));
  ASSERT_TRUE(DatagramClient::to_udp(daemon.udp_port()).send(numbered_line(2)));
  ASSERT_TRUE(daemon.start());
  EXPECT_TRUE(backend.wait_for_records(3, patience));
  const JsonDocument status = settled(daemon);
  EXPECT_EQ(backend.contexts(), marks(0, 3));
  const std::string sender = "/senders/uid " + std::to_string(::geteuid()) + "/lines";
  EXPECT_EQ(status.number("/listeners/unix_datagram" + sender), 1U) << "its sender is known, too";
}

TEST(SocketActivationTest, ClientsWaitForTheNextDaemonAndNoneIsRefused) {
  const ScriptedBackend backend;
  DaemonProcess daemon(activated(backend, {"unix_stream", "unix_datagram"}));
  HandedOver sockets;
  sockets.unix_socket(SOCK_STREAM, daemon.stream_path());
  sockets.unix_socket(SOCK_DGRAM, daemon.datagram_path());
  struct stat before{}, after{};
  ASSERT_EQ(::stat(daemon.stream_path().c_str(), &before), 0);
  for (std::uint64_t run = 0; run < 3; ++run) {
    ASSERT_TRUE(daemon.start());
    send_records(daemon, run * 10, 9);
    EXPECT_EQ(daemon.terminate(), 0);
    UnixStreamClient waiting(daemon.stream_path());
    ASSERT_TRUE(waiting.is_open()) << "the socket is there while no daemon is";
    ASSERT_TRUE(waiting.send_line(numbered_line(run * 10 + 9)));
  }
  ASSERT_TRUE(daemon.start());
  EXPECT_TRUE(backend.wait_for_records(30, patience));
  EXPECT_EQ(backend.contexts(), marks(0, 30));
  ASSERT_EQ(::stat(daemon.stream_path().c_str(), &after), 0);
  EXPECT_EQ(before.st_ino, after.st_ino);
  settled(daemon);
}

TEST(SocketActivationTest, RefusesWhatNoListenerCanUseAndSaysWhatIsExpected) {
  EXPECT_THAT(refusal("pannier.socket", open_socket(AF_UNIX, SOCK_STREAM)),
              HasSubstr("FileDescriptorName=unix_stream"));
  EXPECT_THAT(refusal("unix_stream", open_socket(AF_UNIX, SOCK_DGRAM)),
              HasSubstr("is a Unix datagram socket; expected a Unix stream socket that listens"));
  EXPECT_THAT(refusal("unix_datagram", open_socket(AF_INET, SOCK_DGRAM)),
              HasSubstr("is an IPv4 datagram socket; expected a Unix datagram socket"));
}

TEST(SocketActivationTest, RefusesUdpThatOtherHostsReachUnlessAllowed) {
  const ScriptedBackend backend;
  for (const bool allowed : {false, true}) {
    DaemonOptions options = activated(backend, {"udp"});
    if (allowed) options.environment.emplace("PANNIER__RECEIVE__UDP__ALLOW_REMOTE", "true");
    DaemonProcess daemon(options);
    HandedOver sockets;
    sockets.udp_socket(INADDR_ANY, daemon.udp_port());
    if (allowed) {
      ASSERT_TRUE(daemon.start());
      continue;
    }
    daemon.launch();
    EXPECT_EQ(daemon.wait_for_end(), 1);
    EXPECT_THAT(daemon.log(), HasSubstr("set receive.udp.allow_remote: true"));
  }
}

TEST(SocketActivationTest, DescriptorsForAnotherProcessAreNotTaken) {
  const ScriptedBackend backend;
  DaemonOptions options = malti_options(backend, {{"LISTEN_FDS", "1"}, {"LISTEN_PID", "1"}});
  DaemonProcess daemon(options);
  ASSERT_TRUE(daemon.start());
  EXPECT_EQ(daemon.log().find("handed over"), std::string::npos);
}

}  // namespace
}  // namespace pannier::end_to_end
