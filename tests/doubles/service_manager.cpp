#include "tests/doubles/service_manager.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace pannier::doubles {
namespace {

// Where the sockets lie, in the order of their names, for the program that hands them over.
constexpr int first_descriptor = 200;

void must(bool good, const char* what) {
  if (!good) throw std::system_error(errno, std::generic_category(), what);
}

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), std::min(path.size(), sizeof address.sun_path - 1));
  return address;
}

int bound_unix(int type, const std::string& path) {
  const int descriptor = ::socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
  must(descriptor >= 0, "socket");
  const sockaddr_un address = address_of(path);
  must(::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, "bind");
  return descriptor;
}

}  // namespace

NotifySocket::NotifySocket() : descriptor_(bound_unix(SOCK_DGRAM, folder_ / "notify")) {}

NotifySocket::~NotifySocket() {
  ::close(descriptor_);
}

bool NotifySocket::read_one() {
  std::array<char, 4096> buffer{};
  const ssize_t size = ::recv(descriptor_, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (size < 0) return false;
  std::string_view rest(buffer.data(), static_cast<std::size_t>(size));
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    lines_.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return true;
}

bool NotifySocket::wait_for(std::string_view beginning, Deadline deadline) {
  return wait_until(
      [&] {
        const std::size_t known = lines_.size();
        if (!read_one()) return false;
        for (std::size_t index = known; index < lines_.size(); ++index)
          if (lines_[index].starts_with(beginning)) return true;
        return false;
      },
      deadline);
}

void NotifySocket::forget() {
  while (read_one()) continue;
  lines_.clear();
}

void NotifySocket::fill() const {
  const int sender = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const sockaddr_un address = address_of(path());
  while (::sendto(sender, "X=1", 3, 0, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 3)
    continue;
  ::close(sender);
}

HandedOver::~HandedOver() {
  for (const int descriptor : descriptors_) ::close(descriptor);
}

void HandedOver::descriptor(int descriptor) {
  const int place = first_descriptor + static_cast<int>(descriptors_.size());
  must(::dup2(descriptor, place) == place, "dup2");  // without close-on-exec
  ::close(descriptor);
  descriptors_.push_back(place);
}

void HandedOver::unix_socket(int type, const std::string& path) {
  const int socket = bound_unix(type, path);
  const int on = 1;
  if (type == SOCK_STREAM)
    must(::listen(socket, 64) == 0, "listen");
  else
    must(::setsockopt(socket, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == 0, "SO_PASSCRED");
  descriptor(socket);
}

void HandedOver::udp_socket(std::uint32_t address, std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  must(socket >= 0, "socket");
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_port = htons(port);
  place.sin_addr.s_addr = htonl(address);
  must(::bind(socket, reinterpret_cast<const sockaddr*>(&place), sizeof place) == 0, "bind");
  descriptor(socket);
}

std::string HandedOver::activate_program() {
  return PANNIER_TEST_ACTIVATE;
}

Environment HandedOver::environment(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ":") + name;
  return {{"ACTIVATE_FIRST", std::to_string(first_descriptor)}, {"ACTIVATE_NAMES", list}};
}

}  // namespace pannier::doubles
