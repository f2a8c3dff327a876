#include "base/text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

namespace pannier::text {
namespace {

struct Character {
  std::uint32_t code;
  std::size_t bytes;  // 0: no valid UTF-8 begins here
};

Character character_at(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const auto follows = [&](std::size_t i) { return i < text.size() && (byte(i) & 0xc0U) == 0x80U; };
  const std::uint32_t first = byte(0);
  if (first < 0x80U) return {first, 1};
  if (first >= 0xc2U && first < 0xe0U && follows(1)) return {((first & 0x1fU) << 6U) | (byte(1) & 0x3fU), 2};
  if (first >= 0xe0U && first < 0xf0U && follows(1) && follows(2)) {
    const std::uint32_t code = ((first & 0x0fU) << 12U) | ((byte(1) & 0x3fU) << 6U) | (byte(2) & 0x3fU);
    return {code, code >= 0x800U && (code < 0xd800U || code > 0xdfffU) ? 3U : 0U};
  }
  if (first >= 0xf0U && first < 0xf5U && follows(1) && follows(2) && follows(3)) {
    const std::uint32_t code =
        ((first & 0x07U) << 18U) | ((byte(1) & 0x3fU) << 12U) | ((byte(2) & 0x3fU) << 6U) | (byte(3) & 0x3fU);
    return {code, code >= 0x10000U && code <= 0x10ffffU ? 4U : 0U};
  }
  return {first, 0};
}

bool is_hidden(std::uint32_t code) {
  return (code >= 0x80 && code < 0xa0) || code == 0x61c || (code >= 0x200b && code <= 0x200f) ||
         (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x2069) || code == 0xfeff;
}

std::string hex(std::uint32_t code, int digits) {
  constexpr std::string_view figures = "0123456789abcdef";
  std::string out;
  for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4)
    out += figures[(code >> static_cast<unsigned>(shift)) & 0xfU];
  return out;
}

void show(std::string& out, std::string_view text, Character next) {
  if (next.bytes == 0)
    out.append("\\x").append(hex(static_cast<std::uint8_t>(text.front()), 2));
  else if (next.code == '\n')
    out += "\\n";
  else if (next.code == '\t')
    out += "\\t";
  else if (next.code == '\r')
    out += "\\r";
  else if (next.code < 0x20 || next.code == 0x7f)
    out.append("\\x").append(hex(next.code, 2));
  else if (is_hidden(next.code))
    out.append("\\u{").append(hex(next.code, 4)).append("}");
  else
    out.append(text.substr(0, next.bytes));
}

std::size_t distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> row(right.size() + 1);
  for (std::size_t i = 0; i < row.size(); ++i) row[i] = i;
  for (std::size_t i = 1; i <= left.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const std::size_t replaced = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, replaced}));
    }
  }
  return row.back();
}

char lowered(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_white(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

}  // namespace

std::string shown(std::string_view text, std::size_t limit) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    const Character next = character_at(text.substr(at));
    const std::size_t length = std::max<std::size_t>(next.bytes, 1);
    if (at + length > limit) return out + "…";
    show(out, text.substr(at), next);
    at += length;
  }
  return out;
}

std::string json_shown(std::string_view document) {
  std::string out;
  out.reserve(document.size());
  while (!document.empty()) {
    const Character next = character_at(document);
    const std::size_t length = std::max<std::size_t>(next.bytes, 1);
    if (is_hidden(next.code))
      out.append("\\u").append(hex(next.code, 4));
    else
      out.append(document.substr(0, length));
    document.remove_prefix(length);
  }
  return out;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t bytes = character_at(text).bytes;
    if (bytes == 0) return false;
    text.remove_prefix(bytes);
  }
  return true;
}

bool has_control_character(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20U || c == 0x7f; });
}

std::string_view utf8_prefix(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xc0U) == 0x80U) --bytes;
  return text.substr(0, bytes);
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), lowered);
  return out;
}

bool equal_ignoring_case(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, [](char a, char b) { return lowered(a) == lowered(b); });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_white(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_white(text.back())) text.remove_suffix(1);
  return text;
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> known) {
  std::string_view best;
  // Two steps turn any two letters into any others.
  const std::size_t allowed = word.size() < 3 ? 1 : std::max<std::size_t>(2, word.size() / 3);
  std::size_t least = allowed + 1;
  for (const std::string_view candidate : known) {
    const std::size_t steps = distance(word, candidate);
    if (steps < least) {
      least = steps;
      best = candidate;
    }
  }
  return best;
}

}  // namespace pannier::text
