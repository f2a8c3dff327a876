// A small JSON document to ask by JSON pointer ("/lanes/malti~1orders/delivered"), for `pannier status
// --json`. Threads: not safe, not even for asking.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pannier::doubles {

class JsonDocument {
 public:
  explicit JsonDocument(std::string text);  // what is no JSON is an empty document
  ~JsonDocument();
  JsonDocument(JsonDocument&&) noexcept;
  JsonDocument& operator=(JsonDocument&&) noexcept;

  [[nodiscard]] bool is_valid() const;
  [[nodiscard]] const std::string& text() const;
  [[nodiscard]] bool has(std::string_view pointer) const;
  [[nodiscard]] bool is_null(std::string_view pointer) const;          // there, and null
  [[nodiscard]] std::uint64_t number(std::string_view pointer) const;  // 0 where there is none
  [[nodiscard]] std::string string(std::string_view pointer) const;    // empty where there is none
  [[nodiscard]] std::optional<bool> boolean(std::string_view pointer) const;
  // Of an object: its names in order, and the sum of its numbers.
  [[nodiscard]] std::vector<std::string> names(std::string_view pointer) const;
  [[nodiscard]] std::uint64_t sum(std::string_view pointer) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pannier::doubles
