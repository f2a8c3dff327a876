#include "deliver/malti/verdict.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "deliver/judging.h"
#include "deliver/retry_after.h"

namespace pannier::deliver::malti {
namespace {

namespace dom = simdjson::dom;

// A body as a JSON document, or not: cut, no JSON, nested deeper than simdjson's 1024.
class Document {
 public:
  explicit Document(const net::HttpAnswer& answer) {
    if (!answer.body_cut) is_json_ = parser_.parse(answer.body).get(root_) == simdjson::SUCCESS;
  }
  [[nodiscard]] std::optional<dom::element> member(std::string_view name) const {
    dom::element found;
    if (!is_json_ || root_.at_key(name).get(found) != simdjson::SUCCESS) return std::nullopt;
    return found;
  }
  [[nodiscard]] std::string_view text(std::string_view name) const {
    std::string_view found;
    const auto element = member(name);
    if (!element || element->get(found) != simdjson::SUCCESS) return {};
    return found;
  }

 private:
  dom::parser parser_;
  dom::element root_;
  bool is_json_ = false;
};

Judgement judge_stored(const Document& document, std::uint32_t records) {
  const auto member = document.member("count");
  std::uint64_t count = 0;
  if (!member || member->get(count) != simdjson::SUCCESS)
    return proxy_page("a proxy's page (200 without Malti's count)");
  if (count == records) return judgement(Verdict::delivered, {});
  return proxy_page("a proxy's page (200 with count " + std::to_string(count) + " instead of " +
                    std::to_string(records) + ")");
}

// loc is ["body", "requests", N, field, …]. Its members are not shown: a union type may put content there.
std::optional<std::uint32_t> index_in(dom::element mistake, std::uint32_t records) {
  dom::array loc;
  if (mistake.at_key("loc").get(loc) != simdjson::SUCCESS) return std::nullopt;
  std::string_view body, requests;
  std::uint64_t index = 0;
  if (loc.at(0).get(body) != simdjson::SUCCESS || body != "body") return std::nullopt;
  if (loc.at(1).get(requests) != simdjson::SUCCESS || requests != "requests") return std::nullopt;
  if (loc.at(2).get(index) != simdjson::SUCCESS || index >= records) return std::nullopt;
  return static_cast<std::uint32_t>(index);
}

std::vector<std::uint32_t> indexes_in(const Document& document, std::uint32_t records) {
  std::vector<std::uint32_t> indexes;
  dom::array mistakes;
  const auto detail = document.member("detail");
  if (!detail || detail->get(mistakes) != simdjson::SUCCESS) return indexes;
  for (const dom::element mistake : mistakes)
    if (const auto index = index_in(mistake, records)) indexes.push_back(*index);
  std::ranges::sort(indexes);
  const auto doubled = std::ranges::unique(indexes);
  indexes.erase(doubled.begin(), doubled.end());
  return indexes;
}

Judgement judge_refused(int status, const Document& document, std::uint32_t records) {
  // A 400's detail is the server's own sentence, a 422's echoes the records.
  const std::string_view words = status == 400 ? document.text("detail") : std::string_view();
  Judgement made = judgement(Verdict::isolate, why("refused", status, words));
  made.indexes = indexes_in(document, records);
  return made;
}

std::optional<std::uint32_t> element_in(std::string_view detail, std::uint32_t records) {
  constexpr std::string_view mark = "element #";
  const std::size_t at = detail.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  const char* first = detail.data() + at + mark.size();
  std::uint32_t index = 0;
  const auto [end, fault] = std::from_chars(first, detail.data() + detail.size(), index);
  if (fault != std::errc() || index >= records) return std::nullopt;
  return index;
}

Judgement judge_500(const Document& document, std::uint32_t records,
                    std::optional<std::chrono::milliseconds> wait) {
  const std::string_view detail = document.text("detail");
  if (const auto index = element_in(detail, records)) {
    Judgement made = judgement(Verdict::isolate, why("refused", 500, "element #" + std::to_string(*index)));
    made.indexes = {*index};
    return made;
  }
  // Where the database speaks of an argument it repeats the argument.
  const bool echoes = detail.find("argument") != std::string_view::npos ||
                      detail.find("parameters") != std::string_view::npos ||
                      detail.find("element") != std::string_view::npos;
  Judgement made =
      judgement(Verdict::server_error, why("server error", 500, echoes ? std::string_view() : detail));
  made.wait = wait;
  return made;
}

std::optional<std::chrono::milliseconds> wish(const net::HttpAnswer& answer, const Document& document,
                                              SystemTime now) {
  const auto header = retry_after(answer.retry_after, now);
  double seconds = 0;
  const auto member = answer.status == 429 ? document.member("retry_after") : std::nullopt;
  if (!member || member->get(seconds) != simdjson::SUCCESS) return header;
  return std::max(header, wish_of_seconds(seconds));
}

Judgement judge_busy(const net::HttpAnswer& answer, const Document& document, SystemTime now) {
  const std::string_view words = answer.status == 429 ? document.text("error") : std::string_view();
  Judgement made = judgement(Verdict::back_off, why("server error", answer.status, words));
  made.wait = wish(answer, document, now);
  made.outcome_unknown = is_given_up_by_gateway(answer.status);
  return made;
}

Judgement judge_answer(const net::HttpAnswer& answer, std::uint32_t records, SystemTime now) {
  const int status = answer.status;
  const Document document(answer);
  if (status < 200 || status > 599) return no_answer(std::to_string(status) + " is no final status", true);
  if (status == 200) return judge_stored(document, records);
  if (status < 300) return proxy_page(why("address", status, document.text("detail")));
  if (status == 400 || status == 422) return judge_refused(status, document, records);
  if (status == 401 || status == 403)
    return judgement(Verdict::blocked_key, why("key refused", status, document.text("detail")));
  if (status == 413) return judgement(Verdict::too_large, why("too large", status));
  if (status == 500) return judge_500(document, records, wish(answer, document, now));
  if (status == 408 || status == 429 || status > 500) return judge_busy(answer, document, now);
  return judgement(Verdict::blocked, why("address", status, document.text("detail")));
}

// Malti asks for the key before it looks at what the batch holds. Another server's 400 is no proof.
bool refuses_emptiness(int status, const Document& document) {
  if (status == 400) return text::lower(document.text("detail")).find("empty") != std::string::npos;
  if (status != 422) return false;
  const auto detail = document.member("detail");
  dom::array mistakes;
  if (!detail || detail->get(mistakes) != simdjson::SUCCESS) return false;
  return std::ranges::any_of(mistakes, [](dom::element mistake) {
    dom::array loc;
    std::string_view field;
    return mistake.at_key("loc").get(loc) == simdjson::SUCCESS && loc.at(1).get(field) == simdjson::SUCCESS &&
           field == "requests";
  });
}

Judgement judge_answer_to_probe(const net::HttpAnswer& answer, SystemTime now) {
  const int status = answer.status;
  const Document document(answer);
  if (refuses_emptiness(status, document)) return judgement(Verdict::delivered, {});
  // There is nothing in it that could be wrong.
  const bool blames_the_batch = status == 400 || status == 413 || status == 422;
  if (blames_the_batch && !document.member("detail"))
    return judgement(Verdict::blocked, why("a proxy's page", status));
  if (blames_the_batch) return judgement(Verdict::blocked, why("address", status, document.text("detail")));
  Judgement made = judge_answer(answer, 0, now);
  // An empty batch is no reason for a 500.
  if (made.verdict == Verdict::server_error) made.verdict = Verdict::back_off;
  return made;
}

}  // namespace

Judgement judge(const net::HttpOutcome& outcome, std::uint32_t records, SystemTime now) {
  if (outcome.answer) return judge_answer(*outcome.answer, records, now);
  return no_answer(text::shown(outcome.failure), outcome.handed_over);
}

Judgement judge_probe(const net::HttpOutcome& outcome, SystemTime now) {
  if (outcome.answer) return judge_answer_to_probe(*outcome.answer, now);
  return no_answer(text::shown(outcome.failure), false);
}

std::optional<KeyNews> news_of_key(const net::HttpOutcome& outcome, const Judgement& meaning) {
  constexpr std::size_t shown_detail = 200;
  if (!outcome.answer) return std::nullopt;
  const int status = outcome.answer->status;
  if (meaning.verdict == Verdict::delivered) return KeyNews{true, status, {}};
  if (status != 401 && status != 403) return std::nullopt;
  return KeyNews{false, status, text::shown(Document(*outcome.answer).text("detail"), shown_detail)};
}

}  // namespace pannier::deliver::malti
