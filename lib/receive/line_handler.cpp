#include "receive/line_handler.h"

#include "base/text.h"

namespace pannier::receive {

void LineHandler::begin_read(observe::ListenerId listener) {
  counts_.clear();
  intake_->begin_read(listener);
}

record::LineKind LineHandler::take(std::string_view line, const LineContext& context) {
  const record::Line decoded = decoder_.decode(line, context.hello_allowed);
  switch (decoded.kind) {
    case record::LineKind::record:
      counts_.accept();
      intake_->take(decoder_.record(), context.defaults, context.again);
      break;
    case record::LineKind::rejected: counts_.reject(decoded.reject, line); break;
    case record::LineKind::filtered: counts_.filter(decoded.filter); break;
    case record::LineKind::client_dropped: counts_.client_dropped += decoded.dropped_by_client; break;
    case record::LineKind::blank:
    case record::LineKind::hello: break;
  }
  counts_.unknown_fields += decoded.unknown_fields;
  return decoded.kind;
}

bool LineHandler::unterminated(std::string_view line) {
  if (text::trimmed(line).empty()) return false;
  counts_.reject(Reject::unterminated, line);
  return true;
}

}  // namespace pannier::receive
