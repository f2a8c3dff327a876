#include "tests/doubles/daemon_process.h"

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <csignal>

namespace pannier::doubles {
namespace {

using namespace std::chrono_literals;

// Stands in for the daemon: knows its subcommands and makes sockets where nobody listens.
constexpr std::string_view script = R"sh(#!/bin/sh
folder=$(dirname "$0")
case "$1" in
  run) trap 'echo "last line" >&2; exit ${END:-0}' TERM
       echo $$ > pid; echo "run $*" >&2; echo "$GIVEN" > seen
       python3 -c 'import socket,os
os.makedirs("control", exist_ok=True)
for name in ("control/control.sock", "pannier.sock", "pannier.dgram"):
    if not os.path.exists(name): socket.socket(socket.AF_UNIX).bind(name)' || exit 1
       while :; do sleep 0.02; done ;;
  health) kill -0 "$(cat pid)" ;;
  status) [ "$2" = --check ] && exit 1; echo '{"balanced": true}' ;;
esac
)sh";

class DaemonProcessTest : public testing::Test {
 protected:
  DaemonProcessTest() {
    write_file(folder_ / "pannier", script);
    std::filesystem::permissions(folder_ / "pannier", std::filesystem::perms(0700));
  }
  DaemonOptions options(Environment environment = {}) const {
    return {"service: orders\nfile: @folder@/x\n", std::move(environment), true, folder_ / "pannier"};
  }
  TemporaryFolder folder_;
};

TEST_F(DaemonProcessTest, StartsInItsOwnFolderWithWhatIsGiven) {
  DaemonProcess daemon(options({{"GIVEN", "@folder@/y"}}));
  ASSERT_TRUE(daemon.start());
  EXPECT_EQ(read_file(daemon.folder() / "seen"), daemon.folder().string() + "/y\n");
  EXPECT_EQ(read_file(daemon.config_path()), "service: orders\nfile: " + daemon.folder().string() + "/x\n");
  EXPECT_EQ(daemon.log(), "run run --config " + daemon.config_path() + "\n");
  EXPECT_GT(daemon.resident_bytes(), 0U);
  EXPECT_GE(daemon.peak_resident_bytes(), daemon.resident_bytes());
  EXPECT_EQ(daemon.terminate(), 0);
  EXPECT_TRUE(daemon.log().ends_with("last line\n"));
}

TEST_F(DaemonProcessTest, AsksTheDaemonByItsCommands) {
  DaemonProcess daemon(options());
  ASSERT_TRUE(daemon.start());
  EXPECT_EQ(daemon.status_json().boolean("/balanced"), true);
  EXPECT_EQ(daemon.check().exit_code, 1);
}

TEST_F(DaemonProcessTest, StartsAgainInTheSameFolderAfterAKill) {
  DaemonProcess daemon(options());
  ASSERT_TRUE(daemon.start());
  daemon.kill9();
  EXPECT_FALSE(daemon.running());
  ASSERT_TRUE(daemon.start());
  EXPECT_EQ(daemon.terminate(), 0);
}

TEST_F(DaemonProcessTest, FailsTheTestOfADaemonThatEndsBadly) {
  EXPECT_NONFATAL_FAILURE(
      {
        DaemonProcess daemon(options({{"END", "3"}}));
        ASSERT_TRUE(daemon.start()) << "no start";
      },
      "the daemon's end");
}

}  // namespace
}  // namespace pannier::doubles
