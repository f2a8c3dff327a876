// The lines of one datagram. Nothing is carried over: a last line without a newline counts, one that was cut
// off because the datagram was over its limit is too_long. Hello and the like have no place here. Users:
// DatagramListener. Threads: not safe; one belongs to one datagram thread.
#pragma once
#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string_view>

#include "receive/line_handler.h"

namespace pannier::receive {

struct Datagram {
  std::string_view bytes;  // record::line_padding behind it
  bool is_cut = false;     // the kernel cut it off at limits.datagram
  std::optional<uid_t> uid = std::nullopt;
};

class DatagramReader {
 public:
  // REQUIRES: `handler` outlives the reader. `line_limit` in bytes.
  DatagramReader(LineHandler& handler, std::size_t line_limit)
      : handler_(&handler), line_limit_(line_limit) {}

  // REQUIRES: between the handler's begin_read and end_read.
  void take(const Datagram& datagram);
  void set_line_limit(std::size_t bytes) { line_limit_ = bytes; }

 private:
  void lines_of(const Datagram& datagram);
  void line(std::string_view line);

  LineHandler* handler_;
  std::size_t line_limit_;
};

}  // namespace pannier::receive
