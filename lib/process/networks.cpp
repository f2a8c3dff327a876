#include "process/networks.h"

#include <algorithm>
#include <charconv>

namespace pannier::process {
namespace {

constexpr unsigned all_bits = 128;
constexpr unsigned bits_before_v4 = 96;

std::optional<unsigned> number(std::string_view text) {
  unsigned value = 0;
  const char* last = text.data() + text.size();
  const auto [end, fault] = std::from_chars(text.data(), last, value);
  if (fault != std::errc() || end != last) return std::nullopt;
  return value;
}

}  // namespace

std::optional<Networks::Network> Networks::parsed(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = parse_address(text.substr(0, slash));
  if (!address || text.find('%') != std::string_view::npos) return std::nullopt;
  if (slash == std::string_view::npos) return Network{*address, all_bits};
  const bool is_v4 = text.substr(0, slash).find(':') == std::string_view::npos;
  const auto bits = number(text.substr(slash + 1));
  const unsigned before = is_v4 ? bits_before_v4 : 0;
  if (!bits || *bits > all_bits - before) return std::nullopt;
  return Network{*address, before + *bits};
}

std::optional<std::string> Networks::fault(std::string_view text) {
  const auto network = parsed(text);
  if (!network) return "is neither an IP address nor a network; write 10.0.0.0/8 or ::1";
  // Half a network is a slip of the hand that would trust more, or less, than was meant.
  for (unsigned bit = network->bits; bit < all_bits; ++bit)
    if ((network->address.bytes.at(bit / 8) >> (7 - bit % 8) & 1U) != 0)
      return "has bits behind its /" + std::string(text.substr(text.find('/') + 1)) +
             "; write the network's own address, as 10.0.0.0/8";
  return std::nullopt;
}

Networks::Networks(std::span<const std::string> texts) {
  for (const std::string& text : texts)
    if (const auto network = parsed(text)) networks_.push_back(*network);
}

bool Networks::Network::contains(const Address& other) const {
  const std::size_t whole = bits / 8;
  if (!std::equal(address.bytes.begin(), address.bytes.begin() + static_cast<std::ptrdiff_t>(whole),
                  other.bytes.begin()))
    return false;
  if (bits % 8 == 0) return true;
  const unsigned unused = 8 - bits % 8;
  return address.bytes.at(whole) >> unused == other.bytes.at(whole) >> unused;
}

bool Networks::contain(const Address& address) const {
  return std::ranges::any_of(networks_, [&](const Network& each) { return each.contains(address); });
}

}  // namespace pannier::process
