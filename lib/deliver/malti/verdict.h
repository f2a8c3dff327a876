// What an answer of Malti (or of whatever answered in its place, or silence) means for the batch that was
// sent. User: MaltiTransport. Threads: pure. Cost: one pass over the body, which HttpClient has bounded. The
// body is hostile: it is shown escaped and short, and nothing of it where it echoes records (422, and 500
// with an element's number).
#pragma once
#include <cstdint>

#include "base/clock.h"
#include "deliver/transport.h"
#include "net/http_client.h"

namespace pannier::deliver::malti {

// DESIGN.md section 4, column Malti. `records`: of the batch that was sent.
Judgement judge(const net::HttpOutcome& outcome, std::uint32_t records, SystemTime now);

}  // namespace pannier::deliver::malti
