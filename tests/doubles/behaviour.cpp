#include "tests/doubles/behaviour.h"

#include <utility>

#include "base/json.h"

namespace pannier::doubles {

Behaviour Behaviour::repeated(unsigned count) const {
  Behaviour copy = *this;
  copy.times = count;
  return copy;
}

Behaviour Behaviour::after(Deadline wait) const {
  Behaviour copy = *this;
  copy.delay = wait;
  return copy;
}

Behaviour Behaviour::storing() const {
  Behaviour copy = *this;
  copy.stores = true;
  return copy;
}

Behaviour answer(int status, std::string body, Headers headers) {
  headers.try_emplace("content-type", "application/json");
  Behaviour behaviour;
  behaviour.scripted = Answer{status, std::move(body), std::move(headers)};
  return behaviour;
}

Behaviour html(int status) {
  return answer(status, "<!DOCTYPE html><html><body><h1>" + std::to_string(status) + "</h1></body></html>",
                {{"content-type", "text/html"}});
}

Behaviour rate_limited(unsigned seconds) {
  return answer(429, R"({"error":"Rate limit exceeded","detail":"10 per 1 minute","retry_after":)" +
                         std::to_string(seconds) + "}");
}

Behaviour unavailable(const std::string& retry_after) {
  return answer(503, R"({"detail":"Service Unavailable"})",
                {{"content-type", "application/json"}, {"retry-after", retry_after}});
}

Behaviour partial_success(unsigned rejected, const std::string& message) {
  json::Writer body;
  body.begin('{').key("partialSuccess").begin('{').key("rejectedSpans").text(std::to_string(rejected));
  body.key("errorMessage").text(message).end('}').end('}');
  return answer(200, body.str()).storing();
}

Behaviour redirect(const std::string& location) {
  return answer(302, "", {{"location", location}});
}

Behaviour slow(Deadline delay) {
  return Behaviour{}.storing().after(delay);
}

Behaviour lost_answer() {
  return of_kind(Behaviour::Kind::close_unanswered).storing();
}

Behaviour wrong_length(int length_error) {
  Behaviour behaviour = of_kind(Behaviour::Kind::wrong_length).storing();
  behaviour.length_error = length_error;
  return behaviour;
}

Behaviour of_kind(Behaviour::Kind kind) {
  Behaviour behaviour;
  behaviour.kind = kind;
  return behaviour;
}

}  // namespace pannier::doubles
