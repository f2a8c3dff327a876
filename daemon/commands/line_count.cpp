#include "daemon/commands/line_count.h"

#include <algorithm>

namespace pannier::daemon::commands {

void LineCount::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t newline = bytes.find('\n');
    add(bytes.substr(0, newline));
    inside_ = true;
    if (newline == std::string_view::npos) return;
    finish();
    bytes.remove_prefix(newline + 1);
  }
}

void LineCount::add(std::string_view piece) {
  blank_ = blank_ && piece.find_first_not_of(" \t\r") == std::string_view::npos;
  long_ = long_ || head_.size() + piece.size() > longest_control;
  if (!long_) head_.append(piece);
}

void LineCount::finish() {
  if (!blank_ && !is_control()) ++lines_;
  head_.clear();
  inside_ = long_ = false;
  blank_ = true;
}

bool LineCount::is_control() {
  // A key may be written with escapes.
  if (long_ || (head_.find("client_dropped") == std::string::npos && head_.find('\\') == std::string::npos))
    return false;
  const std::size_t length = head_.size();
  head_.append(record::line_padding, ' ');
  return decoder_.decode(std::string_view(head_).substr(0, length), false).kind ==
         record::LineKind::client_dropped;
}

}  // namespace pannier::daemon::commands
