#include "base/json_reader.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <array>
#include <bit>
#include <cstring>

namespace pannier::json {
namespace {

#ifdef __SSE2__

constexpr std::size_t step = 16;

// A bit for each quote, backslash or control character of the next 16 bytes.
unsigned found_in_step(const char* at) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
  const __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
  const __m128i backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
  return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(control, _mm_or_si128(quote, backslash))));
}

std::size_t first_of(unsigned found) {
  return static_cast<std::size_t>(std::countr_zero(found));
}

#else

constexpr std::size_t step = 8;
constexpr std::uint64_t ones = 0x0101010101010101U;
constexpr std::uint64_t tops = 0x8080808080808080U;

constexpr std::uint64_t zero_bytes(std::uint64_t word) {
  return (word - ones) & ~word & tops;
}

// The top bit of each such byte; beyond the first one others may be set, too.
std::uint64_t found_in_step(const char* at) {
  static_assert(std::endian::native == std::endian::little, "the first byte is a word's lowest");
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  const std::uint64_t control = (word - ones * 0x20) & ~word & tops;
  return control | zero_bytes(word ^ (ones * '"')) | zero_bytes(word ^ (ones * '\\'));
}

std::size_t first_of(std::uint64_t found) {
  return static_cast<std::size_t>(std::countr_zero(found)) / 8;
}

#endif

static_assert(step <= Reader::readable_bytes_behind);

// The first quote, backslash or control character at or behind `at`; may lie behind the end.
const char* end_of_plain(const char* at, const char* end) {
  for (; at < end; at += step)
    if (const auto found = found_in_step(at)) return at + first_of(found);
  return end;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Of four hex digits; -1 where they are none.
int code_unit(const char* at) {
  int unit = 0;
  for (int i = 0; i < 4; ++i) {
    const int digit = hex_value(at[i]);
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

char meaning_of(char escape) {
  switch (escape) {
    case '"':
    case '\\':
    case '/': return escape;
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return '\0';
  }
}

char* put_utf8(char* out, unsigned code) {
  const auto tail = [](unsigned bits) { return static_cast<char>(0x80U | (bits & 0x3fU)); };
  if (code < 0x80) {
    *out++ = static_cast<char>(code);
  } else if (code < 0x800) {
    *out++ = static_cast<char>(0xc0U | (code >> 6U));
    *out++ = tail(code);
  } else if (code < 0x10000) {
    *out++ = static_cast<char>(0xe0U | (code >> 12U));
    *out++ = tail(code >> 6U);
    *out++ = tail(code);
  } else {
    *out++ = static_cast<char>(0xf0U | (code >> 18U));
    *out++ = tail(code >> 12U);
    *out++ = tail(code >> 6U);
    *out++ = tail(code);
  }
  return out;
}

}  // namespace

const char* Reader::complain(std::string_view message, const char* at) {
  complaint_ = {message, static_cast<std::size_t>(at - begin_)};
  return nullptr;
}

bool Reader::value(Value& out) {
  const char* const at = behind_space(at_);
  if (at == end_ || (*at != '{' && *at != '[')) return moved(scalar(at, out));
  out.kind = *at == '{' ? Kind::object : Kind::list;
  out.escaped = false;
  if (!nested()) return false;
  out.raw = {at, static_cast<std::size_t>(at_ - at)};
  return true;
}

bool Reader::nested() {
  const std::size_t outer = depth_;
  Value ignored;
  bool more = true;
  while (true) {
    const char first = more ? peek() : '\0';
    const bool opens = first == '{' || first == '[';
    if (opens && !enter(more)) return false;
    const bool is_inside = opens && more;
    if (!opens && more && !moved(scalar(at_, ignored))) return false;
    if (depth_ == outer) return true;
    if (!is_inside && !next(more)) return false;
    if (more && is_object_[depth_ - 1] && !key(ignored)) return false;
  }
}

bool Reader::enter(bool& more) {
  at_ = behind_space(at_);
  const bool object = *at_ == '{';
  if (depth_ == max_depth) return complain({}, at_) != nullptr;
  at_ = behind_space(at_ + 1);
  more = at_ == end_ || *at_ != (object ? '}' : ']');
  if (!more)
    ++at_;
  else
    is_object_[depth_++] = object;
  return true;
}

bool Reader::key(Value& out) {
  const char* at = behind_space(at_);
  if (at == end_ || *at != '"')
    return moved(complain("Expecting property name enclosed in double quotes", at));
  at = text(at, out);
  if (at == nullptr) return false;
  at = behind_space(at);
  return moved(at != end_ && *at == ':' ? at + 1 : complain("Expecting ':' delimiter", at));
}

bool Reader::next(bool& more) {
  const char* const at = behind_space(at_);
  more = at != end_ && *at == ',';
  if (more) return moved(at + 1);
  if (at == end_ || *at != (is_object_[depth_ - 1] ? '}' : ']'))
    return moved(complain("Expecting ',' delimiter", at));
  --depth_;
  return moved(at + 1);
}

bool Reader::finish() {
  const char* const at = behind_space(at_);
  return moved(at == end_ ? at : complain("Extra data", at));
}

const char* Reader::scalar(const char* at, Value& out) {
  if (at == end_) return complain("Expecting value", at);
  if (*at == '"') return text(at, out);
  out.escaped = false;
  switch (*at) {
    case 'n': return word("null", Kind::null, at, out);
    case 't': return word("true", Kind::boolean, at, out);
    case 'f': return word("false", Kind::boolean, at, out);
    case 'N': return word("NaN", Kind::not_finite, at, out);
    case 'I': return word("Infinity", Kind::not_finite, at, out);
    case '-':
      if (end_ - at > 1 && at[1] == 'I') return word("-Infinity", Kind::not_finite, at, out);
      return number(at, out);
    default: return number(at, out);
  }
}

const char* Reader::word(std::string_view wanted, Kind kind, const char* at, Value& out) {
  if (!std::string_view(at, static_cast<std::size_t>(end_ - at)).starts_with(wanted))
    return complain("Expecting value", at);
  out.kind = kind;
  out.raw = {at, wanted.size()};
  return at + wanted.size();
}

const char* Reader::text(const char* at, Value& out) {
  const char* const quote = at;
  out.kind = Kind::text;
  out.escaped = false;
  ++at;
  while (true) {
    at = end_of_plain(at, end_);
    if (at >= end_) return complain("Unterminated string starting at", quote);
    if (*at == '"') break;
    if (*at != '\\') return complain("Invalid control character at", at);
    out.escaped = true;
    at = escape(quote, at);
    if (at == nullptr) return at;
  }
  ++at;
  out.raw = {quote, static_cast<std::size_t>(at - quote)};
  return at;
}

// Behind the backslash at `at` and what it escapes.
const char* Reader::escape(const char* quote, const char* at) {
  if (end_ - at < 2) return complain("Unterminated string starting at", quote);
  if (at[1] == 'u') {
    if (end_ - at < 7 || code_unit(at + 2) < 0) return complain("Invalid \\uXXXX escape", at + 1);
    return at + 6;
  }
  return meaning_of(at[1]) != '\0' ? at + 2 : complain("Invalid \\escape", at);
}

const char* Reader::digits(const char* at) const {
  while (at != end_ && is_digit(*at)) ++at;
  return at;
}

const char* Reader::number(const char* at, Value& out) {
  const char* const begin = at;
  const char* const first = *at == '-' ? at + 1 : at;
  if (first == end_ || !is_digit(*first)) return complain("Expecting value", begin);
  at = *first == '0' ? first + 1 : digits(first);
  const char* const whole_end = at;
  if (end_ - at > 1 && *at == '.' && is_digit(at[1])) at = digits(at + 1);
  if (at != end_ && (*at == 'e' || *at == 'E')) {
    const char* power = at + 1;
    if (power != end_ && (*power == '+' || *power == '-')) ++power;
    if (power != end_ && is_digit(*power)) at = digits(power);
  }
  out.kind = at == whole_end ? Kind::whole : Kind::real;
  if (out.kind == Kind::whole && static_cast<std::size_t>(at - first) > most_digits)
    return complain({}, begin);
  out.raw = {begin, static_cast<std::size_t>(at - begin)};
  return at;
}

char* unescape_to(char* out, std::string_view inside, bool& has_half) {
  constexpr unsigned replacement = 0xfffd;
  const char* at = inside.data();
  const char* const end = at + inside.size();
  while (at != end) {
    const auto* const found =
        static_cast<const char*>(std::memchr(at, '\\', static_cast<std::size_t>(end - at)));
    const std::size_t plain = static_cast<std::size_t>((found == nullptr ? end : found) - at);
    std::memmove(out, at, plain);
    out += plain;
    if (found == nullptr) break;
    at = found + 2;
    if (found[1] != 'u') {
      *out++ = meaning_of(found[1]);
      continue;
    }
    auto code = static_cast<unsigned>(code_unit(at));
    at += 4;
    if (code >= 0xd800 && code <= 0xdfff) {
      const int low =
          code <= 0xdbff && end - at >= 6 && at[0] == '\\' && at[1] == 'u' ? code_unit(at + 2) : -1;
      const bool pair = low >= 0xdc00 && low <= 0xdfff;
      if (pair) at += 6;
      code =
          pair ? 0x10000U + ((code - 0xd800U) << 10U) + (static_cast<unsigned>(low) - 0xdc00U) : replacement;
      has_half = has_half || !pair;
    }
    out = put_utf8(out, code);
  }
  return out;
}

}  // namespace pannier::json
