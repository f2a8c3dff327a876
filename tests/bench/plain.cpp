#include "tests/bench/plain.h"

#include <array>
#include <cstdio>

namespace pannier::bench {
namespace {

void append_escaped(std::string& out, char byte) {
  if (byte == '"' || byte == '\\') {
    out += '\\';
    out += byte;
  } else if (static_cast<unsigned char>(byte) < 0x20) {
    std::array<char, 8> escape{};
    std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(byte));
    out += escape.data();
  } else {
    out += byte;
  }
}

void append_text(std::string& out, std::string_view name, std::string_view value) {
  out += '"';
  out += name;
  out += "\":\"";
  for (const char byte : value) append_escaped(out, byte);
  out += "\",";
}

bool read(simdjson::dom::element line, std::string_view name, std::string& value) {
  std::string_view text;
  if (line[name].get(text) != simdjson::SUCCESS) return false;
  value = text;
  return true;
}

}  // namespace

std::optional<PlainRecord> PlainDecoder::decode(std::string_view line) {
  simdjson::dom::element root;
  PlainRecord record;
  // It is padded: no copy.
  if (parser_.parse(line.data(), line.size(), false).get(root) != simdjson::SUCCESS) return std::nullopt;
  const bool complete = read(root, "service", record.service) && read(root, "node", record.node) &&
                        read(root, "method", record.method) && read(root, "endpoint", record.endpoint) &&
                        read(root, "consumer", record.consumer) && read(root, "context", record.context) &&
                        read(root, "created_at", record.created_at) &&
                        root["status"].get(record.status) == simdjson::SUCCESS &&
                        root["response_time"].get(record.response_ms) == simdjson::SUCCESS;
  if (!complete) return std::nullopt;
  return record;
}

void plain_encode(const PlainRecord& record, std::string& out) {
  out += '{';
  append_text(out, "service", record.service);
  append_text(out, "node", record.node);
  append_text(out, "method", record.method);
  append_text(out, "endpoint", record.endpoint);
  append_text(out, "consumer", record.consumer);
  append_text(out, "context", record.context);
  append_text(out, "created_at", record.created_at);
  out += "\"status\":" + std::to_string(record.status);
  out += ",\"response_time\":" + std::to_string(record.response_ms) + "},";
}

void PlainQueue::push(std::string_view fragment) {
  const std::lock_guard lock(mutex_);
  fragments_.emplace_back(fragment);
}

std::string PlainQueue::take(std::size_t records) {
  const std::lock_guard lock(mutex_);
  std::string out;
  for (; records > 0 && !fragments_.empty(); --records) {
    out += fragments_.front();
    fragments_.pop_front();
  }
  return out;
}

}  // namespace pannier::bench
