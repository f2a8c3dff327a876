// UDP sockets and what the kernel knows of a datagram socket. Users: receive and daemon, at start.
// Threads: any; plain system calls, none of them waits.
// Errors: in_use names the holder; invalid says what to write instead.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/fd.h"

namespace pannier::net {

// `text` is an IP address with a port, 127.0.0.1:6258 or [::1]:6258. Beyond loopback only with
// allow_remote. The socket is non-blocking and close-on-exec.
Result<Fd> bind_udp(const std::string& text, bool allow_remote);
// The same judgement without a socket, for `pannier validate`.
Result<void> check_udp_address(const std::string& address, bool allow_remote);

// Asks for `bytes`, past the system's limit where we may; returns what the kernel granted, in the same
// measure.
std::size_t enlarge_receive_buffer(int fd, std::size_t bytes);

// Datagrams that the kernel dropped for this socket since it was made (modulo 2^32); none where it can't
// tell.
std::optional<std::uint64_t> kernel_drops(int fd);

}  // namespace pannier::net
