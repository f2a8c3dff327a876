#include "base/json.h"

#include <array>
#include <bitset>
#include <charconv>
#include <cmath>

namespace pannier::json {
namespace {

constexpr std::size_t max_depth = 1024;

// Walks over one value. `is_object_` remembers which bracket each level was opened with.
class Checker {
 public:
  explicit Checker(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  bool whole() {
    do {
      if (!value()) return false;
      while (depth_ > 0 && !expects_value_)
        if (!after_value()) return false;
    } while (depth_ > 0 || expects_value_);
    skip_space();
    return at_ == end_;
  }

 private:
  void skip_space() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\t' || *at_ == '\n' || *at_ == '\r')) ++at_;
  }
  bool take(char wanted) {
    if (at_ == end_ || *at_ != wanted) return false;
    ++at_;
    return true;
  }
  bool word(std::string_view wanted) {
    if (static_cast<std::size_t>(end_ - at_) < wanted.size()) return false;
    if (std::string_view(at_, wanted.size()) != wanted) return false;
    at_ += wanted.size();
    return true;
  }
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  static bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

  bool digits() {
    const char* first = at_;
    while (at_ != end_ && is_digit(*at_)) ++at_;
    return at_ != first;
  }
  bool number() {
    take('-');
    if (take('0')) {
    } else if (!digits()) {
      return false;
    }
    if (take('.') && !digits()) return false;
    if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
      ++at_;
      if (!take('+')) take('-');
      return digits();
    }
    return true;
  }
  bool escape() {
    if (at_ == end_) return false;
    const char kind = *at_++;
    if (kind != 'u') return std::string_view("\"\\/bfnrt").find(kind) != std::string_view::npos;
    for (int i = 0; i < 4; ++i)
      if (at_ == end_ || !is_hex(*at_++)) return false;
    return true;
  }
  bool string() {
    if (!take('"')) return false;
    while (at_ != end_) {
      const char c = *at_++;
      if (c == '"') return true;
      if (static_cast<unsigned char>(c) < 0x20U) return false;
      if (c == '\\' && !escape()) return false;
    }
    return false;
  }
  bool key() {
    skip_space();
    if (!string()) return false;
    skip_space();
    return take(':');
  }
  // A scalar, an empty container, or the opening of one: then a value is expected next.
  bool value() {
    expects_value_ = false;
    skip_space();
    if (at_ == end_) return false;
    switch (*at_) {
      case '{': return open('}', true);
      case '[': return open(']', false);
      case '"': return string();
      case 't': return word("true");
      case 'f': return word("false");
      case 'n': return word("null");
      default: return number();
    }
  }
  bool open(char closing, bool object) {
    ++at_;
    skip_space();
    if (depth_ == max_depth) return false;
    if (take(closing)) return true;
    is_object_[depth_++] = object;
    expects_value_ = true;
    return !object || key();
  }
  bool after_value() {
    const bool object = is_object_[depth_ - 1];
    skip_space();
    if (take(object ? '}' : ']')) {
      --depth_;
      return true;
    }
    expects_value_ = true;
    return take(',') && (!object || key());
  }

  const char* at_;
  const char* end_;
  std::size_t depth_ = 0;
  bool expects_value_ = false;
  std::bitset<max_depth> is_object_;
};

char short_escape(char c) {
  switch (c) {
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    case '\b': return 'b';
    case '\f': return 'f';
    case '"': return '"';
    case '\\': return '\\';
    default: return 0;
  }
}

}  // namespace

bool is_value(std::string_view text) {
  return Checker(text).whole();
}

char* escape_to(char* out, std::string_view text) {
  constexpr std::string_view figures = "0123456789abcdef";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20U && c != '"' && c != '\\') {
      *out++ = c;
    } else if (const char known = short_escape(c)) {
      *out++ = '\\';
      *out++ = known;
    } else {
      for (const char e : {'\\', 'u', '0', '0', figures[byte >> 4U], figures[byte & 0xfU]}) *out++ = e;
    }
  }
  return out;
}

void append_string(std::string& out, std::string_view text) {
  const std::size_t before = out.size();
  out.resize(before + text.size() * 6 + 2);
  char* at = out.data() + before;
  *at++ = '"';
  at = escape_to(at, text);
  *at++ = '"';
  out.resize(static_cast<std::size_t>(at - out.data()));
}

void Writer::comma() {
  if (!fresh_) out_ += ',';
  fresh_ = false;
}

Writer& Writer::begin(char bracket) {
  comma();
  out_ += bracket;
  fresh_ = true;
  return *this;
}

Writer& Writer::end(char bracket) {
  out_ += bracket;
  fresh_ = false;
  return *this;
}

Writer& Writer::key(std::string_view name) {
  comma();
  append_string(out_, name);
  out_ += ':';
  fresh_ = true;
  return *this;
}

Writer& Writer::text(std::string_view value) {
  comma();
  append_string(out_, value);
  return *this;
}

Writer& Writer::number(double value) {
  if (!std::isfinite(value)) return null();
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  return raw({digits.data(), static_cast<std::size_t>(end - digits.data())});
}

Writer& Writer::raw(std::string_view value) {
  comma();
  out_.append(value);
  return *this;
}

}  // namespace pannier::json
