// The way from a lane to its backend: the shell hands it a batch and gets what the answer means, once, on T2.
// Users: LaneShell. Implementations: malti/transport.h and otlp/transport.h (HTTP), local/transport.h
// (SQLite), the simulation's model.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "deliver/batch.h"

namespace pannier::deliver {

// What one answer (or silence) of a backend means for the batch that was sent.
enum class Verdict {
  delivered,     // stored: forget the batch
  back_off,      // nothing is wrong with the batch: wait, then send it unchanged
  server_error,  // a 500 that names nobody: wait, but the batch may be the reason
  isolate,       // some record spoils it: `indexes` name them, or halve until found
  too_large,     // halve; a single record becomes a dead letter
  blocked_key,   // the key is refused: keep all, read the key again, probe slowly
  blocked,       // the address is wrong or a proxy answers: keep all and probe slowly, a person must act
  send_again,    // how it was sent was wrong, and the transport has mended that: at once, unchanged
};

struct Judgement {
  Verdict verdict = Verdict::back_off;
  std::string why;                     // begins as DESIGN.md's "why" does: "no answer", "key refused", …
  std::vector<std::uint32_t> indexes;  // isolate: sorted, distinct, each < batch.records; empty: unknown
  std::optional<std::chrono::milliseconds> wait;  // the backend's own wish, a floor
  bool outcome_unknown = false;                   // it may have been stored all the same
  std::uint32_t not_taken = 0;  // delivered: so many of the batch the backend has refused, for good
  std::string note;             // and its words about that; hostile
};

class Transport {
 public:
  virtual ~Transport() = default;
  // `done` is called exactly once, never from within send(). The batch's slices stay alive until then.
  virtual void send(const Batch& batch, std::function<void(Judgement)> done) = 0;
  // Whether it can ask without a batch if key and address are good, and write nothing. The same for as long
  // as it lives.
  [[nodiscard]] virtual bool can_probe() const { return false; }
  // REQUIRES: can_probe(). Asks so: delivered, back_off, blocked or blocked_key. `done` as with send().
  virtual void probe(std::function<void(Judgement)> /*done*/) {}  // NOLINT(*-value-param): others keep it
  // Reads the key again where it can change by itself; `done(changed)` on T2. Where there is nothing to read:
  // false.
  virtual void read_key(std::function<void(bool changed)> done) = 0;
  // Ends open requests soon; their `done` is still called, or dropped with the transport.
  virtual void stop() = 0;
};

}  // namespace pannier::deliver
