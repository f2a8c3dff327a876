#include "tests/bench/lines.h"

#include <array>
#include <cstdio>
#include <cstdlib>

#include "record/line_decoder.h"

namespace pannier::bench {
namespace {

constexpr std::size_t usual_bytes = 208;
constexpr std::array services{"orders", "users", "billing", "search"};
constexpr std::array methods{"GET", "PUT", "POST"};
constexpr std::array endpoints{"/users/{user_id}", "/orders/{order_id}/items", "/search",
                               "/carts/{id}/checkout"};
constexpr std::array paths{"/users/4711?tab=1", "/orders/8d3f01aa/items", "/search?q=shoes",
                           "/carts/17/checkout"};
constexpr std::array consumers{"web-app", "mobile", "backup", "cron"};

template <std::size_t N>
std::string_view one_of(const std::array<const char*, N>& texts, std::size_t index) {
  return texts[index % N];
}

std::string number(std::size_t value, int digits) {
  std::array<char, 24> text{};
  const int size = std::snprintf(text.data(), text.size(), "%0*zu", digits, value);
  return {text.data(), static_cast<std::size_t>(size)};
}

std::string field(std::string_view name, std::string_view value) {
  return "\"" + std::string(name) + "\":\"" + std::string(value) + "\",";
}

std::string context_of(LineSort sort, std::size_t index) {
  const std::string id = number(index, 12);
  return sort == LineSort::with_escapes ? R"(checkout \"express\"\n)" + id : id;
}

std::string headers(std::size_t index) {
  return R"("request_headers":{"host":"shop.example.com","user-agent":"curl/7.88.1","accept":"*/*",)"
         R"("accept-encoding":"gzip, deflate","content-type":"application/json","x-request-id":")" +
         number(index, 16) + R"(","x-consumer-id":")" + std::string(one_of(consumers, index)) +
         R"(","connection":"keep-alive"},)";
}

std::string line_of(LineSort sort, std::size_t index, std::size_t service_count) {
  std::string line = "{" + field("service", one_of(services, index % service_count));
  line += field("node", "p" + number(index % 10, 1)) + field("method", one_of(methods, index / 3));
  line += sort == LineSort::path ? field("path", one_of(paths, index / 5))
                                 : field("endpoint", one_of(endpoints, index / 5));
  line += "\"status\":" + std::string(sort == LineSort::rejected ? "99" : index % 17 != 0 ? "200" : "500");
  line += ",\"response_time\":" + number(5 + index * 7 % 200, 1) + ",";
  line += sort == LineSort::with_headers ? headers(index) : field("consumer", one_of(consumers, index / 7));
  line +=
      field("created_at", "2026-01-01T12:00:" + number(index % 60, 2) + "." + number(index * 977, 6) + "Z");
  line += R"("context":")" + context_of(sort, index);
  if (line.size() + 2 < usual_bytes) line.append(usual_bytes - 2 - line.size(), '.');
  return line + "\"}";
}

}  // namespace

Lines::Lines(LineSort sort, std::size_t count, std::size_t service_count) {
  std::vector<std::size_t> starts;
  for (std::size_t i = 0; i < count; ++i) {
    starts.push_back(text_.size());
    text_ += line_of(sort, i, service_count) + '\n';
  }
  starts.push_back(text_.size());
  text_.append(record::line_padding, ' ');
  read_ = std::string_view(text_).substr(0, starts.back());
  for (std::size_t i = 0; i < count; ++i)
    lines_.push_back(read_.substr(starts[i], starts[i + 1] - starts[i] - 1));
}

}  // namespace pannier::bench
