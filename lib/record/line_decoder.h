// One line of the wire (see lib/client/WIRE.md) to a Record, a control line, or the reason why it is neither.
// Users: receive's sessions. Threads: not safe; one decoder belongs to one intake thread.
// Cost: about 0.2 us for a usual line, no allocation; escapes and nested fields take the slow way.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/reasons.h"
#include "record/record.h"

namespace pannier::record {

// How many bytes behind a line must be readable (their content does not matter).
inline constexpr std::size_t line_padding = 64;

// What a connection may say of itself: every record that it sends carries it to OTLP.
inline constexpr std::size_t longest_resource = 4096;  // bytes, names and values together
inline constexpr std::size_t most_resource_names = 64;

struct Hello {
  std::string service, node, client;  // empty: not given
  bool ack = false;
  std::uint64_t again = 0;
  Resource resource;  // bounded as above
};

enum class LineKind : std::uint8_t {
  blank,           // white space only: no line
  record,          // record() is valid
  rejected,        // reject says why
  filtered,        // filter says why
  hello,           // hello() is valid
  client_dropped,  // dropped_by_client is valid
};

struct Line {
  LineKind kind = LineKind::blank;
  Reject reject{};
  Filter filter{};
  std::uint32_t unknown_fields = 0;
  std::uint64_t dropped_by_client = 0;
};

class LineDecoder {
 public:
  LineDecoder();
  ~LineDecoder();
  LineDecoder(const LineDecoder&) = delete;
  LineDecoder& operator=(const LineDecoder&) = delete;

  // `line` is without its newline; line_padding readable bytes follow it. A control line that may not stand
  // here (a hello that is not first, welcome, session, ack) is rejected by the caller's flag `hello_allowed`.
  // record() and hello() hold views into `line` and into the decoder: valid until the next call.
  Line decode(std::string_view line, bool hello_allowed);
  [[nodiscard]] Record& record();
  [[nodiscard]] const Hello& hello() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// What of a rejected line may be shown: known field names stay, other letters become a, digits 9; at most 200
// bytes.
std::string shape_of(std::string_view line);

// `line` without a leading syslog header ("<190>Oct 11 22:14:15 host tag: "); unchanged where there is none.
std::string_view without_syslog_header(std::string_view line);

}  // namespace pannier::record
