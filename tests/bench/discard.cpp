// The plain baseline: receives and forgets. What it costs, no agent can save.
//   bench_discard stream|dgram|udp ADDRESS
// Prints "ready", then for each line on standard input one line of JSON. Datagrams come by recvmmsg.
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <thread>
#include <vector>

#include "tests/bench/program.h"

namespace pannier::bench {
namespace {

constexpr std::size_t stream_bytes = 262'144;
constexpr std::size_t datagram_bytes = 4096;
constexpr std::size_t datagrams_a_call = 64;
constexpr int receive_buffer = 8 << 20;

std::atomic<std::uint64_t> messages_received{0}, bytes_received{0};

void discard_stream(int listener) {
  std::vector<char> buffer(stream_bytes);
  for (;;) {
    const int fd = ::accept(listener, nullptr, nullptr);
    if (fd < 0) fail("accept");
    ssize_t got = 0;
    while ((got = ::read(fd, buffer.data(), buffer.size())) > 0) {
      ++messages_received;
      bytes_received += static_cast<std::uint64_t>(got);
    }
    ::close(fd);
  }
}

void discard_datagrams(int fd) {
  // Refused where we are not root; the kernel's limit holds then.
  ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  ::setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &receive_buffer, sizeof receive_buffer);
  std::vector<char> memory(datagrams_a_call * datagram_bytes);
  std::array<iovec, datagrams_a_call> places{};
  std::array<mmsghdr, datagrams_a_call> headers{};
  for (std::size_t i = 0; i < datagrams_a_call; ++i) {
    places[i] = {memory.data() + i * datagram_bytes, datagram_bytes};
    headers[i].msg_hdr.msg_iov = &places[i];
    headers[i].msg_hdr.msg_iovlen = 1;
  }
  for (;;) {
    const int got = ::recvmmsg(fd, headers.data(), datagrams_a_call, MSG_WAITFORONE, nullptr);
    if (got < 0) fail("recvmmsg");
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < static_cast<std::size_t>(got); ++i) bytes += headers[i].msg_len;
    messages_received += static_cast<std::uint64_t>(got);
    bytes_received += bytes;
  }
}

std::string answer() {
  return R"({"messages":)" + std::to_string(messages_received) + R"(,"bytes":)" +
         std::to_string(bytes_received) + "}";
}

}  // namespace
}  // namespace pannier::bench

int main(int count, char** arguments) {
  using pannier::bench::Kind;
  if (count != 3) {
    std::fputs("usage: bench_discard stream|dgram|udp ADDRESS\n", stderr);
    return 2;
  }
  const Kind kind = pannier::bench::kind_of(arguments[1]);
  const int fd = pannier::bench::bound_socket(kind, arguments[2]);
  std::thread(kind == Kind::stream ? pannier::bench::discard_stream : pannier::bench::discard_datagrams, fd)
      .detach();
  std::cout << "ready" << std::endl;
  pannier::bench::answer_questions(pannier::bench::answer);
  std::_Exit(0);
}
