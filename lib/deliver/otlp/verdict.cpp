#include "deliver/otlp/verdict.h"

#include <algorithm>

#include "base/text.h"
#include "deliver/judging.h"
#include "deliver/otlp/answer.h"
#include "deliver/retry_after.h"

namespace pannier::deliver::otlp {
namespace {

constexpr std::size_t longest_message = 1000;

Judgement judge_stored(const net::HttpAnswer& answer, const Sent& sent) {
  const auto read = read_answer(answer, sent.encoding);
  if (!read) return proxy_page("a proxy's page (200 without an OTLP answer)");
  Judgement made = judgement(Verdict::delivered, {});
  const std::int64_t most = sent.records;
  made.not_taken = static_cast<std::uint32_t>(std::clamp<std::int64_t>(read->rejected_spans, 0, most));
  made.note = text::utf8_prefix(read->message, longest_message);
  return made;
}

// Nothing is said of the batch but how it was packed; what was plain already can't be made any plainer.
Judgement judge_media_type(const Sent& sent) {
  return sent.packed ? judgement(Verdict::send_again, why("no gzip", 415))
                     : judgement(Verdict::blocked, why("address", 415));
}

Judgement judge_busy(const net::HttpAnswer& answer, SystemTime now) {
  const int status = answer.status;
  Judgement made =
      judgement(status == 500 ? Verdict::server_error : Verdict::back_off, why("server error", status));
  made.wait = retry_after(answer.retry_after, now);
  made.outcome_unknown = is_given_up_by_gateway(status);
  return made;
}

Judgement judge_answer(const net::HttpAnswer& answer, const Sent& sent, SystemTime now) {
  const int status = answer.status;
  if (status < 200 || status > 599) return no_answer(std::to_string(status) + " is no final status", true);
  if (status == 200) return judge_stored(answer, sent);
  if (status < 300) return proxy_page(why("address", status));
  if (status == 400 || status == 422) return judgement(Verdict::isolate, why("refused", status));
  if (status == 401 || status == 403) return judgement(Verdict::blocked_key, why("key refused", status));
  if (status == 413) return judgement(Verdict::too_large, why("too large", status));
  if (status == 415) return judge_media_type(sent);
  if (status == 408 || status == 429 || status >= 500) return judge_busy(answer, now);
  return judgement(Verdict::blocked, why("address", status));
}

}  // namespace

Judgement judge(const net::HttpOutcome& outcome, const Sent& sent, SystemTime now) {
  if (outcome.answer) return judge_answer(*outcome.answer, sent, now);
  return no_answer(text::shown(outcome.failure), outcome.handed_over);
}

}  // namespace pannier::deliver::otlp
