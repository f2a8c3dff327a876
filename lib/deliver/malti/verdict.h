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

// Of an empty batch: delivered where Malti refuses it for being empty, which it does to a good key only.
// Else blocked, blocked_key or back_off; 403 for a service that is not the key's is not found so.
Judgement judge_probe(const net::HttpOutcome& outcome, SystemTime now);

// What an answer, to a batch or a probe, says of the key that was shown.
struct KeyNews {
  bool good = false;
  int status = 0;      // of the answer
  std::string detail;  // Malti's own sentence where it was refused: escaped, at most 200 characters
};
// None: nothing. `meaning`: what one of the two above made of it.
std::optional<KeyNews> news_of_key(const net::HttpOutcome& outcome, const Judgement& meaning);

}  // namespace pannier::deliver::malti
