// /metrics: one snapshot in Prometheus' text format. The names are a contract: more may be added. No label
// comes from a record but the service in a lane's name, escaped and cut, and there are at most limits.lanes.
// Threads: pure functions.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "daemon/process_facts.h"
#include "daemon/status.h"
#include "net/http_server.h"

namespace pannier::daemon {

struct HttpFacts {
  std::string listener;  // "observe", "http_malti"
  std::size_t connections = 0;
  net::HttpCounts counts;
};

// `ingest`: Malti's HTTP listener, where it is on.
std::string metrics_text(const Snapshot& snapshot, const ProcessFacts& process, const HttpFacts& observe,
                         const std::optional<HttpFacts>& ingest = std::nullopt);

// How each lane is called in a label: shown safely, and no two alike, for a scrape with doubles is refused
// whole.
std::vector<std::string> lane_labels(const observe::Books& books);

}  // namespace pannier::daemon
