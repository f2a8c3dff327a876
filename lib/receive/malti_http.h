// Which requests Malti's HTTP listener hears at all, by their heads, and Malti's words as HTTP answers.
// Users: malti_listener. Threads: pure functions.
#pragma once
#include <chrono>
#include <optional>
#include <string_view>

#include "base/text.h"
#include "net/http_rules.h"
#include "receive/malti_answer.h"

namespace pannier::receive {

inline constexpr std::string_view ingest_path = "/api/v1/ingest";
inline constexpr std::string_view health_path = "/health";

// How a request whose head was judged is to be understood.
struct HeadRuling {
  std::optional<net::ServerResponse> refusal;  // its body is not read
  bool is_lost_body = false;                   // and would have held records
};
HeadRuling judge_head(const net::HttpHead& head, const net::HttpRules& rules);

net::ServerResponse healthy_answer();
net::ServerResponse answer_of(MaltiAnswer answer);
// 503
net::ServerResponse busy_answer(std::string_view detail, std::chrono::seconds retry_after);

// The first header of this name; empty where there is none.
template <typename Headers>
std::string_view header_of(const Headers& headers, std::string_view name) {
  for (const auto& [each, value] : headers)
    if (text::equal_ignoring_case(each, name)) return text::trimmed(value);
  return {};
}

}  // namespace pannier::receive
