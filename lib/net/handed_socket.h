// Sockets that somebody else bound and handed over (socket activation): what they must be for a listener of
// ours, and made as ours are: non-blocking, close-on-exec, Unix datagrams with their senders (SO_PASSCRED).
// Users: daemon, at start. Threads: any; plain system calls, none of them waits.
// Errors: invalid says what it is, what was expected and which line of a socket unit makes it so.
#pragma once
#include <cstddef>
#include <string>

#include "base/error.h"
#include "base/fd.h"

namespace pannier::net {

enum class SocketKind { unix_stream, unix_datagram, udp, tcp };

struct HandedSocket {
  Fd fd;
  std::string place;               // "/run/pannier/pannier.sock", "@abstract", "127.0.0.1:6258", "[::1]:6258"
  bool is_loopback = true;         // false only for UDP and TCP that other hosts reach
  std::size_t receive_buffer = 0;  // in bytes, as enlarge_receive_buffer counts them
};

Result<HandedSocket> adopt_socket(Fd fd, SocketKind kind);

}  // namespace pannier::net
