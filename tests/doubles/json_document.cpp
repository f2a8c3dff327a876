#include "tests/doubles/json_document.h"

#include <simdjson.h>

namespace pannier::doubles {

struct JsonDocument::Impl {
  std::string text;
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  bool is_valid = false;

  template <typename Value>
  std::optional<Value> get(std::string_view pointer) const {
    Value value;
    if (!is_valid || root.at_pointer(pointer).get(value) != simdjson::SUCCESS) return {};
    return value;
  }
};

JsonDocument::JsonDocument(std::string text) : impl_(std::make_unique<Impl>()) {
  impl_->text = std::move(text);
  impl_->is_valid = impl_->parser.parse(impl_->text).get(impl_->root) == simdjson::SUCCESS;
}
JsonDocument::~JsonDocument() = default;
JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument& JsonDocument::operator=(JsonDocument&&) noexcept = default;

bool JsonDocument::is_valid() const {
  return impl_->is_valid;
}

const std::string& JsonDocument::text() const {
  return impl_->text;
}

bool JsonDocument::has(std::string_view pointer) const {
  return impl_->get<simdjson::dom::element>(pointer).has_value();
}

bool JsonDocument::is_null(std::string_view pointer) const {
  const auto value = impl_->get<simdjson::dom::element>(pointer);
  return value && value->is_null();
}

std::uint64_t JsonDocument::number(std::string_view pointer) const {
  return impl_->get<std::uint64_t>(pointer).value_or(0);
}

std::string JsonDocument::string(std::string_view pointer) const {
  return std::string(impl_->get<std::string_view>(pointer).value_or(""));
}

std::optional<bool> JsonDocument::boolean(std::string_view pointer) const {
  return impl_->get<bool>(pointer);
}

std::vector<std::string> JsonDocument::names(std::string_view pointer) const {
  std::vector<std::string> result;
  if (const auto object = impl_->get<simdjson::dom::object>(pointer)) {
    for (const auto field : *object) result.emplace_back(field.key);
  }
  return result;
}

std::uint64_t JsonDocument::sum(std::string_view pointer) const {
  std::uint64_t total = 0;
  if (const auto object = impl_->get<simdjson::dom::object>(pointer)) {
    for (const auto field : *object) {
      std::uint64_t value = 0;
      if (field.value.get(value) == simdjson::SUCCESS) total += value;
    }
  }
  return total;
}

}  // namespace pannier::doubles
