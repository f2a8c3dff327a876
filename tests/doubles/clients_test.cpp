#include "tests/doubles/clients.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "tests/doubles/process.h"
#include "tests/doubles/records.h"
#include "tests/doubles/temporary_folder.h"

namespace pannier::doubles {
namespace {

using namespace std::chrono_literals;

// A socket in a folder, at the other end of the clients.
class Server {
 public:
  Server(const std::string& path, int type) : descriptor_(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    EXPECT_EQ(::bind(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    if (type == SOCK_STREAM) EXPECT_EQ(::listen(descriptor_, 8), 0);
  }
  ~Server() {
    ::close(accepted_);
    ::close(descriptor_);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  void accept() { accepted_ = ::accept(descriptor_, nullptr, nullptr); }
  void hang_up() { ::close(std::exchange(accepted_, -1)); }
  void say(std::string_view text) const { ::send(accepted_, text.data(), text.size(), MSG_NOSIGNAL); }
  [[nodiscard]] std::string hear() const {
    char bytes[4096];
    pollfd polled{accepted_ < 0 ? descriptor_ : accepted_, POLLIN, 0};
    if (::poll(&polled, 1, 5000) != 1) return "(nothing)";
    const ssize_t count = ::recv(accepted_ < 0 ? descriptor_ : accepted_, bytes, sizeof bytes, 0);
    return {bytes, static_cast<std::size_t>(std::max<ssize_t>(0, count))};
  }

 private:
  int descriptor_, accepted_ = -1;
};

class StreamTest : public testing::Test {
 protected:
  StreamTest() { server_.accept(); }
  TemporaryFolder folder_;
  Server server_{folder_ / "s", SOCK_STREAM};
  UnixStreamClient client_{folder_ / "s"};
};

TEST_F(StreamTest, SaysHelloAndReadsTheWelcome) {
  server_.say("{\"welcome\":{}}\n");
  EXPECT_EQ(client_.hello(R"("ack":true)"), R"({"welcome":{}})");
  EXPECT_EQ(server_.hear(), "{\"hello\":{\"ack\":true}}\n");
}

TEST_F(StreamTest, WaitsForTheAckThatCoversItsLines) {
  server_.say("{\"ack\":2}\n{\"session\":null}\n{\"ack\":7,\"rejec");
  server_.say("ted\":3,\"filtered\":1}\n");
  const auto ack = client_.wait_for_ack(5);
  ASSERT_TRUE(ack);
  EXPECT_EQ(ack->lines, 7U);
  EXPECT_EQ(ack->rejected, 3U);
  EXPECT_EQ(ack->filtered, 1U);
  EXPECT_FALSE(client_.wait_for_ack(8, 20ms));
}

TEST_F(StreamTest, GivesUpWhereNobodyReads) {
  EXPECT_FALSE(client_.send(std::string(16U << 20U, 'x'), 50ms));
}

TEST_F(StreamTest, NoticesTheServersEnd) {
  server_.hang_up();
  EXPECT_TRUE(client_.wait_for_close());
  EXPECT_FALSE(client_.read_line(20ms));
}

TEST(ClientsTest, AreNotOpenWhereNobodyListens) {
  const TemporaryFolder folder;
  EXPECT_FALSE(UnixStreamClient(folder / "nobody").is_open());
  EXPECT_FALSE(DatagramClient::to_unix(folder / "nobody").is_open());
}

TEST(ClientsTest, SendDatagramsWhole) {
  const TemporaryFolder folder;
  const Server server(folder / "d", SOCK_DGRAM);
  EXPECT_TRUE(DatagramClient::to_unix(folder / "d").send("a\nb"));
  EXPECT_EQ(server.hear(), "a\nb");
}

TEST(ClientsTest, AnotherProcessSendsNumberedRecords) {
  const TemporaryFolder folder;
  const Server server(folder / "d", SOCK_DGRAM);
  const auto result =
      run_command({{PANNIER_TEST_SENDER, "datagram", folder / "d", "7", "2", "users"}, {}, {}});
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_EQ(server.hear(), numbered_line(7, {{"service", "\"users\""}}));
  EXPECT_EQ(server.hear(), numbered_line(8, {{"service", "\"users\""}}));
}

}  // namespace
}  // namespace pannier::doubles
