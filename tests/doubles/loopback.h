// Sockets of 127.0.0.1. Users: all doubles. Threads: pure functions.
#pragma once
#include <netinet/in.h>

#include <cstdint>

namespace pannier::doubles {

sockaddr_in loopback(std::uint16_t port);
int bound_socket(std::uint16_t port);  // of TCP; 0: the kernel chooses; throws where the port is taken
std::uint16_t port_of(int descriptor);

}  // namespace pannier::doubles
