// What a scripted backend does with a coming request instead of, or besides, what Malti would do.
// Threads: plain values.
#pragma once
#include <limits>
#include <optional>
#include <string>

#include "tests/doubles/malti_contract.h"
#include "tests/doubles/wait.h"

namespace pannier::doubles {

struct Behaviour {
  enum class Kind {
    answer,            // `scripted`, or where there is none what Malti says
    close_unread,      // the connection is closed (reset) before the request is read
    close_unanswered,  // the request is read, nothing is answered
    hang,              // nothing is answered until release() or the peer goes
    garbage,           // bytes that are no HTTP
    endless_body,      // a 200 whose body never ends
    endless_headers,   // a 200 whose headers never end
    wrong_length,      // an answer whose Content-Length is off by length_error; then the connection is closed
  };
  Kind kind = Kind::answer;
  bool stores = false;             // the records are stored first, where Malti would store them
  std::optional<Answer> scripted;  // what is answered
  Deadline delay{0};               // before the answer
  int length_error = 0;            // bytes
  unsigned times = 1;

  [[nodiscard]] Behaviour repeated(unsigned count) const;
  [[nodiscard]] Behaviour for_ever() const { return repeated(std::numeric_limits<unsigned>::max()); }
  [[nodiscard]] Behaviour after(Deadline wait) const;
  [[nodiscard]] Behaviour storing() const;
};

Behaviour answer(int status, std::string body = {}, Headers headers = {});
Behaviour html(int status);                             // a proxy's page
Behaviour rate_limited(unsigned seconds);               // 429 as Malti says it: retry_after in the body
Behaviour unavailable(const std::string& retry_after);  // 503; seconds or an HTTP date
Behaviour partial_success(unsigned rejected, const std::string& message);  // 200 of OTLP, in JSON; stored
Behaviour redirect(const std::string& location);                           // 302
Behaviour slow(Deadline delay);                                            // stored at once, answered late
Behaviour lost_answer();                   // stored, then closed without an answer
Behaviour wrong_length(int length_error);  // stored, but the answer can't be trusted
Behaviour of_kind(Behaviour::Kind kind);   // not stored

}  // namespace pannier::doubles
