#include "deliver/malti/clean_text.h"

#include <algorithm>

namespace pannier::deliver::malti {
namespace {

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20U;
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Where HTML sees a tag, an end tag, a comment or an instruction; any other < is a text's.
bool has_markup(std::string_view text) {
  for (std::size_t at = text.find('<'); at < text.size(); at = text.find('<', at + 1)) {
    const char next = at + 1 < text.size() ? text[at + 1] : ' ';
    if (is_letter(next) || next == '/' || next == '!' || next == '?') return true;
  }
  return false;
}

}  // namespace

bool may_need_cleaning(std::string_view fragment, bool plain) {
  return fragment.find('<') != std::string_view::npos ||
         (!plain && fragment.find('\\') != std::string_view::npos);
}

std::string_view cleaned(std::string_view text, std::string& room) {
  const bool markup = has_markup(text);
  if (!markup && std::ranges::none_of(text, is_control)) return text;
  room.clear();
  for (const char c : text) {
    if (markup && (c == '<' || c == '>'))
      room += c == '<' ? "‹" : "›";
    else
      room += is_control(c) ? ' ' : c;
  }
  return room;
}

}  // namespace pannier::deliver::malti
