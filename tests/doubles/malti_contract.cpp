#include "tests/doubles/malti_contract.h"

#include <simdjson.h>

#include <algorithm>
#include <optional>

#include "base/json.h"
#include "tests/doubles/malti_model.h"

namespace pannier::doubles {

namespace {

using simdjson::dom::array;
using simdjson::dom::element;

Answer detail(int status, std::string_view text) {
  json::Writer writer;
  writer.begin('{').key("detail").text(text).end('}');
  return {status, writer.str()};
}

Answer unprocessable(const std::vector<Mistake>& mistakes) {
  json::Writer writer;
  writer.begin('{').key("detail").begin('[');
  for (const Mistake& mistake : mistakes) {
    writer.begin('{').key("type").text(mistake.type);
    writer.key("loc").begin('[').text("body").text("requests").number(mistake.index).text(mistake.field);
    writer.end(']').key("msg").text(mistake.message).key("input").raw(mistake.input).end('}');
  }
  return {422, writer.end(']').end('}').str()};
}

Answer unprocessable(std::string_view type, std::string_view loc, std::string_view message) {
  json::Writer writer;
  writer.begin('{').key("detail").begin('[').begin('{').key("type").text(type);
  writer.key("loc").begin('[').text("body");
  if (!loc.empty()) writer.raw(loc);
  writer.end(']').key("msg").text(message).end('}').end(']').end('}');
  return {422, writer.str()};
}

Answer poisoned_element(std::size_t index) {
  return detail(500,
                "Failed to store telemetry: (sqlalchemy.dialects.postgresql.asyncpg.Error) <class "
                "'asyncpg.exceptions.DataError'>: invalid input for query argument $7 in element #" +
                    std::to_string(index) + " of executemany() sequence: 40000 (value out of int16 range)");
}

std::string header(const Headers& headers, const std::string& name) {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string() : found->second;
}

// Answers that come before the body is parsed as JSON.
std::optional<Answer> refuse_unread(const Contract& contract, const Headers& headers, std::string_view body) {
  if (body.size() > contract.largest_body) {
    return Answer{413, "<html><h1>413 Request Entity Too Large</h1></html>", {{"content-type", "text/html"}}};
  }
  const std::string encoding = header(headers, "content-encoding");
  if (!encoding.empty() && encoding != "identity") return detail(400, "There was an error parsing the body");
  if (!header(headers, "content-type").starts_with("application/json")) {
    return unprocessable("model_attributes_type", "", "Input should be a valid dictionary");
  }
  return {};
}

Answer unreadable(simdjson::error_code error, std::string_view body) {
  if (error == simdjson::UTF8_ERROR) return detail(400, "There was an error parsing the body");
  // A lone surrogate and NaN pass Python's reader and fail behind it.
  if (error == simdjson::STRING_ERROR || body.find("NaN") != std::string_view::npos) {
    return {500, "Internal Server Error", {{"content-type", "text/plain"}}};
  }
  return unprocessable("json_invalid", "14", "JSON decode error");
}

std::optional<Answer> refuse_key(const Contract& contract, const std::string& key) {
  if (key.empty()) return detail(401, "API key required");
  if (contract.users.contains(key)) return detail(403, "Service API key required for ingest endpoint");
  if (!contract.keys.contains(key)) return detail(401, "Invalid API key");
  return {};
}

std::optional<Answer> refuse_poison(const Contract& contract, const std::vector<MaltiRecord>& records) {
  for (std::size_t index = 0; index != records.size(); ++index) {
    const auto found = contract.poison.find(records[index].context);
    if (found == contract.poison.end()) continue;
    switch (found->second) {
      case Poison::unprocessable:
        return unprocessable({{index, "endpoint", "value_error", "Value error", records[index].raw}});
      case Poison::unprocessable_hidden: return detail(422, "Unprocessable Entity");
      case Poison::bad_request: return detail(400, "Bad Request");
      case Poison::server_error_element: return poisoned_element(index);
      case Poison::server_error:
        return Answer{500, "Internal Server Error", {{"content-type", "text/plain"}}};
    }
  }
  return {};
}

// What passes the model and fails in the database.
std::optional<Answer> refuse_range(const std::vector<MaltiRecord>& records) {
  const auto fits = [](const MaltiRecord& record) {
    return record.status >= INT16_MIN && record.status <= INT16_MAX && record.response_time >= INT32_MIN &&
           record.response_time <= INT32_MAX;
  };
  const auto found = std::ranges::find_if_not(records, fits);
  if (found == records.end()) return {};
  return poisoned_element(static_cast<std::size_t>(found - records.begin()));
}

Answer stored(std::size_t count, const std::string& service) {
  json::Writer writer;
  writer.begin('{').key("message").text("Telemetry data ingested successfully");
  writer.key("count").number(count).key("service").text(service).end('}');
  return {200, writer.str()};
}

Answer judge(const Contract& contract, const std::string& service, const std::vector<MaltiRecord>& records) {
  if (records.empty()) return detail(400, "Empty requests array is not allowed");
  const auto stranger =
      std::ranges::find_if(records, [&](auto& record) { return record.service != service; });
  if (stranger != records.end()) {
    return detail(403, "Service mismatch: expected " + service + ", got " + stranger->service);
  }
  if (auto answer = refuse_poison(contract, records)) return *answer;
  if (auto answer = refuse_range(records)) return *answer;
  return stored(records.size(), service);
}

}  // namespace

Ruling rule(const Contract& contract, const Headers& headers, std::string_view body) {
  if (auto answer = refuse_unread(contract, headers, body)) return {*answer, {}};
  simdjson::dom::parser parser;
  element root;
  if (const auto error = parser.parse(body.data(), body.size()).get(root))
    return {unreadable(error, body), {}};
  const std::string key = header(headers, "x-api-key");
  if (auto answer = refuse_key(contract, key)) return {*answer, {}};
  array requests;
  if (root["requests"].get(requests) != simdjson::SUCCESS) {
    return {unprocessable("missing", "\"requests\"", "Field required"), {}};
  }
  std::vector<Mistake> mistakes;
  Ruling ruling;
  for (const element value : requests) {
    ruling.records.push_back(read_record(ruling.records.size(), value, mistakes));
  }
  ruling.answer =
      mistakes.empty() ? judge(contract, contract.keys.at(key), ruling.records) : unprocessable(mistakes);
  return ruling;
}

}  // namespace pannier::doubles
