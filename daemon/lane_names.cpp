#include "daemon/lane_names.h"

#include <algorithm>

#include "observe/ledger.h"

namespace pannier::daemon {
namespace {

using observe::DestinationId;

constexpr std::size_t fingerprint_size = 8;

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

// "orders@1a2b3c4d"
bool looks_like_guest(std::string_view text) {
  if (text.size() <= fingerprint_size + 1) return false;
  const std::size_t at = text.size() - fingerprint_size - 1;
  return text[at] == '@' && std::ranges::all_of(text.substr(at + 1), is_hex);
}

}  // namespace

std::string lane_name(DestinationId destination, std::string_view service) {
  std::string name(observe::name(destination));
  if (destination == DestinationId::multiplayer) name.append("/traces");
  if (destination != DestinationId::malti) return name;
  name.append("/").append(service);
  return looks_like_guest(service) ? name + "/" : name;
}

std::string guest_lane_name(std::string_view service, std::string_view fingerprint) {
  return std::string(observe::name(DestinationId::malti))
      .append("/")
      .append(service)
      .append("@")
      .append(fingerprint);
}

LaneName parse_lane_name(std::string_view name) {
  if (name == observe::name(DestinationId::local)) return {DestinationId::local, {}, {}};
  const std::size_t slash = std::min(name.find('/'), name.size());
  if (name.substr(0, slash) == observe::name(DestinationId::multiplayer))
    return {DestinationId::multiplayer, {}, {}};
  std::string_view service = name.substr(std::min(slash + 1, name.size()));
  if (looks_like_guest(service))
    return {DestinationId::malti, std::string(service.substr(0, service.size() - fingerprint_size - 1)),
            std::string(service.substr(service.size() - fingerprint_size))};
  if (service.ends_with('/')) service.remove_suffix(1);
  return {DestinationId::malti, std::string(service), {}};
}

}  // namespace pannier::daemon
