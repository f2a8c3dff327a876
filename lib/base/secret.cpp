#include "base/secret.h"

#include <cstring>
#include <ostream>
#include <utility>

namespace pannier {

// Copied and wiped: a move would leave a short text behind in the argument.
Secret::Secret(std::string text) : text_(text) {
  explicit_bzero(text.data(), text.size());
}

Secret& Secret::operator=(const Secret& other) {
  if (this == &other) return *this;
  wipe();
  text_ = other.text_;
  return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this == &other) return *this;
  wipe();
  text_ = std::move(other.text_);
  other.wipe();
  return *this;
}

void Secret::wipe() noexcept {
  explicit_bzero(text_.data(), text_.capacity());
  text_.clear();
}

std::ostream& operator<<(std::ostream& out, const Secret& secret) {
  return out << (secret.empty() ? "" : "***");
}

}  // namespace pannier
