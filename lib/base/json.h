// Writing JSON, and checking a value's grammar without building anything.
// Reading records is record/line_decoder.h; small documents (answers, status) are read with simdjson's DOM.
// Threads: pure functions; a Writer belongs to one thread.
#pragma once
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace pannier::json {

// True where `text` holds exactly one JSON value (RFC 8259) and white space. REQUIRES: valid UTF-8 without
// control characters inside strings (simdjson has looked). Nesting beyond 1024 is refused. One pass, no
// allocation.
bool is_value(std::string_view text);

// `text` with quotes around it and escaped as JSON asks. REQUIRES: valid UTF-8.
void append_string(std::string& out, std::string_view text);

// Writes `text` escaped, without quotes, to `out` and returns the end; at most 6 bytes for each byte of text.
char* escape_to(char* out, std::string_view text);

// Builds one document; commas are its business.
//   Writer json;
//   json.begin('{').key("version").text("1").key("lanes").begin('[').number(3).end(']').end('}');
class Writer {
 public:
  Writer& begin(char bracket);  // '{' or '['
  Writer& end(char bracket);    // '}' or ']'
  Writer& key(std::string_view name);
  Writer& text(std::string_view value);
  Writer& number(std::integral auto value) { return raw(std::to_string(value)); }
  Writer& number(double value);  // null where it is not finite: JSON has no other word for it
  Writer& boolean(bool value) { return raw(value ? "true" : "false"); }
  Writer& null() { return raw("null"); }
  Writer& raw(std::string_view value);  // a finished JSON value
  [[nodiscard]] const std::string& str() const { return out_; }

 private:
  void comma();
  std::string out_;
  bool fresh_ = true;  // nothing before the next value needs a comma
};

}  // namespace pannier::json
