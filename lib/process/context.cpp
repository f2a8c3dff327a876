#include "process/context.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "process/headers.h"
#include "record/new_ids.h"

namespace pannier::process {
namespace {

constexpr std::size_t most_placeholders = 16;
constexpr std::string_view header_prefix = "header:";
// The ids and the status are written out; the others are texts as they are. header has no name of its own.
enum Placeholder {
  trace_id,
  span_id,
  status,
  service,
  node,
  method,
  endpoint,
  path,
  consumer,
  client_ip,
  header_
};
constexpr std::array<std::string_view, 10> placeholders{"trace_id", "span_id",  "status",   "service",
                                                        "node",     "method",   "endpoint", "path",
                                                        "consumer", "client_ip"};
constexpr std::string_view known =
    "known are {trace_id}, {span_id}, {service}, {node}, {method}, {endpoint}, {path}, {status}, {consumer}, "
    "{client_ip} and {header:NAME}";
constexpr std::size_t room_for_number = 32;

bool is_header_name(std::string_view name) {
  constexpr std::string_view characters =
      "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  return !name.empty() && name.find_first_not_of(characters) == std::string_view::npos;
}

std::optional<int> number_of_placeholder(std::string_view name) {
  if (name.starts_with(header_prefix))
    return is_header_name(name.substr(header_prefix.size())) ? std::optional<int>(header_) : std::nullopt;
  const auto found = std::ranges::find(placeholders, name);
  if (found == placeholders.end()) return std::nullopt;
  return static_cast<int>(found - placeholders.begin());
}

std::string_view text_of(const record::Record& record, int placeholder, std::string_view header_name) {
  switch (placeholder) {
    case service: return record.service;
    case node: return record.node;
    case method: return record.method;
    case endpoint: return record.endpoint;
    case path: return record.path;
    case consumer: return record.consumer;
    case client_ip: return record.client_ip;
    case header_: return header(record, header_name);
    default: return {};
  }
}

char* write_hex(std::span<const std::uint8_t> bytes, char* out) {
  constexpr std::string_view figures = "0123456789abcdef";
  for (const std::uint8_t byte : bytes) {
    *out++ = figures[byte >> 4U];
    *out++ = figures[byte & 0xfU];
  }
  return out;
}

char* write_value(const record::Record& record, int placeholder, std::string_view header_name, char* out) {
  switch (placeholder) {
    case trace_id: return write_hex(record.trace, out);
    case span_id: return write_hex(record.span, out);
    case status: return std::to_chars(out, out + room_for_number, record.status).ptr;
    default: return std::ranges::copy(text_of(record, placeholder, header_name), out).out;
  }
}

}  // namespace

ContextTemplate::ContextTemplate(std::string_view text) {
  while (!text.empty()) {
    Piece piece;
    const std::size_t open = text.find('{');
    piece.literal = text.substr(0, open);
    text.remove_prefix(std::min(open, text.size()));
    if (const std::size_t close = text.find('}'); !text.empty() && close != std::string_view::npos) {
      const std::string_view name = text.substr(1, close - 1);
      piece.placeholder = number_of_placeholder(name).value_or(-1);
      if (piece.placeholder == header_) piece.header = name.substr(header_prefix.size());
      text.remove_prefix(close + 1);
    } else {
      text = {};
    }
    std::string escaped;
    json::append_string(escaped, piece.literal);
    needs_escaping_ = needs_escaping_ || escaped.size() != piece.literal.size() + 2;
    pieces_.push_back(std::move(piece));
  }
  names_trace_ = names(trace_id);
  names_span_ = names(span_id);
}

std::optional<std::string> ContextTemplate::fault(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t open = 0; (open = text.find('{', open)) != std::string_view::npos;) {
    const std::size_t close = text.find('}', open);
    if (close == std::string_view::npos) return "has a { without its }; write {trace_id}";
    const std::string_view name = text.substr(open + 1, close - open - 1);
    if (!number_of_placeholder(name)) {
      const std::string_view meant = text::nearest(name.substr(0, 64), placeholders);
      return "has {" + text::shown(name, 64) + "}, which is no placeholder; " +
             (meant.empty() ? std::string(known) : "did you mean {" + std::string(meant) + "}?");
    }
    if (++count > most_placeholders) return "has more than 16 placeholders; write fewer";
    open = close + 1;
  }
  return std::nullopt;
}

bool ContextTemplate::names(int placeholder) const {
  return std::ranges::find(pieces_, placeholder, &Piece::placeholder) != pieces_.end();
}

std::string_view ContextTemplate::text(record::Record& record, Arena& arena, Random& random) const {
  if (names_trace_ && record::is_none(record.trace)) record.trace = record::new_trace_id(random);
  if (names_span_ && record::is_none(record.span)) record.span = record::new_span_id(random);
  std::size_t room = 0;
  for (const Piece& piece : pieces_)
    room += piece.literal.size() +
            std::max(room_for_number, text_of(record, piece.placeholder, piece.header).size());
  char* const begin = arena.claim(room);
  char* out = begin;
  for (const Piece& piece : pieces_) {
    out = std::ranges::copy(piece.literal, out).out;
    out = write_value(record, piece.placeholder, piece.header, out);
  }
  return text::trimmed({begin, out});
}

}  // namespace pannier::process
