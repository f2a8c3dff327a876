#include "receive/datagram_listener.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "tests/doubles/temporary_folder.h"
#include "tests/doubles/wait.h"
#include "tests/receive/recording_intake.h"
#include "tests/receive/socket_pair.h"

namespace pannier::receive {
namespace {

using namespace std::chrono_literals;
using doubles::wait_until;
using observe::ListenerId;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class UnixDatagramTest : public ::testing::Test {
 protected:
  void SetUp() override { client = connected_unix(SOCK_DGRAM, path); }
  void TearDown() override { EXPECT_TRUE(intake.is_balanced()); }

  void start(DatagramSettings settings = {}) {
    listener.set(std::move(settings));
    listener.start();
  }
  // The listener may be looked at only when it has ended: then all that was sent has been read.
  void send_and_stop(std::string_view datagram) {
    send_all(client, datagram);
    listener.stop(20s);
  }

  doubles::TemporaryFolder folder;
  std::filesystem::path path = folder / "dgram.sock";
  RecordingIntake intake;
  DatagramListener listener{bound_unix(SOCK_DGRAM, path), ListenerId::unix_datagram, {}, intake};
  Fd client;
};

TEST_F(UnixDatagramTest, ReadsEachLineOfADatagramAndTheLastWithoutNewline) {
  start();
  send_and_stop(line_for("/a") + "\n\n" + line_for("/b") + "\n" + line_for("/c"));
  EXPECT_THAT(intake.endpoints(), ElementsAre("/a", "/b", "/c"));
  EXPECT_EQ(intake.lines_by_uid().at(::getuid()), 3U);
}

TEST_F(UnixDatagramTest, OneBadLineDoesNotSpoilItsNeighbours) {
  start();
  send_and_stop("{bad\n" + line_for("/b") + "\n");
  EXPECT_THAT(intake.endpoints(), ElementsAre("/b"));
  EXPECT_EQ(intake.rejected(Reject::json), 1U);
}

TEST_F(UnixDatagramTest, SkipsTheSyslogHeaderOfEachLine) {
  start();
  send_and_stop("<190>Oct 11 22:14:15 host tag: " + line_for("/a") +
                "\n<190>Oct 11 22:14:15 host tag: " + line_for("/b"));
  EXPECT_THAT(intake.endpoints(), ElementsAre("/a", "/b"));
}

TEST_F(UnixDatagramTest, RejectsAHelloAndCountsWhatAClientDropped) {
  start();
  send_and_stop(R"({"hello":{"ack":true}})"
                "\n"
                R"({"client_dropped":12})");
  EXPECT_EQ(intake.rejected(Reject::hello), 1U);
  EXPECT_EQ(intake.client_dropped(), 12U);
  EXPECT_EQ(intake.lines(), 1U);
}

TEST_F(UnixDatagramTest, TakesTheWholeLinesOfADatagramOverTheLimit) {
  const std::string whole = line_for("/a") + "\n" + line_for("/b") + "\n";
  start({.limits = {.datagram = whole.size() + 10}, .allow_uids = {}});
  send_all(client, whole + line_for("/cut") + "\n" + line_for("/lost"));
  send_and_stop(whole + "1234567890");
  EXPECT_THAT(intake.endpoints(), ElementsAre("/a", "/b", "/a", "/b"));
  EXPECT_EQ(intake.rejected(Reject::too_long), 1U);
  EXPECT_EQ(intake.rejected(Reject::json), 1U);
}

TEST_F(UnixDatagramTest, RejectsALineOverTheLimitOfALine) {
  start({.limits = {.line = 100}, .allow_uids = {}});
  send_and_stop(std::string(101, 'x') + "\n" + line_for("/a"));
  EXPECT_EQ(intake.rejected(Reject::too_long), 1U);
  EXPECT_EQ(intake.accepted(), 1U);
}

TEST_F(UnixDatagramTest, TakesNothingOfUidsThatAreNotAllowed) {
  start({.limits = {}, .allow_uids = {::getuid() + 1}});
  send_all(client, line_for("/a"));
  ASSERT_TRUE(wait_until([&] { return intake.hits(Limit::uid) == 1; }, 20s));
  EXPECT_EQ(intake.lines(), 0U);
}

TEST_F(UnixDatagramTest, TakesNewSettingsWhileItRuns) {
  start({.limits = {}, .allow_uids = {::getuid() + 1}});
  send_all(client, line_for("/a"));
  ASSERT_TRUE(wait_until([&] { return intake.hits(Limit::uid) == 1; }, 20s));
  listener.set({.limits = {.datagram = 100}, .allow_uids = {::getuid()}});
  send_and_stop(line_for("/b") + "\n" + std::string(100, 'x'));
  EXPECT_THAT(intake.endpoints(), ElementsAre("/b"));
  EXPECT_EQ(intake.rejected(Reject::too_long), 1U);
}

std::ptrdiff_t open_files() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
}

TEST_F(UnixDatagramTest, KeepsNoDescriptorThatASenderAttached) {
  start();
  const auto before = open_files();
  const Fd attached(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  std::string text = line_for("/a");
  iovec bytes{.iov_base = text.data(), .iov_len = text.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> ancillary{};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = ancillary.data();
  message.msg_controllen = ancillary.size();
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  const int number = attached.get();
  std::memcpy(CMSG_DATA(header), &number, sizeof number);
  ASSERT_GT(::sendmsg(client.get(), &message, 0), 0);
  ASSERT_TRUE(wait_until([&] { return intake.accepted() == 1; }, 20s));
  EXPECT_EQ(open_files(), before + 1);
}

TEST_F(UnixDatagramTest, CannotSayWhatTheKernelRefused) {
  EXPECT_FALSE(listener.kernel_dropped());
}

TEST_F(UnixDatagramTest, LosesNothingOfAFastSender) {
  start();
  for (int datagram = 0; datagram < 20'000; ++datagram) send_all(client, line_for("/a"));
  listener.stop(20s);
  EXPECT_EQ(intake.accepted(), 20'000U);
  EXPECT_EQ(listener.read_errors(), 0U);
}

TEST(UdpTest, ReadsWhatWasSentBeforeItWasStopped) {
  RecordingIntake intake;
  Fd socket = bound_udp();
  const Fd client = connected_udp(socket);
  DatagramListener listener(std::move(socket), ListenerId::udp, {}, intake);
  send_all(client, line_for("/early"));
  listener.start();
  send_all(client, "<190>Oct 11 22:14:15 host tag: " + line_for("/a") + "\n");
  listener.stop(20s);
  EXPECT_THAT(intake.endpoints(), ElementsAre("/early", "/a"));
  EXPECT_THAT(intake.lines_by_uid(), IsEmpty());
}

TEST(UdpTest, WakesForADatagramThatComesLate) {
  RecordingIntake intake;
  Fd socket = bound_udp();
  const Fd client = connected_udp(socket);
  DatagramListener listener(std::move(socket), ListenerId::udp, {}, intake);
  listener.start();
  for (std::uint64_t datagram = 1; datagram <= 20; ++datagram) {
    send_all(client, line_for("/a"));
    ASSERT_TRUE(wait_until([&] { return intake.accepted() == datagram; }, 20s));
  }
}

TEST(UdpTest, CountsWhatTheKernelDroppedAndKeepsTheNumber) {
  RecordingIntake intake;
  Fd socket = bound_udp();
  const int small = 4096;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  const Fd client = connected_udp(socket);
  DatagramListener listener(std::move(socket), ListenerId::udp, {}, intake);
  EXPECT_EQ(listener.kernel_dropped(), 0U);
  for (int datagram = 0; datagram < 1'000; ++datagram) send_all(client, line_for("/a"));
  EXPECT_GT(listener.kernel_dropped(), 0U);
  listener.start();
  for (int datagram = 0; datagram < 1'000; ++datagram) send_all(client, line_for("/a"));
  listener.stop(20s);
  EXPECT_EQ(intake.accepted() + listener.kernel_dropped().value_or(0), 2'000U);
}

TEST(UdpTest, LosesNothingUncountedAtTheHighestRate) {
  RecordingIntake intake;
  Fd socket = bound_udp();
  const Fd client = connected_udp(socket);
  DatagramListener listener(std::move(socket), ListenerId::udp, {}, intake);
  listener.start();
  for (int datagram = 0; datagram < 50'000; ++datagram) send_all(client, line_for("/a"));
  listener.stop(20s);
  EXPECT_EQ(intake.accepted() + listener.kernel_dropped().value_or(0), 50'000U);
  EXPECT_TRUE(intake.is_balanced());
}

TEST(UdpTest, EndsAtOnceWhenItMayNotDrain) {
  RecordingIntake intake;
  DatagramListener listener(bound_udp(), ListenerId::udp, {}, intake);
  listener.start();
  listener.stop(0ms);
  listener.stop(0ms);
  EXPECT_EQ(intake.lines(), 0U);
}

}  // namespace
}  // namespace pannier::receive
