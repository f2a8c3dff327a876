#include "net/udp_socket.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>

namespace pannier::net {
namespace {

using testing::HasSubstr;

std::uint16_t port_of(const Fd& fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);  // at the same place in IPv6
}

std::string message(const std::string& address, bool allow_remote = false) {
  const auto result = bind_udp(address, allow_remote);
  return result ? "no error" : result.error().message;
}

TEST(UdpSocketTest, IsBoundToLoopback) {
  const auto v4 = bind_udp("127.0.0.1:0", false);
  ASSERT_TRUE(v4);
  EXPECT_NE(port_of(*v4), 0);
  const auto v6 = bind_udp("[::1]:0", false);
  ASSERT_TRUE(v6) << v6.error().message;
  EXPECT_NE(port_of(*v6), 0);
}

TEST(UdpSocketTest, IsOpenToOthersOnlyWhenAllowed) {
  for (const auto* address : {"0.0.0.0:0", "[::]:0", "192.0.2.1:0"}) {
    EXPECT_THAT(message(address),
                HasSubstr("open to other hosts; write 127.0.0.1, or set allow_remote: true"));
    EXPECT_FALSE(check_udp_address(address, false));
    EXPECT_TRUE(check_udp_address(address, true));
  }
  EXPECT_EQ(message("0.0.0.0:0", true), "no error");
  EXPECT_EQ(message("127.8.8.8:0"), "no error");
}

TEST(UdpSocketTest, IsToldApartFromWhatIsNoAddress) {
  for (const auto* address : {"", "6258", "127.0.0.1", "localhost:6258", "127.0.0.1:", "127.0.0.1:65536",
                              "127.0.0.1:1x", "::1:6258", "[127.0.0.1]:1", "[::1]", "127.0.0.1:-1", "[]:1"})
    EXPECT_THAT(message(address), HasSubstr("write 127.0.0.1:6258 or [::1]:6258")) << address;
}

TEST(UdpSocketTest, NamesTheHolderOfATakenPort) {
  const auto holder = bind_udp("127.0.0.1:0", false);
  const std::string us = "held by test_net (pid " + std::to_string(::getpid()) + ")";
  const std::string port = std::to_string(port_of(*holder));
  const auto second = bind_udp("127.0.0.1:" + port, false);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::in_use);
  EXPECT_EQ(second.error().message, "UDP 127.0.0.1:" + port + " is in use, " + us);
  EXPECT_THAT(message("0.0.0.0:" + port, true), HasSubstr(us));
  const auto v6 = bind_udp("[::1]:0", false);
  EXPECT_THAT(message("[::1]:" + std::to_string(port_of(*v6))), HasSubstr(us));
}

TEST(UdpSocketTest, GrantsWhatTheReceiveBufferBecame) {
  const auto fd = bind_udp("127.0.0.1:0", false);
  EXPECT_EQ(enlarge_receive_buffer(fd->get(), 64 * 1024), 64U * 1024U);
  const std::size_t large = enlarge_receive_buffer(fd->get(), 8 * 1024 * 1024);
  EXPECT_GE(large, 64U * 1024U);
  EXPECT_LE(large, 8U * 1024U * 1024U);
}

TEST(UdpSocketTest, TellsHowManyDatagramsTheKernelDropped) {
  const auto receiver = bind_udp("127.0.0.1:0", false);
  enlarge_receive_buffer(receiver->get(), 10'000);
  EXPECT_EQ(kernel_drops(receiver->get()).value(), 0U);
  const auto sender = bind_udp("127.0.0.1:0", false);
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(receiver->get(), reinterpret_cast<sockaddr*>(&address), &size);
  const std::array<char, 1000> datagram{};
  std::uint64_t sent = 0;
  for (int i = 0; i < 200; ++i)
    sent += ::sendto(sender->get(), datagram.data(), datagram.size(), 0,
                     reinterpret_cast<sockaddr*>(&address), size) > 0;
  std::uint64_t received = 0;
  std::array<char, 2000> room{};
  while (::recv(receiver->get(), room.data(), room.size(), 0) > 0) ++received;
  EXPECT_GT(received, 0U);
  EXPECT_EQ(kernel_drops(receiver->get()).value(), sent - received);
  EXPECT_GT(sent, received);
}

}  // namespace
}  // namespace pannier::net
