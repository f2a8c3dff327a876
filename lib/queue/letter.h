// Dead letters: records that no backend takes, kept with what is known of them until a person replays or
// purges them, or their bounds do. A letter holds what died together of one slice: records of one lane.
// Users: deliver (who buries them), the spool, daemon (who shows them). Threads: plain values.
#pragma once
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/reasons.h"
#include "observe/ids.h"
#include "queue/segment.h"

namespace pannier::queue {

using LetterId = std::int64_t;  // never used again

// On its way in.
struct Letter {
  observe::LaneId lane = 0;
  Slice slice;        // of a segment of its own; its row, where it was in the spool
  SegmentPtr origin;  // of undurable records: its reads are not accounted for before the letter is
  Dead reason{};
  std::uint32_t attempts = 0;
  std::string answer;  // the backend's, without what it echoes
  SystemTime died{};
};

// Which letters: those to which all of this applies.
struct LetterSelection {
  std::vector<LetterId> ids;  // empty: any
  std::string lane;           // "malti/orders"; empty: any
  std::optional<Dead> reason;
  std::optional<SystemTime> died_before;
  LetterId after = 0;
  LetterId up_to = std::numeric_limits<LetterId>::max();
};

// As it is stored.
struct StoredLetter {
  LetterId id = 0;
  std::string lane, reason, answer;
  std::uint64_t records = 0, bytes = 0, attempts = 0;
  bool maybe_sent = false;  // the last attempt's outcome is unknown
  SystemTime arrived{}, died{};
  SegmentPtr segment;  // where its content was asked for; none then: damaged
};

struct LetterPage {
  std::vector<StoredLetter> letters;  // by id
  bool is_all = true;                 // else there are more
};

}  // namespace pannier::queue
