// Names of delivery settings whose parts are not built yet.
#include <array>

#include "config/option_table.h"

namespace pannier::config::table {
namespace {

constexpr std::array rows{
    Option{.path = "session", .kind = Kind::group, .built = false, .harmless = "off"},
    Option{.path = "session.url", .sdk = Sdk::plain, .variable = "MULTIPLAYER_BASE_API_URL", .built = false},
    Option{.path = "session.key", .built = false},
};

}  // namespace

std::span<const Option> deliver_later() {
  return rows;
}

}  // namespace pannier::config::table
