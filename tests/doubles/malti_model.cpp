#include "tests/doubles/malti_model.h"

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <optional>

namespace pannier::doubles {

namespace {

using simdjson::dom::element;
using simdjson::dom::object;

// Reads one element of `requests`, noting each mistake as the server's model does.
class RecordReader {
 public:
  RecordReader(std::size_t index, element value, std::vector<Mistake>& mistakes)
      : index_(index), value_(value), mistakes_(mistakes) {}

  MaltiRecord read() {
    MaltiRecord record;
    record.raw = simdjson::minify(value_);
    if (value_.get(fields_) != simdjson::SUCCESS) {
      note("", "model_attributes_type", "Input should be a valid dictionary", value_);
      return record;
    }
    record.service = text("service", true);
    record.node = text("node", false);
    record.method = text("method", true);
    record.endpoint = text("endpoint", true);
    record.status = whole("status");
    record.response_time = whole("response_time");
    record.consumer = text("consumer", true);
    record.context = text("context", false);
    record.created_at = time("created_at");
    return record;
  }

 private:
  void note(std::string_view field, std::string_view type, std::string_view message, element input) {
    mistakes_.push_back({index_, field, type, message, simdjson::minify(input)});
  }

  std::optional<element> find(std::string_view field, bool required) {
    element found;
    if (fields_[field].get(found) == simdjson::SUCCESS && (required || !found.is_null())) return found;
    if (required) note(field, "missing", "Field required", value_);
    return {};
  }

  std::string text(std::string_view field, bool required) {
    const auto found = find(field, required);
    std::string_view value;
    if (!found) return {};
    if (found->get(value) != simdjson::SUCCESS) {
      note(field, "string_type", "Input should be a valid string", *found);
    }
    return std::string(value);
  }

  std::int64_t whole(std::string_view field) {
    const auto found = find(field, true);
    if (!found) return 0;
    std::int64_t value = 0;
    std::uint64_t large = 0;
    std::string_view digits;
    if (found->get(value) == simdjson::SUCCESS) return value;
    if (found->get(large) == simdjson::SUCCESS) return INT64_MAX;
    if (found->get(digits) == simdjson::SUCCESS) {
      const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
      if (read.ec == std::errc() && read.ptr == digits.data() + digits.size()) return value;
    }
    note(field, "int_parsing", "Input should be a valid integer, unable to parse string as an integer",
         *found);
    return 0;
  }

  std::string time(std::string_view field) {
    const auto found = find(field, false);
    if (!found) return {};
    std::string_view value;
    double seconds = 0;
    // Epoch micro- and nanoseconds are out of what the server takes.
    if (found->get(seconds) == simdjson::SUCCESS && std::abs(seconds) < 2e13) return simdjson::minify(*found);
    if (found->get(value) == simdjson::SUCCESS && is_time(value)) return std::string(value);
    note(field, "datetime_from_date_parsing", "Input should be a valid datetime", *found);
    return {};
  }

  // 2025-01-01, and behind it T12:00:00 with fraction and zone where they are given.
  static bool is_time(std::string_view value) {
    const auto number = [&](std::size_t at, std::size_t digits) {
      int result = -1;
      if (value.size() < at + digits) return result;
      const auto read = std::from_chars(value.data() + at, value.data() + at + digits, result);
      return read.ptr == value.data() + at + digits ? result : -1;
    };
    if (value.size() < 10 || value[4] != '-' || value[7] != '-') return false;
    const std::chrono::year_month_day day{std::chrono::year(number(0, 4)),
                                          std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                          std::chrono::day(static_cast<unsigned>(number(8, 2)))};
    if (!day.ok() || number(0, 4) < 1) return false;
    if (value.size() == 10) return true;
    if (value.size() < 16 || (value[10] != 'T' && value[10] != ' ') || value[13] != ':') return false;
    const int second = value.size() > 16 && value[16] == ':' ? number(17, 2) : 0;
    const auto within = [](int found, int limit) { return found >= 0 && found < limit; };
    return within(number(11, 2), 24) && within(number(14, 2), 60) && within(second, 60);
  }

  std::size_t index_;
  element value_;
  object fields_;
  std::vector<Mistake>& mistakes_;
};

}  // namespace

MaltiRecord read_record(std::size_t index, element value, std::vector<Mistake>& mistakes) {
  return RecordReader(index, value, mistakes).read();
}

}  // namespace pannier::doubles
