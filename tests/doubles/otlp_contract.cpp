#include "tests/doubles/otlp_contract.h"

#include <algorithm>

#include "tests/doubles/otlp_reader.h"

namespace pannier::doubles {

namespace {

Answer plain(int status) {
  return {status, "", {{"content-type", "text/plain"}}};
}

std::string header(const Headers& headers, const std::string& name) {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string() : found->second;
}

std::string behind_kind(const OtlpAttributes& attributes, const std::string& name) {
  const auto found = attributes.find(name);
  return found == attributes.end() ? std::string() : found->second.substr(found->second.find(':') + 1);
}

MaltiRecord record_of(const OtlpSpan& span) {
  const auto attribute = [&](const char* name) { return behind_kind(span.attributes, name); };
  MaltiRecord record;
  record.service = behind_kind(span.resource, "service.name");
  record.node = behind_kind(span.resource, "service.instance.id");
  record.method = attribute("http.request.method");
  record.endpoint = attribute("http.route");
  record.consumer = attribute("pannier.consumer");
  record.context = attribute("pannier.context");
  record.created_at = std::to_string(span.end);
  record.status = std::atoll(attribute("http.response.status_code").c_str());
  record.response_time = static_cast<std::int64_t>((span.end - span.start) / 1'000'000);
  record.raw = span.raw;
  return record;
}

// The first that the batch holds decides.
int status_of(const Contract& contract, const std::vector<MaltiRecord>& records) {
  const auto found = std::ranges::find_if(
      records, [&](const MaltiRecord& record) { return contract.poison.contains(record.context); });
  if (found == records.end()) return 200;
  switch (contract.poison.at(found->context)) {
    case Poison::unprocessable:
    case Poison::unprocessable_hidden: return 422;
    case Poison::bad_request: return 400;
    case Poison::server_error_element:
    case Poison::server_error: return 500;
  }
  return 500;
}

}  // namespace

Ruling rule_otlp(const Contract& contract, const Headers& headers, std::string_view body) {
  if (body.size() > contract.largest_body) return {plain(413), {}};
  if (!contract.keys.contains(header(headers, "authorization"))) return {plain(401), {}};
  const bool is_packed = header(headers, "content-encoding") == "gzip";
  const bool is_json = header(headers, "content-type") == "application/json";
  if (!is_json && header(headers, "content-type") != "application/x-protobuf") return {plain(415), {}};
  if (is_packed && !contract.takes_gzip) return {plain(415), {}};
  const auto whole = is_packed ? unpacked(body) : std::string(body);
  const auto spans = !whole ? std::nullopt : is_json ? read_otlp_json(*whole) : read_otlp_protobuf(*whole);
  if (!spans) return {plain(400), {}};
  Ruling ruling;
  std::ranges::transform(*spans, std::back_inserter(ruling.records), record_of);
  ruling.answer = plain(status_of(contract, ruling.records));
  if (ruling.answer.status != 200) return ruling;
  ruling.answer = {200,
                   is_json ? R"({"partialSuccess":{}})" : "",
                   {{"content-type", is_json ? "application/json" : "application/x-protobuf"}}};
  return ruling;
}

}  // namespace pannier::doubles
