// What the three programs around the daemon share: sockets by kind and address, questions on standard input.
// Users: load, backend, discard; end_to_end.py starts them. They end when their standard input does, at a
// fault, or (load) by themselves: none outlives the benchmark. Threads: pure functions.
#pragma once
#include <functional>
#include <string>
#include <string_view>

namespace pannier::bench {

// "stream" and "dgram" are Unix sockets whose address is a path, "udp" and "http" are ports on loopback.
enum class Kind { stream, dgram, udp, http };

// Says what failed and errno's text; exit 1.
[[noreturn]] void fail(std::string_view what);

Kind kind_of(std::string_view name);
int connected_socket(Kind kind, const std::string& address);
int bound_socket(Kind kind, const std::string& address);  // a stream listens
int listening_on_loopback(unsigned short& port);          // TCP, any free port

// Seconds of the monotonic clock, which all processes of a machine share.
double seconds_now();

// For every line that comes on standard input prints one of `answer`; returns at the end of the input.
void answer_questions(const std::function<std::string()>& answer);

}  // namespace pannier::bench
