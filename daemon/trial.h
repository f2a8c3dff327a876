// What a configuration makes of a line, without a daemon: the daemon's own session, decoder, steps, rules and
// encoders; where its queues stand there is a plain value that tells what each of them did. Users: the
// commands test and explain. Threads: not safe. Opens nothing, waits for nothing; memory: one line and what
// is told of it, and the cardinality guard's, which starts empty. That a service finds no lane because there
// are limits.lanes already is not tried.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/reasons.h"
#include "config/settings.h"
#include "observe/ids.h"
#include "process/applied.h"
#include "record/line_decoder.h"

namespace pannier::daemon {

// What one destination makes of a record.
struct Fate {
  observe::DestinationId destination{};
  std::optional<LeftOut> left_out{};
  std::optional<std::size_t> drop_rule{};  // left_out(rule): its index in process.drop
  bool other_endpoint = false;             // the cardinality guard's word
  bool other_consumer = false;
  std::string lane{};      // "malti/orders"
  std::string fragment{};  // as it would be queued
  std::uint32_t texts_cut = 0;
  bool is_doomed = false;  // Malti would take it and fail: a dead letter (out_of_range)
};

// A record's own copy of what destinations are told.
struct Told {
  std::string service, node, method, endpoint, path, consumer, context, client_ip;
  SystemTime created_at{};
  double response_ms = 0;
  std::int32_t status = 0;
  bool has_created_at = false;
  record::TraceId trace{};
};

// Whose word a service or node is.
enum class DefaultFrom : std::uint8_t { record, hello, configuration };

struct Trial {
  observe::ListenerId from{};
  enum class Outcome { none, accepted, rejected, filtered, hello, client_dropped };  // none: a blank line
  Outcome outcome = Outcome::none;
  Reject reject{};
  Filter filter{};
  std::string shape;                 // rejected: what status would show of it
  std::string answer;                // rejected over http_malti: what its sender would get
  std::uint64_t unknown_fields = 0;  // ignored ones
  std::uint64_t client_dropped = 0;
  record::Hello hello;
  // Of an accepted line:
  Told came, became;  // before and after the common steps
  DefaultFrom service_from{}, node_from{};
  process::Applied applied;
  std::vector<Fate> fates;  // one for each destination that is on
};

class Trials {
 public:
  // The clock stands at `arrival`; lines come over a stream until connect() says otherwise.
  Trials(const config::Settings& settings, SystemTime arrival);
  ~Trials();
  Trials(const Trials&) = delete;
  Trials& operator=(const Trials&) = delete;

  // What comes next comes from somebody else, over `from`. A line over http_malti is one element of a body's
  // `requests`, from an SDK that has done its own steps.
  void connect(observe::ListenerId from);
  // `line`: without its newline; of one that is longer, longest_line() bytes and one more are enough.
  Trial take(std::string_view line);
  [[nodiscard]] std::size_t longest_line() const;

 private:
  class Tried;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pannier::daemon
