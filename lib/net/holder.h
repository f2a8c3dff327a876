// Who holds a socket that we wanted: for the error message that a person reads. Best effort, by /proc.
// Users: unix_socket, udp_socket, tcp_socket, lock_file, only when a start has failed. Threads: any.
// Cost: reads the descriptors of all processes that we may look into; a few milliseconds.
#pragma once
#include <sys/socket.h>
#include <sys/types.h>

#include <string>

namespace pannier::net {

// "nginx (pid 12)", or "pid 12" where its name can't be read.
std::string process_name(pid_t pid);

// Each "nginx (pid 12)", or "a process of another user" where it can't be found.
std::string holder_of_unix_path(const std::string& path);
std::string holder_of_udp(const sockaddr_storage& address);
std::string holder_of_tcp(const sockaddr_storage& address);  // who listens there

}  // namespace pannier::net
