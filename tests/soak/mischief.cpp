#include "tests/soak/mischief.h"

#include <ctime>

#include "base/json.h"

namespace pannier::soak {
namespace {

using doubles::answer;
using doubles::Behaviour;
using doubles::Deadline;
using doubles::html;
using doubles::of_kind;

Behaviour server_error(const char* text) {
  return answer(500, text, {{"content-type", "text/plain"}});
}

std::string in_a_second() {
  const std::time_t then = std::time(nullptr) + 1;
  std::tm parts{};
  ::gmtime_r(&then, &parts);
  char text[40];
  return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

// What both backends, or what stands before them, can do.
std::vector<Way> common() {
  using Kind = Behaviour::Kind;
  return {
      {"400", answer(400, R"({"detail":"Bad Request"})")},
      {"401", answer(401, R"({"detail":"Invalid API key"})")},
      {"403", answer(403, R"({"detail":"Insufficient permissions"})")},
      {"404", answer(404, R"({"detail":"Not Found"})")},
      {"405", answer(405, R"({"detail":"Method Not Allowed"})")},
      {"302", doubles::redirect("http://127.0.0.1:9/")},
      {"418", answer(418)},
      {"204", answer(204)},
      {"206", answer(206, "{}").storing()},
      {"408", html(408).storing()},
      {"413", html(413)},
      {"422", answer(422, R"({"detail":"Unprocessable Entity"})")},
      {"429 in the body", doubles::rate_limited(1)},
      {"429 in a header", answer(429, "", {{"retry-after", "1"}})},
      {"500", server_error("Internal Server Error")},
      {"500 database", answer(500, R"({"detail":"Failed to store telemetry: [Errno 111] refused"})")},
      {"502", html(502).storing()},
      {"503", html(503)},
      {"503 seconds", doubles::unavailable("1")},
      {"503 date", doubles::unavailable(in_a_second())},
      {"504", html(504).storing()},
      {"a page", html(200).storing()},
      {"hang", of_kind(Kind::hang).storing()},
      {"closed unread", of_kind(Kind::close_unread)},
      {"closed unanswered", of_kind(Kind::close_unanswered).storing()},
      {"cut within the answer", doubles::wrong_length(7)},
      {"garbage", of_kind(Kind::garbage).storing()},
      {"endless headers", of_kind(Kind::endless_headers).storing()},
      {"endless body", of_kind(Kind::endless_body).storing()},
      {"slow", doubles::slow(Deadline(700))},
      {"very slow", doubles::slow(Deadline(1800))},
      {"too slow", doubles::slow(Deadline(2500))},
  };
}

std::vector<Way> of_malti() {
  std::vector<Way> all = common();
  all.push_back({"422 named", answer(422), Naming::detail});
  all.push_back({"400 named", answer(400), Naming::detail});
  all.push_back({"500 named", answer(500), Naming::element});
  all.push_back({"a wrong count", answer(200, R"({"message":"ok","count":999999})").storing()});
  return all;
}

std::vector<Way> of_otlp() {
  std::vector<Way> all = common();
  all.push_back({"partial success", answer(200), Naming::nobody, true});
  all.push_back({"partial success", answer(200), Naming::nobody, true});
  all.push_back({"another's answer", answer(200, R"({"count":1})").storing()});
  return all;
}

void put_number(std::string& out, std::size_t value) {
  for (; value >= 128; value >>= 7U) out += static_cast<char>(value | 128U);
  out += static_cast<char>(value);
}

}  // namespace

const std::vector<Way>& ways(Destination destination) {
  static const std::vector<Way> malti = of_malti(), otlp = of_otlp();
  return destination == Destination::malti ? malti : otlp;
}

doubles::Answer naming_answer(int status, Naming naming, const std::vector<std::size_t>& places) {
  json::Writer out;
  out.begin('{').key("detail");
  if (naming == Naming::element) {
    const std::string place = std::to_string(places.front());
    return {status, out.text("Failed to store telemetry: invalid input for query argument $7 in element #" +
                             place + " of executemany() sequence")
                        .end('}')
                        .str()};
  }
  out.begin('[');
  for (const std::size_t place : places) {
    out.begin('{').key("type").text("value_error").key("loc").begin('[').text("body").text("requests");
    out.number(place).text("endpoint").end(']').key("msg").text("Value error").end('}');
  }
  return {status, out.end(']').end('}').str()};
}

doubles::Answer partial_answer(std::size_t rejected, bool is_json) {
  if (is_json)
    return {200,
            R"({"partialSuccess":{"rejectedSpans":")" + std::to_string(rejected) +
                R"(","errorMessage":"too old"}})",
            {{"content-type", "application/json"}}};
  std::string inner = "\x08";
  put_number(inner, rejected);
  inner += "\x12\x07too old";
  return {200,
          "\x0a" + std::string(1, static_cast<char>(inner.size())) + inner,
          {{"content-type", "application/x-protobuf"}}};
}

}  // namespace pannier::soak
