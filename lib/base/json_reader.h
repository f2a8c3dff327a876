// Reads one JSON document from front to back, as Python's json does: the same grammar (NaN and Infinity are
// numbers), the same complaints at the same places. Nothing is built: values are views into the text.
// Users: record/malti_decoder, receive/malti_body. Threads: not safe; a plain value.
// Cost: below 1 ns a byte, no allocation, no recursion.
#pragma once
#include <array>
#include <bit>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace pannier::json {

// A key that is likely to come, with its quotes and its colon: recognised in one step, with no search for its
// end. REQUIRES: at most 16 bytes.
class LikelyKey {
 public:
  constexpr LikelyKey() = default;
  constexpr explicit LikelyKey(std::string_view written) : size_(written.size()) {
    for (std::size_t i = 0; i < size_; ++i) {
      const std::uint64_t byte = static_cast<unsigned char>(written[i]);
      wanted_[i / 8] |= byte << i % 8 * 8;
      mask_[i / 8] |= std::uint64_t{0xff} << i % 8 * 8;
    }
  }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool stands_at(const char* at) const {
    static_assert(std::endian::native == std::endian::little, "the first byte is a word's lowest");
    std::array<std::uint64_t, 2> words{};
    std::memcpy(words.data(), at, sizeof words);
    return (((words[0] ^ wanted_[0]) & mask_[0]) | ((words[1] ^ wanted_[1]) & mask_[1])) == 0;
  }

 private:
  std::array<std::uint64_t, 2> wanted_{}, mask_{};
  std::size_t size_ = 0;
};

class Reader {
 public:
  static constexpr std::size_t max_depth = 1000;            // Python's own lies near it, and moves
  static constexpr std::size_t most_digits = 4300;          // of a whole number, as Python's
  static constexpr std::size_t readable_bytes_behind = 16;  // the text; their content does not matter

  enum class Kind : std::uint8_t { null, boolean, whole, real, not_finite, text, object, list };
  struct Value {
    Kind kind = Kind::null;
    bool escaped = false;  // a text with a backslash in it
    std::string_view raw;  // with its quotes or brackets
    // REQUIRES: a text.
    [[nodiscard]] std::string_view inside() const { return raw.substr(1, raw.size() - 2); }
  };
  // Why reading stopped. Without a message: too deep, or a number of too many digits.
  struct Complaint {
    std::string_view message;
    std::size_t at = 0;  // in bytes
  };

  // REQUIRES: valid UTF-8, readable_bytes_behind.
  explicit Reader(std::string_view text)
      : begin_(text.data()), at_(text.data()), end_(text.data() + text.size()) {}

  // Each is false where the text is no JSON: complaint() tells, and nothing may be called any more.
  // A container is entered, then, as long as there is `more`: key() in an object; value() or enter(); next().
  bool value(Value& out);  // a whole one: what is nested is walked over
  bool enter(bool& more);  // REQUIRES: peek() is '{' or '['
  bool key(Value& out);
  // Instead of key(): true, and the key is behind us, where it is this one, with no white space in it.
  bool take(const LikelyKey& key) {
    const char* const at = behind_space(at_);
    const bool here = key.stands_at(at) && static_cast<std::size_t>(end_ - at) >= key.size();
    if (here) at_ = at + key.size();
    return here;
  }
  bool next(bool& more);
  bool finish();  // nothing but white space is left
  // The first character of what comes, behind white space; NUL at the end.
  char peek() {
    at_ = behind_space(at_);
    return at_ == end_ ? '\0' : *at_;
  }
  [[nodiscard]] const char* place() const { return at_; }
  // REQUIRES: the place of another value of the container that was entered last.
  void resume_at(const char* place) { at_ = place; }
  [[nodiscard]] const Complaint& complaint() const { return complaint_; }

 private:
  // They go from place to place by value, null where they complained: a member would be stored and loaded at
  // each step, and each step waits for the one before.
  const char* behind_space(const char* at) const {
    if (static_cast<unsigned char>(*at) > ' ') return at;  // nearly always; it may be read even at the end
    while (at != end_ && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) ++at;
    return at;
  }
  const char* complain(std::string_view message, const char* at);
  const char* scalar(const char* at, Value& out);
  const char* text(const char* at, Value& out);
  const char* escape(const char* quote, const char* at);
  const char* number(const char* at, Value& out);
  const char* word(std::string_view wanted, Kind kind, const char* at, Value& out);
  const char* digits(const char* at) const;
  bool nested();
  bool moved(const char* at) {
    if (at != nullptr) at_ = at;
    return at != nullptr;
  }

  const char* begin_;
  const char* at_;
  const char* end_;
  std::size_t depth_ = 0;
  Complaint complaint_;
  std::bitset<max_depth> is_object_;
};

// What a text means, written to `out`; at most as many bytes as it has. Returns the end. Half a surrogate
// pair becomes U+FFFD, and `has_half` is set. REQUIRES: the inside of a text that a Reader took.
char* unescape_to(char* out, std::string_view inside, bool& has_half);

}  // namespace pannier::json
