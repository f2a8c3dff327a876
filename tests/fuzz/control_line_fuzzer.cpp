// Any bytes as the first or a later line of a stream: what is taken as a control line is one by the full
// parser's judgement too, with the same content; a control line is never a record; a hello is taken first
// only.
#include <simdjson.h>

#include <algorithm>
#include <array>

#include "tests/fuzz/decoded_line.h"

namespace {

namespace dom = simdjson::dom;
using namespace pannier;
using fuzz::require;
using record::LineKind;

constexpr std::array<std::string_view, 5> control_keys{"hello", "welcome", "session", "ack",
                                                       "client_dropped"};

template <typename T>
T member_or(dom::object object, std::string_view key, T otherwise) {
  dom::element member;
  T value{};
  if (object.at_key(key).get(member) || member.is_null()) return otherwise;
  require(!member.get(value), "a hello's members have their types");
  return value;
}

void judge_hello(dom::element content, const record::Hello& hello) {
  dom::object object;
  require(!content.get(object), "a hello is an object");
  require(hello.service == member_or<std::string_view>(object, "service", {}), "service");
  require(hello.node == member_or<std::string_view>(object, "node", {}), "node");
  require(hello.client == member_or<std::string_view>(object, "client", {}), "client");
  require(hello.ack == member_or(object, "ack", false), "ack");
  require(hello.again == member_or<std::uint64_t>(object, "again", 0), "again");
  for (const std::string_view name : {std::string_view(hello.service), std::string_view(hello.node)})
    require(name.find_first_of(std::string_view("/\0\n", 3)) == std::string_view::npos, "a name is a name");
}

bool is_fault(const record::Line& line) {
  return line.kind == LineKind::rejected && (line.reject == Reject::hello || line.reject == Reject::control);
}

void judge(dom::object object, const record::Line& line, const record::Hello& hello, bool hello_allowed) {
  const std::string_view key = object.size() == 0 ? std::string_view() : (*object.begin()).key;
  const bool control = object.size() == 1 && std::ranges::find(control_keys, key) != control_keys.end();
  const bool taken = line.kind == LineKind::hello || line.kind == LineKind::client_dropped;
  require(!taken || control, "a control line is known by its only key");
  if (!control) return;
  require(taken || is_fault(line), "a control line is taken or rejected as one");
  require(line.kind != LineKind::hello || (hello_allowed && key == "hello"), "a hello comes first");
  require(line.kind != LineKind::client_dropped || key == "client_dropped", "client_dropped");
  if (line.kind == LineKind::hello) judge_hello(object.at_key(key).value(), hello);
  std::uint64_t dropped = 0;
  const bool counts = key == "client_dropped" && !object.at_key(key).get(dropped);
  require(counts == (line.kind == LineKind::client_dropped), "client_dropped is a number");
  require(!counts || line.dropped_by_client == dropped, "and that number");
}

void try_line(std::string_view input, bool hello_allowed) {
  static record::LineDecoder decoder;
  static dom::parser parser;
  const fuzz::PaddedLine padded(input, '}');
  const record::Line line = decoder.decode(padded.view(), hello_allowed);
  dom::element root;
  dom::object object;
  const bool is_object = !parser.parse(input.data(), input.size()).get(root) && !root.get(object);
  if (is_object) return judge(object, line, decoder.hello(), hello_allowed);
  require(line.kind != LineKind::hello && line.kind != LineKind::client_dropped,
          "no JSON is no control line");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = fuzz::first_line(data, size);
  try_line(input, true);
  try_line(input, false);
  return 0;
}
