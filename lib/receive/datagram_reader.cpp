#include "receive/datagram_reader.h"

namespace pannier::receive {

void DatagramReader::take(const Datagram& datagram) {
  const ReadCounts& counts = handler_->counts();
  const auto lines = counts.lines;
  const auto dropped = counts.client_dropped;
  lines_of(datagram);
  if (datagram.uid && (counts.lines != lines || counts.client_dropped != dropped)) {
    handler_->counts().from(*datagram.uid, counts.lines - lines, counts.client_dropped - dropped);
  }
}

void DatagramReader::lines_of(const Datagram& datagram) {
  std::string_view rest = datagram.bytes;
  for (std::size_t end = 0; (end = rest.find('\n')) != std::string_view::npos; rest.remove_prefix(end + 1)) {
    line(rest.substr(0, end));
  }
  if (datagram.is_cut) {
    handler_->too_long(rest);
  } else if (!rest.empty()) {
    line(rest);
  }
}

void DatagramReader::line(std::string_view line) {
  if (line.size() > line_limit_) {
    handler_->too_long(line);
  } else {
    handler_->take(record::without_syslog_header(line), {});
  }
}

}  // namespace pannier::receive
