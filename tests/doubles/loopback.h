// TCP sockets bound to a port of loopback. Users: ScriptedBackend. Threads: pure functions.
#pragma once
#include <cstdint>

namespace pannier::doubles {

int bound_socket(std::uint16_t port);  // 0: the kernel chooses; throws where the port is taken
std::uint16_t port_of(int descriptor);

}  // namespace pannier::doubles
