#include "receive/malti_http.h"

#include <string>

#include "base/text.h"

namespace pannier::receive {
namespace {

bool is_json(std::string_view content_type) {
  const std::string type = text::lower(text::trimmed(content_type.substr(0, content_type.find(';'))));
  return type == "application/json" || (type.starts_with("application/") && type.ends_with("+json"));
}

net::ServerResponse not_allowed(std::string_view method) {
  net::ServerResponse answer = answer_of(malti_detail(405, "Method Not Allowed"));
  answer.headers.emplace_back("Allow", method);
  return answer;
}

HeadRuling judge_ingest(const net::HttpHead& head) {
  if (head.method != "POST") return {not_allowed("POST")};
  if (!is_json(header_of(head.headers, "content-type"))) return {answer_of(malti_media_type()), true};
  const std::string packing = text::lower(header_of(head.headers, "content-encoding"));
  if (packing.empty() || packing == "identity" || packing == "gzip") return {};
  return {answer_of(malti_detail(415, "the Content-Encoding must be gzip or identity")), true};
}

}  // namespace

HeadRuling judge_head(const net::HttpHead& head, const net::HttpRules& rules) {
  if (auto refused = net::refusal(head, rules)) return {std::move(refused)};
  const std::string_view path = net::path_of(head.target);
  if (path == ingest_path) return judge_ingest(head);
  if (path != health_path) return {answer_of(malti_detail(404, "Not Found"))};
  if (head.method != "GET" && head.method != "HEAD") return {not_allowed("GET")};
  return {};
}

net::ServerResponse healthy_answer() {
  return {200, "application/json", R"({"status":"healthy"})"};
}

net::ServerResponse answer_of(MaltiAnswer answer) {
  return {answer.status, "application/json", std::move(answer.json)};
}

net::ServerResponse busy_answer(std::string_view detail, std::chrono::seconds retry_after) {
  net::ServerResponse answer = answer_of(malti_detail(503, detail));
  answer.headers.emplace_back("Retry-After", std::to_string(retry_after.count()));
  return answer;
}

}  // namespace pannier::receive
