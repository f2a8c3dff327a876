// What the verdicts of all HTTP backends are made of. Users: malti/verdict.cpp, otlp/verdict.cpp.
// Threads: pure functions.
#pragma once
#include <string>
#include <string_view>

#include "deliver/transport.h"

namespace pannier::deliver {

// "key refused (401 Invalid API key)"; `words` are the backend's, and so are escaped and cut.
std::string why(std::string_view what, int status, std::string_view words = {});

Judgement judgement(Verdict verdict, std::string text);

// A page that a proxy shows may hide that the request went through.
Judgement proxy_page(std::string text);

Judgement no_answer(const std::string& cause, bool is_unknown);

// A batch can't be sent for want of a key.
Judgement no_key();

// A gateway gave up waiting for the backend, which may store the batch all the same.
constexpr bool is_given_up_by_gateway(int status) {
  return status == 408 || status == 502 || status == 504;
}

}  // namespace pannier::deliver
