// A key or password: prints as ***, is wiped when it goes. Threads: a plain value.
#pragma once
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>

namespace pannier {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text);
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept : text_(std::move(other.text_)) { other.wipe(); }
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret() { wipe(); }

  // The only way to the text: for the request's header and nothing else.
  [[nodiscard]] std::string_view reveal() const { return text_; }
  [[nodiscard]] bool empty() const { return text_.empty(); }
  bool operator==(const Secret&) const = default;

 private:
  void wipe() noexcept;
  std::string text_;
};

std::ostream& operator<<(std::ostream& out, const Secret& secret);

}  // namespace pannier
