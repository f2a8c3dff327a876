// Dead letters as the control socket speaks of them. Users: LetterDesk. Threads: pure functions.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"
#include "queue/spool.h"

namespace pannier::daemon {

struct LetterRequest {
  queue::LetterSelection which;
  std::size_t limit = 100;
  bool is_all = false;
  [[nodiscard]] bool selects() const;  // something, or all by its own word
};

// Errors: invalid, a sentence that names the member.
Result<LetterRequest> read_letter_request(std::string_view body, SystemTime now);

std::string letters_json(const queue::LetterPage& page);
std::string order_json(const queue::LetterOrderDone& order);

}  // namespace pannier::daemon
