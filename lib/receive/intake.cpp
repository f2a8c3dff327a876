#include "receive/intake.h"

#include <algorithm>

#include "record/line_decoder.h"

namespace pannier::receive {

void ReadCounts::clear() {
  lines = accepted = unknown_fields = client_dropped = changed_texts = 0;
  if (faults != 0) {
    rejected.fill(0);
    filtered.fill(0);
    faults = 0;
  }
  senders.clear();
  rejected_last.clear();
}

void ReadCounts::reject(Reject reason, std::string_view line) {
  ++lines, ++faults;
  ++rejected[static_cast<std::size_t>(reason)];
  const auto same = [reason](const auto& last) { return last.first == reason; };
  const auto last = std::find_if(rejected_last.begin(), rejected_last.end(), same);
  if (last == rejected_last.end()) {
    rejected_last.emplace_back(reason, record::shape_of(line));
  } else {
    last->second = record::shape_of(line);
  }
}

void ReadCounts::reject(Reject reason, std::uint64_t records) {
  lines += records;
  faults += static_cast<std::uint32_t>(records);
  rejected[static_cast<std::size_t>(reason)] += static_cast<std::uint32_t>(records);
}

void ReadCounts::filter(Filter reason) {
  ++lines, ++faults;
  ++filtered[static_cast<std::size_t>(reason)];
}

void ReadCounts::from(uid_t uid, std::uint64_t sent_lines, std::uint64_t dropped) {
  const auto known = std::find_if(senders.begin(), senders.end(),
                                  [uid](const SenderLines& sender) { return sender.uid == uid; });
  SenderLines& sender = known == senders.end() ? senders.emplace_back(SenderLines{.uid = uid}) : *known;
  sender.lines += sent_lines;
  sender.client_dropped += dropped;
}

}  // namespace pannier::receive
