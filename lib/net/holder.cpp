#include "net/holder.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "base/text.h"

namespace pannier::net {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view unknown = "a process of another user";

bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

bool holds(const fs::path& process, const std::string& link) {
  std::error_code ec;
  for (fs::directory_iterator at(process / "fd", ec), end; !ec && at != end; at.increment(ec)) {
    std::error_code gone;
    if (fs::read_symlink(at->path(), gone) == link) return true;
  }
  return false;
}

std::string holder_of_inode(const std::string& inode) {
  const std::string link = "socket:[" + inode + "]";
  std::error_code ec;
  for (fs::directory_iterator at("/proc", ec), end; !ec && at != end; at.increment(ec)) {
    const std::string name = at->path().filename();
    if (is_number(name) && holds(at->path(), link)) return process_name(std::stoi(name));
  }
  return std::string(unknown);
}

std::vector<std::string> words(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> all;
  for (std::string word; in >> word;) all.push_back(word);
  return all;
}

// As the kernel prints it in /proc/net/udp: 32-bit words in the host's order.
std::string hexadecimal(const void* address, std::size_t size) {
  std::string out;
  for (std::size_t at = 0; at < size; at += 4) {
    std::uint32_t word = 0;
    std::memcpy(&word, static_cast<const char*>(address) + at, 4);
    std::array<char, 9> digits{};
    std::snprintf(digits.data(), digits.size(), "%08X", word);
    out += digits.data();
  }
  return out;
}

struct Wanted {
  std::string address;
  std::string port;
};

Wanted wanted(const sockaddr_storage& storage) {
  Wanted result;
  std::uint16_t port = 0;
  if (storage.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
    result.address = hexadecimal(&v4.sin_addr, sizeof v4.sin_addr);
    port = ntohs(v4.sin_port);
  } else {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
    result.address = hexadecimal(&v6.sin6_addr, sizeof v6.sin6_addr);
    port = ntohs(v6.sin6_port);
  }
  std::array<char, 5> digits{};
  std::snprintf(digits.data(), digits.size(), "%04X", port);
  result.port = digits.data();
  return result;
}

bool is_any(std::string_view address) {
  return address.find_first_not_of('0') == std::string_view::npos;
}

// In the state of that number; empty: any.
std::string inode_in(const char* table, const Wanted& ours, std::string_view state) {
  std::ifstream in(table);
  for (std::string line; std::getline(in, line);) {
    const auto fields = words(line);
    if (fields.size() < 10 || (!state.empty() && fields[3] != state)) continue;
    const std::size_t colon = fields[1].find(':');
    if (colon == std::string::npos || fields[1].substr(colon + 1) != ours.port) continue;
    const std::string theirs = fields[1].substr(0, colon);
    if (theirs == ours.address || is_any(theirs) || is_any(ours.address)) return fields[9];
  }
  return {};
}

std::string holder_in(const std::array<const char*, 2>& tables, const sockaddr_storage& address,
                      std::string_view state) {
  const Wanted ours = wanted(address);
  for (const char* table : tables) {
    const std::string inode = inode_in(table, ours, state);
    if (!inode.empty()) return holder_of_inode(inode);
  }
  return std::string(unknown);
}

}  // namespace

std::string process_name(pid_t pid) {
  std::string name;
  std::getline(std::ifstream("/proc/" + std::to_string(pid) + "/comm"), name);
  if (name.empty()) return "pid " + std::to_string(pid);
  return text::shown(name) + " (pid " + std::to_string(pid) + ")";
}

std::string holder_of_unix_path(const std::string& path) {
  std::ifstream in("/proc/net/unix");
  std::string holder(unknown);
  // Connections that nobody has accepted yet stand there under the same path, with the inode 0.
  for (std::string line; holder == unknown && std::getline(in, line);) {
    const auto fields = words(line);
    if (fields.size() >= 8 && line.ends_with(" " + path) && fields[6] != "0")
      holder = holder_of_inode(fields[6]);
  }
  return holder;
}

std::string holder_of_udp(const sockaddr_storage& address) {
  return holder_in({"/proc/net/udp", "/proc/net/udp6"}, address, {});
}

std::string holder_of_tcp(const sockaddr_storage& address) {
  constexpr std::string_view listens = "0A";
  return holder_in({"/proc/net/tcp", "/proc/net/tcp6"}, address, listens);
}

}  // namespace pannier::net
