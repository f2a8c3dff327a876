// Networks of IP addresses, as 10.0.0.0/8 or ::1; one inside IPv4-mapped IPv6 is its IPv4.
// Users: forwarded, config (for faults). Threads: immutable, safe from any. Cost: a comparison a network.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "process/address.h"

namespace pannier::process {

class Networks {
 public:
  Networks() = default;
  // REQUIRES: no fault in any.
  explicit Networks(std::span<const std::string> texts);
  // What is wrong with it, and the cure.
  static std::optional<std::string> fault(std::string_view text);

  [[nodiscard]] bool empty() const { return networks_.empty(); }
  [[nodiscard]] bool contain(const Address& address) const;

 private:
  struct Network {
    Address address;
    unsigned bits = 0;
    [[nodiscard]] bool contains(const Address& other) const;
  };
  static std::optional<Network> parsed(std::string_view text);
  std::vector<Network> networks_;
};

}  // namespace pannier::process
