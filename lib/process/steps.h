// What is done to every record before any destination sees it.
// Users: the daemon's pipeline. Threads: immutable, one object serves all intake threads; each has its arena.
// Afterwards endpoint, consumer and created_at are set, the headers are gone, and record.is_plain still tells
// the truth. The record then holds views into the arena and into these Steps: both outlive it.
// Cost: no allocation; the arena serves only endpoints that are rewritten, addresses that are anonymized and
// contexts from a template.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/clock.h"
#include "base/random.h"
#include "process/applied.h"
#include "process/consumer.h"
#include "process/context.h"
#include "process/endpoint_rules.h"
#include "process/options.h"
#include "record/record.h"

namespace pannier::process {

// What a sender said of itself in its hello; empty: nothing.
struct Defaults {
  std::string_view service, node;
};

class Steps {
 public:
  // REQUIRES: no fault in rules, networks and template.
  explicit Steps(Options options);

  // `random`: for a trace id that the context needs and the record lacks.
  Applied apply(record::Record& record, const Defaults& defaults, SystemTime arrival, Arena& arena,
                Random& random) const;

 private:
  void fill_in(record::Record& record, const Defaults& defaults, SystemTime arrival) const;
  void name_endpoint(record::Record& record, Arena& arena, Applied& applied) const;
  void name_path(record::Record& record, Arena& arena, Applied& applied) const;
  void name_consumer(record::Record& record, Arena& arena, Applied& applied) const;
  void hide_client(record::Record& record, Arena& arena) const;
  void give_context(record::Record& record, Arena& arena, Random& random, Applied& applied) const;

  Options options_;
  EndpointRules rules_;
  ClientRules client_;
  ContextTemplate template_;
};

}  // namespace pannier::process
