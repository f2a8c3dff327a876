#include "deliver/otlp/answer.h"

#include <simdjson.h>

#include <charconv>
#include <protozero/pbf_reader.hpp>

#include "base/text.h"

namespace pannier::deliver::otlp {
namespace {

namespace dom = simdjson::dom;

ExportAnswer read_partial_success(protozero::pbf_reader message) {
  ExportAnswer answer;
  while (message.next()) {
    if (message.tag_and_type() == protozero::tag_and_type(1, protozero::pbf_wire_type::varint))
      answer.rejected_spans = message.get_int64();
    else if (message.tag_and_type() == protozero::tag_and_type(2, protozero::pbf_wire_type::length_delimited))
      answer.message = message.get_string();
    else
      message.skip();
  }
  return answer;
}

std::optional<ExportAnswer> read_protobuf(const std::string& body) {
  std::optional<ExportAnswer> answer;
  try {
    protozero::pbf_reader message(body.data(), body.size());
    while (message.next()) {
      if (message.tag_and_type() == protozero::tag_and_type(1, protozero::pbf_wire_type::length_delimited))
        answer = read_partial_success(message.get_message());
      else
        message.skip();
    }
  } catch (const protozero::exception&) {
    return std::nullopt;
  }
  return answer;
}

// Both spellings that protobuf's JSON knows.
std::optional<dom::element> member(dom::object object, const char* camel, const char* snake) {
  dom::element found;
  if (object.at_key(camel).get(found) == simdjson::SUCCESS) return found;
  if (object.at_key(snake).get(found) == simdjson::SUCCESS) return found;
  return std::nullopt;
}

// A 64-bit number may be written as text.
bool read_number(dom::element element, std::int64_t& out) {
  if (element.is_null() || element.get(out) == simdjson::SUCCESS) return true;
  std::string_view digits;
  if (element.get(digits) != simdjson::SUCCESS) return false;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), out);
  return read.ec == std::errc() && read.ptr == digits.data() + digits.size();
}

bool read_partial_success(dom::element element, ExportAnswer& out) {
  if (element.is_null()) return true;
  dom::object partial;
  if (element.get(partial) != simdjson::SUCCESS) return false;
  if (const auto spans = member(partial, "rejectedSpans", "rejected_spans");
      spans && !read_number(*spans, out.rejected_spans))
    return false;
  const auto message = member(partial, "errorMessage", "error_message");
  if (!message || message->is_null()) return true;
  std::string_view words;
  if (message->get(words) != simdjson::SUCCESS) return false;
  out.message = words;
  return true;
}

std::optional<ExportAnswer> read_json(const std::string& body) {
  dom::parser parser;
  dom::object root;
  if (parser.parse(body).get(root) != simdjson::SUCCESS) return std::nullopt;
  ExportAnswer answer;
  if (root.size() == 0) return answer;
  const auto partial = member(root, "partialSuccess", "partial_success");
  if (!partial || !read_partial_success(*partial, answer)) return std::nullopt;
  return answer;
}

}  // namespace

std::optional<ExportAnswer> read_answer(const net::HttpAnswer& answer, Encoding sent) {
  if (answer.body_cut) return std::nullopt;
  if (answer.body.empty()) return ExportAnswer{};
  const std::string_view media =
      std::string_view(answer.content_type).substr(0, answer.content_type.find(';'));
  const std::string type = text::lower(text::trimmed(media));
  const bool unsaid = type.empty();
  if (type == "application/json" || (unsaid && sent == Encoding::json)) return read_json(answer.body);
  if (type == "application/x-protobuf" || type == "application/protobuf" || unsaid)
    return read_protobuf(answer.body);
  return std::nullopt;
}

}  // namespace pannier::deliver::otlp
