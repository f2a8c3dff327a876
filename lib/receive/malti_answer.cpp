#include "receive/malti_answer.h"

#include "base/json.h"
#include "receive/malti_echo.h"

namespace pannier::receive {

MaltiAnswer malti_stored(std::uint64_t count, std::string_view service) {
  json::Writer json;
  json.begin('{').key("message").text("Telemetry data ingested successfully");
  json.key("count").number(count).key("service").text(service).end('}');
  return {200, json.str()};
}

MaltiAnswer malti_detail(int status, std::string_view text) {
  json::Writer json;
  json.begin('{').key("detail").text(text).end('}');
  return {status, json.str()};
}

MaltiAnswer malti_mismatch(std::string_view owner, std::string_view other) {
  return malti_detail(
      403, std::string("Service mismatch: expected ").append(owner).append(", got ").append(other));
}

MaltiAnswer malti_media_type() {
  DetailList details;
  details.add("", {.type = "model_attributes_type",
                   .message = "Input should be a valid dictionary or object to extract fields from",
                   .input = "\"a body whose Content-Type is not application/json\""});
  return details.answer();
}

MaltiAnswer malti_json_invalid(std::string_view message, std::size_t at) {
  json::Writer json;
  json.begin('{').key("detail").begin('[').begin('{').key("type").text("json_invalid");
  json.key("loc").begin('[').text("body").number(at).end(']').key("msg").text("JSON decode error");
  json.key("input").begin('{').end('}').key("ctx").begin('{').key("error").text(message).end('}');
  json.end('}').end(']').end('}');
  return {422, json.str()};
}

void DetailList::clear() {
  entries_.clear();
  count_ = 0;
}

bool DetailList::open(const record::MaltiMistake& mistake) {
  if (count_ == most || entries_.size() >= enough) return false;
  if (count_++ != 0) entries_ += ',';
  entries_.append("{\"type\":\"").append(mistake.type).append("\",\"loc\":[\"body\"");
  return true;
}

void DetailList::close(const record::MaltiMistake& mistake) {
  entries_ += "],\"msg\":";
  json::append_string(entries_, mistake.error.empty()
                                    ? std::string(mistake.message)
                                    : std::string(mistake.message).append(", ").append(mistake.error));
  entries_ += ",\"input\":";
  append_echo(entries_, mistake.input);
  // Of a validator's own error FastAPI shows no more than that there is one.
  if (mistake.type == "value_error") entries_ += ",\"ctx\":{\"error\":{}}";
  if (!mistake.error.empty()) {
    entries_ += ",\"ctx\":{\"error\":";
    json::append_string(entries_, mistake.error);
    entries_ += '}';
  }
  entries_ += '}';
}

void DetailList::add(std::string_view member, const record::MaltiMistake& mistake) {
  if (!open(mistake)) return;
  if (!member.empty()) entries_.append(",\"").append(member).append("\"");
  close(mistake);
}

void DetailList::add(std::uint64_t index, const record::MaltiMistake& mistake) {
  if (!open(mistake)) return;
  entries_.append(",\"requests\",").append(std::to_string(index));
  if (!mistake.field.empty()) entries_.append(",\"").append(mistake.field).append("\"");
  close(mistake);
}

MaltiAnswer DetailList::answer() const {
  return {422, std::string("{\"detail\":[").append(entries_).append("]}")};
}

}  // namespace pannier::receive
