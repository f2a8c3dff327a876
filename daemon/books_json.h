// The ledger's books as members of the status JSON: those of a run, and totals. Users: status_json.
// Threads: pure functions.
#pragma once
#include "base/json.h"
#include "observe/ledger.h"

namespace pannier::daemon {

enum class BooksOf : std::uint8_t { run, totals };

void write_optional(json::Writer& out, std::optional<std::uint64_t> value);

// Each writes one member, but for the last two: those write the members of an object that is open.
void write_listeners(json::Writer& out, const observe::Books& books, BooksOf of);
void write_destinations(json::Writer& out, const observe::Books& books);
void write_dead_letters(json::Writer& out, const observe::DeadLetterBooks& letters, BooksOf of);
void write_lane(json::Writer& out, const observe::LaneBooks& lane);
void write_totals(json::Writer& out, const observe::Books& totals);

}  // namespace pannier::daemon
