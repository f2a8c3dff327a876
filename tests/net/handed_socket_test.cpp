#include "net/handed_socket.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <stdexcept>

#include "tests/net/scratch.h"

namespace pannier::net::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

Fd made(int family, int type) {
  Fd fd(::socket(family, type, 0));
  if (!fd) throw std::runtime_error("socket");
  return fd;
}

void bind_at(const Fd& fd, const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  EXPECT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
}

void bind_udp_at(const Fd& fd, std::uint32_t host) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(host);
  EXPECT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
}

std::string refusal(Fd fd, SocketKind kind) {
  const auto adopted = adopt_socket(std::move(fd), kind);
  return adopted ? "no error" : adopted.error().message;
}

int option(const Fd& fd, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  EXPECT_EQ(::getsockopt(fd.get(), SOL_SOCKET, name, &value, &size), 0);
  return value;
}

TEST(HandedSocketTest, MakesAStreamSocketAsOursAre) {
  const Scratch scratch;
  Fd fd = made(AF_UNIX, SOCK_STREAM);
  bind_at(fd, scratch.path("s"));
  ASSERT_EQ(::listen(fd.get(), 5), 0);
  const auto adopted = adopt_socket(std::move(fd), SocketKind::unix_stream);
  ASSERT_TRUE(adopted) << adopted.error().message;
  EXPECT_EQ(adopted->place, scratch.path("s"));
  EXPECT_NE(::fcntl(adopted->fd.get(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(::fcntl(adopted->fd.get(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST(HandedSocketTest, LetsTheSendersOfDatagramsBeKnown) {
  const Scratch scratch;
  Fd fd = made(AF_UNIX, SOCK_DGRAM);
  bind_at(fd, scratch.path("d"));
  const auto adopted = adopt_socket(std::move(fd), SocketKind::unix_datagram);
  ASSERT_TRUE(adopted) << adopted.error().message;
  EXPECT_EQ(option(adopted->fd, SO_PASSCRED), 1);
}

TEST(HandedSocketTest, TellsUdpOfThisHostFromUdpThatOthersReach) {
  for (const bool is_loopback : {true, false}) {
    Fd fd = made(AF_INET, SOCK_DGRAM);
    bind_udp_at(fd, is_loopback ? INADDR_LOOPBACK : INADDR_ANY);
    const auto adopted = adopt_socket(std::move(fd), SocketKind::udp);
    ASSERT_TRUE(adopted) << adopted.error().message;
    EXPECT_EQ(adopted->is_loopback, is_loopback);
    EXPECT_TRUE(adopted->place.starts_with(is_loopback ? "127.0.0.1:" : "0.0.0.0:")) << adopted->place;
    EXPECT_GT(adopted->receive_buffer, 0U);
  }
}

TEST(HandedSocketTest, SaysWhatItIsAndWhatWasExpected) {
  EXPECT_THAT(refusal(made(AF_UNIX, SOCK_SEQPACKET), SocketKind::unix_stream),
              AllOf(HasSubstr("a Unix sequential packet socket"), HasSubstr("ListenStream=/PATH")));
  EXPECT_THAT(refusal(made(AF_INET6, SOCK_STREAM), SocketKind::udp),
              AllOf(HasSubstr("an IPv6 stream socket"), HasSubstr("ListenDatagram=127.0.0.1:6258")));
  EXPECT_THAT(refusal(made(AF_INET, SOCK_DGRAM), SocketKind::unix_datagram),
              HasSubstr("an IPv4 datagram socket"));
}

TEST(HandedSocketTest, RefusesWhatIsNoSocketDoesNotListenOrIsBoundNowhere) {
  EXPECT_THAT(refusal(Fd(::open("/dev/null", O_RDONLY)), SocketKind::unix_stream),
              HasSubstr("not open, or no socket"));
  EXPECT_THAT(refusal(Fd(9999), SocketKind::udp), HasSubstr("not open, or no socket"));
  const Scratch scratch;
  Fd silent = made(AF_UNIX, SOCK_STREAM);
  bind_at(silent, scratch.path("s"));
  EXPECT_THAT(refusal(std::move(silent), SocketKind::unix_stream), HasSubstr("does not listen"));
  EXPECT_THAT(refusal(made(AF_UNIX, SOCK_DGRAM), SocketKind::unix_datagram), HasSubstr("bound nowhere"));
  EXPECT_THAT(refusal(made(AF_INET, SOCK_DGRAM), SocketKind::udp), HasSubstr("bound nowhere"));
}

}  // namespace
}  // namespace pannier::net::test
