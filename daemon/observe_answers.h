// What is said over HTTP to whoever asks on this host: no secret and nothing out of a record but the service.
//   /healthz     200 while the event loops run        /readyz   200 while the listeners accept
//   /delivering  200 while every lane delivers, else 503 with the lanes that do not; and how the spool is
//   /metrics     Prometheus                           /stats    the names of Malti's SDKs
// Threads: pure functions.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "daemon/status.h"
#include "net/http_rules.h"

namespace pannier::daemon {

enum class ObservePath { metrics, healthz, readyz, delivering, stats };

// The path of a target; its query means nothing.
std::optional<ObservePath> observe_path(std::string_view target);

// What a request is answered with without asking anybody: it broke a rule, asks for nothing that is there,
// or wants to change something.
std::optional<net::ServerResponse> observe_refusal(const net::HttpHead& head, const net::HttpRules& rules);

bool is_delivering(const Snapshot& snapshot);
std::string delivering_json(const Snapshot& snapshot);
std::string stats_json(const Snapshot& snapshot);

// The part of a lane's `why` that is our own word, with the status that was answered: "key refused (401)".
// What a backend said to it may repeat a key or a record.
std::string own_words(std::string_view why);

}  // namespace pannier::daemon
