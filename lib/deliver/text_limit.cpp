#include "deliver/text_limit.h"

namespace pannier::deliver::detail {
namespace {

std::size_t escaped_code_points(char c) {
  switch (c) {
    case '&': return 5;
    case '<':
    case '>': return 4;
    default: return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U ? 0 : 1;
  }
}

}  // namespace

std::string_view cut_for_malti(std::string_view text) {
  std::size_t points = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    points += escaped_code_points(text[at]);
    if (points > malti_code_points) return text.substr(0, at);
  }
  return text;
}

}  // namespace pannier::deliver::detail
