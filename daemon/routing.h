// What is done to records and where they go, and what becomes of one record at one destination: all that is
// decided before a lane is looked for. Users: the pipeline, `pannier explain`. Threads: immutable, shared by
// all intake threads, replaced by a reload; the cardinality guards take any thread.
#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/reasons.h"
#include "config/settings.h"
#include "deliver/encoder.h"
#include "observe/ids.h"
#include "process/cardinality.h"
#include "process/drop_rules.h"
#include "process/steps.h"
#include "record/record.h"

namespace pannier::daemon {

struct Routing {
  struct Destination {
    observe::DestinationId id{};
    bool lane_for_each_service = false;
    std::unique_ptr<const deliver::Encoder> encoder;
    process::DropRules drop;
    std::shared_ptr<process::Cardinality> guard;  // none: it has none, or it is off
  };
  process::Steps steps;
  std::vector<Destination> destinations;
};

// `before`: what was in force, whose guards go on where their limits are the same.
std::shared_ptr<const Routing> make_routing(const config::Settings& settings,
                                            const Routing* before = nullptr);

struct Decision {
  std::optional<LeftOut> left_out{};
  std::optional<std::size_t> drop_rule{};  // of LeftOut::rule: its number in process.drop
  bool other_endpoint = false;             // became (other): the service has too many
  bool other_consumer = false;
};

// What `destination` does with a record behind the common steps. What it lacks for this destination is filled
// in; its endpoint or consumer may become (other), here only: the caller keeps them for the next destination.
Decision decide(const Routing::Destination& destination, record::Record& record, Random& random);

}  // namespace pannier::daemon
