// The seam between the doors and the rest of a record's way: process, encode, queue, ledger.
// Implemented by daemon/pipeline.h; called by the sessions of one intake thread, one Intake for each thread.
// A read is: begin_read, take for each record, end_read. Nothing is visible outside before end_read.
#pragma once
#include <sys/types.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/reasons.h"
#include "observe/ids.h"
#include "record/record.h"

namespace pannier::receive {

// What a sender said of itself in its hello; empty views where it did not.
struct Defaults {
  std::string_view service, node;
  const record::Resource* resource = nullptr;
  // Where its records go at Malti instead of their service's lane: their sender brought the key himself.
  std::optional<observe::LaneId> malti_lane = std::nullopt;
};

struct SenderLines {
  uid_t uid = 0;
  std::uint64_t lines = 0;
  std::uint64_t client_dropped = 0;
};

// What one read brought, for the ledger. lines = accepted + Σ rejected + Σ filtered.
struct ReadCounts {
  std::uint64_t lines = 0, accepted = 0, unknown_fields = 0, client_dropped = 0;
  std::array<std::uint32_t, count_of<Reject>> rejected{};
  std::array<std::uint32_t, count_of<Filter>> filtered{};
  std::uint64_t changed_texts = 0;   // of accepted records, that were set right for every destination
  std::uint32_t faults = 0;          // rejected and filtered together: zero skips both arrays
  std::vector<SenderLines> senders;  // known on Unix sockets only
  std::vector<std::pair<Reject, std::string>>
      rejected_last;  // shapes (record::shape_of); at most one for a reason

  void clear();
  void reject(Reject reason, std::string_view line);  // counts the line too, keeps its shape
  void reject(Reject reason, std::uint64_t records);  // that have no shape to be shown
  void filter(Filter reason);
  void accept() { ++lines, ++accepted; }
  void from(uid_t uid, std::uint64_t sent_lines, std::uint64_t dropped);
};

// What came of a read.
struct ReadEnd {
  bool pause = false;        // streams should pause: a healthy lane can take no more
  std::uint64_t ticket = 0;  // accounted for once it is committed up to here, in all lanes; 0: it is already
};

// Records of a read that one lane has taken.
struct LaneRecords {
  observe::LaneId lane = 0;
  std::uint64_t records = 0;
};

class Intake {
 public:
  virtual ~Intake() = default;
  // The settings and the clock of this read.
  virtual void begin_read(observe::ListenerId listener) = 0;
  // Processes and encodes one record into this thread's staging. `again`: its sender may have sent it before.
  virtual void take(record::Record& record, const Defaults& defaults, bool again) = 0;
  // Books and queues the read under one lock. Its ticket is never below an earlier one's.
  virtual ReadEnd end_read(const ReadCounts& counts) = 0;
  // Which lanes took how many of the read that ended last; valid until the next one begins.
  [[nodiscard]] virtual std::span<const LaneRecords> lanes_of_read() const = 0;
  // Their sender could not be told that they were taken, and may send them again.
  virtual void in_doubt(std::span<const LaneRecords> lanes) = 0;
  // A door that was shut; may be called outside a read.
  virtual void limit_hit(observe::ListenerId listener, Limit limit) = 0;
};

}  // namespace pannier::receive
