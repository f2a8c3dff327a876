#include "net/tcp_socket.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace pannier::net {
namespace {

using testing::HasSubstr;

sockaddr_storage address_of(const Fd& fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return address;
}

std::string port_of(const Fd& fd) {
  const sockaddr_storage address = address_of(fd);
  return std::to_string(ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port));  // the same in IPv6
}

std::string message(const std::string& address, bool allow_remote = false) {
  const auto result = listen_tcp(address, allow_remote);
  return result ? "no error" : result.error().message;
}

bool connects(const sockaddr_storage& address) {
  const Fd client(::socket(address.ss_family, SOCK_STREAM, 0));
  return ::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

TEST(TcpSocketTest, ListensAtLoopbackOfBothFamilies) {
  for (const auto* address : {"127.0.0.1:0", "[::1]:0"}) {
    const auto fd = listen_tcp(address, false);
    ASSERT_TRUE(fd) << fd.error().message;
    EXPECT_TRUE(connects(address_of(*fd))) << address;
  }
}

TEST(TcpSocketTest, IsOpenToOthersOnlyWhenAllowed) {
  for (const auto* address : {"0.0.0.0:0", "[::]:0", "192.0.2.1:0"})
    EXPECT_THAT(message(address),
                HasSubstr("open to other hosts; write 127.0.0.1, or set allow_remote: true"));
  EXPECT_EQ(message("0.0.0.0:0", true), "no error");
  EXPECT_EQ(message("[::]:0", true), "no error");
}

TEST(TcpSocketTest, IsToldApartFromWhatIsNoAddress) {
  for (const auto* address : {"", "6259", "127.0.0.1", "localhost:6259", "::1:6259"})
    EXPECT_THAT(message(address), HasSubstr("write 127.0.0.1:6259 or [::1]:6259")) << address;
}

TEST(TcpSocketTest, NamesTheHolderOfATakenPort) {
  const auto holder = listen_tcp("127.0.0.1:0", false);
  const std::string us = "held by test_net (pid " + std::to_string(::getpid()) + ")";
  const auto second = listen_tcp("127.0.0.1:" + port_of(*holder), false);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::in_use);
  EXPECT_EQ(second.error().message, "TCP 127.0.0.1:" + port_of(*holder) + " is in use, " + us);
  const auto v6 = listen_tcp("[::1]:0", false);
  EXPECT_THAT(message("[::1]:" + port_of(*v6)), HasSubstr(us));
}

TEST(TcpSocketTest, NamesTheListenerAndNotWhoIsConnectedToIt) {
  const auto holder = listen_tcp("127.0.0.1:0", false);
  const sockaddr_storage address = address_of(*holder);
  const Fd client(::socket(AF_INET, SOCK_STREAM, 0));
  ASSERT_EQ(::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_THAT(message("127.0.0.1:" + port_of(*holder)), HasSubstr("held by test_net"));
}

}  // namespace
}  // namespace pannier::net
