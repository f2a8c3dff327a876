#include "base/secret.h"

#include <cstring>
#include <ostream>

namespace pannier {

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
