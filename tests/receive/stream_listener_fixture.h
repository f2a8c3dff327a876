// A stream listener on a socket of its own, whose loop runs only where a test says so.
// Users: the tests of StreamListener. Threads: one.
#pragma once
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <string>
#include <vector>

#include "receive/stream_listener.h"
#include "tests/doubles/temporary_folder.h"
#include "tests/receive/recording_intake.h"
#include "tests/receive/socket_pair.h"

namespace pannier::receive {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

inline constexpr auto hello = R"({"hello":{"ack":true}})"
                              "\n";

class StreamListenerTest : public ::testing::Test {
 protected:
  // The listener runs only in here: between two calls nothing is read.
  template <typename Fact>
  bool run_until(Fact fact) {
    const SteadyTime end = steady_now() + 20s;
    while (!fact()) {
      if (steady_now() > end) return false;
      context.restart();
      context.run_one_for(10ms);
    }
    return true;
  }
  // Until all is done that can be done now.
  void run_until_idle() {
    context.restart();
    while (context.poll() != 0) {
    }
  }
  bool run_until_lines(std::uint64_t lines) {
    return run_until([&] { return intake.lines() >= lines; });
  }
  bool run_until_connections(std::size_t count) {
    return run_until([&] { return listener.connections() == count; });
  }
  Fd connect() { return connected_unix(SOCK_STREAM, path); }
  // One that wants acks and has read its welcome.
  Fd connect_for_acks() {
    Fd client = connect();
    send_all(client, hello);
    EXPECT_TRUE(run_until([&] { return !received(client).empty(); }));
    return client;
  }
  bool run_until_acked(const Fd& client, std::uint64_t lines) {
    const std::string ack = "{\"ack\":" + std::to_string(lines) + ",";
    std::string answers;
    return run_until([&] { return (answers += received(client)).find(ack) != std::string::npos; });
  }

  void SetUp() override { listener.start(); }
  void TearDown() override { EXPECT_TRUE(intake.is_balanced()); }

  doubles::TemporaryFolder folder;
  std::filesystem::path path = folder / "stream.sock";
  boost::asio::io_context context;
  RecordingIntake intake;
  StreamListener listener{context, bound_unix(SOCK_STREAM, path), StreamSettings{}, intake};
};

// For tests with hundreds of clients.
inline void allow_4096_files() {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = std::min<rlim_t>(files.rlim_max, 4096);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &files), 0);
}

}  // namespace pannier::receive
