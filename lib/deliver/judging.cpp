#include "deliver/judging.h"

#include "base/text.h"

namespace pannier::deliver {

std::string why(std::string_view what, int status, std::string_view words) {
  constexpr std::size_t shown_words = 80;
  std::string out(what);
  out.append(" (").append(std::to_string(status));
  if (!words.empty()) out.append(" ").append(text::shown(words, shown_words));
  return out.append(")");
}

Judgement judgement(Verdict verdict, std::string text) {
  Judgement made;
  made.verdict = verdict;
  made.why = std::move(text);
  return made;
}

Judgement proxy_page(std::string text) {
  Judgement made = judgement(Verdict::blocked, std::move(text));
  made.outcome_unknown = true;
  return made;
}

Judgement no_answer(const std::string& cause, bool is_unknown) {
  Judgement made = judgement(Verdict::back_off, "no answer (" + cause + ")");
  made.outcome_unknown = is_unknown;
  return made;
}

Judgement no_key() {
  return judgement(Verdict::blocked_key, "no key");
}

}  // namespace pannier::deliver
