// An IP address with a port, as a listener is given it: 127.0.0.1:6258 or [::1]:6258.
// Users: udp_socket, tcp_socket, config. Threads: pure functions; nothing is looked up.
// Errors: invalid, with what to write instead.
#pragma once
#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "net/url.h"

namespace pannier::net {

struct IpAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  bool is_loopback = false;
  bool is_any = false;  // 0.0.0.0 or [::]

  [[nodiscard]] std::uint16_t port() const;
};

// None where `text` is no such address; names are none.
std::optional<IpAddress> parse_ip_address(std::string_view text);
// An IP address alone, as it stands in a Host header or a URL: 127.0.0.1 or [::1].
bool is_ip_literal(std::string_view host);

// An address to listen at: beyond loopback only with allow_remote. `example` stands in the message.
Result<IpAddress> listen_address(std::string_view text, bool allow_remote,
                                 std::string_view example = "127.0.0.1:6258");

// True where a request to `url` from this host would arrive at `listener`.
bool leads_to(const Url& url, const IpAddress& listener);

}  // namespace pannier::net
