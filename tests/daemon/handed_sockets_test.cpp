#include "daemon/handed_sockets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "tests/doubles/temporary_folder.h"

namespace pannier::daemon {
namespace {

using observe::ListenerId;
using testing::HasSubstr;

class HandedSocketsTest : public testing::Test {
 protected:
  ServiceManager::Named datagrams(const std::string& name) {
    Fd fd(::socket(AF_UNIX, SOCK_DGRAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = folder_ / std::to_string(fd.get());
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return {name, std::move(fd)};
  }
  static std::string error(std::vector<ServiceManager::Named> sockets) {
    const auto sorted = HandedSockets::sorted(std::move(sockets));
    return sorted ? "no error" : sorted.error().message;
  }

  doubles::TemporaryFolder folder_;
};

TEST_F(HandedSocketsTest, GivesEachListenerItsSocketOnce) {
  std::vector<ServiceManager::Named> sockets;
  sockets.push_back(datagrams("unix_datagram"));
  auto sorted = HandedSockets::sorted(std::move(sockets));
  ASSERT_TRUE(sorted) << sorted.error().message;
  EXPECT_FALSE(sorted->take(ListenerId::udp, ""));
  EXPECT_TRUE(sorted->take(ListenerId::unix_datagram, ""));
  EXPECT_FALSE(sorted->take(ListenerId::unix_datagram, ""));
}

TEST_F(HandedSocketsTest, NamesTheDescriptorThatNoListenerHasTheNameOf) {
  std::vector<ServiceManager::Named> sockets;
  sockets.push_back(datagrams("unix_datagram"));
  sockets.push_back(datagrams("unknown\x1b"));
  const std::string message = error(std::move(sockets));
  EXPECT_THAT(message, HasSubstr("descriptor 4 (unknown\\x1b)"));
  EXPECT_THAT(message, HasSubstr("FileDescriptorName=unix_stream, unix_datagram, udp or http_malti"));
}

TEST_F(HandedSocketsTest, RefusesTwoForOneListener) {
  std::vector<ServiceManager::Named> sockets;
  sockets.push_back(datagrams("unix_datagram"));
  sockets.push_back(datagrams("unix_datagram"));
  EXPECT_THAT(error(std::move(sockets)),
              HasSubstr("descriptor 4 (unix_datagram) is the second of this name"));
}

}  // namespace
}  // namespace pannier::daemon
