// Addresses to listen at and addresses of backends.
#include "config/value.h"
#include "net/ip_address.h"
#include "net/url.h"

namespace pannier::config::reading {

// Whether it may be reached from elsewhere is decided with allow_remote: config/finish.h.
std::optional<Value> address(const Option& option, const Written& node, Faults& faults) {
  const auto right = net::listen_address(node.text, true, option.fallback);
  if (!right) return no(node, faults, right.error().message);
  if (node.text.ends_with(":0")) return no(node, faults, "port 0 is nobody's; write a port of 1 to 65535");
  Value value;
  value.text = node.text;
  return value;
}

std::optional<Value> url(const Written& node, Faults& faults) {
  // What stands before an @ may be a password, and a message is for everybody.
  if (node.text.find('@') != std::string::npos)
    return no(node, faults, "user and password have no place in a URL; write http://host:port");
  const auto url = net::parse_url(node.text);
  if (!url) return no(node, faults, url.error().message, url.error().code);
  Value value;
  value.text = url->str();
  return value;
}

}  // namespace pannier::config::reading
