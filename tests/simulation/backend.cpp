#include "simulation/backend.h"

#include <algorithm>
#include <ctime>
#include <string>

#include "simulation/stage.h"

namespace pannier::simulation {

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr std::array<Fault, 16> passing_faults{Fault::refused_connection,
                                               Fault::lost_before_store,
                                               Fault::lost_after_store,
                                               Fault::unavailable,
                                               Fault::unavailable_with_wish,
                                               Fault::rate_limit,
                                               Fault::bad_gateway,
                                               Fault::database_down,
                                               Fault::key_refused,
                                               Fault::wrong_address,
                                               Fault::proxy_page,
                                               Fault::wrong_count,
                                               Fault::garbage,
                                               Fault::slow,
                                               Fault::partial_success,
                                               Fault::no_gzip};

constexpr std::array<Fault, 4> poisons{Fault::poison_by_index, Fault::poison_by_element,
                                       Fault::poison_unnamed, Fault::poison_server_error};

net::HttpOutcome answered(int status, std::string body) {
  net::HttpOutcome outcome;
  outcome.answer.emplace();
  outcome.answer->status = status;
  outcome.answer->content_type = "application/json";
  outcome.answer->body = std::move(body);
  outcome.handed_over = true;
  return outcome;
}

net::HttpOutcome silent(bool handed_over) {
  net::HttpOutcome outcome;
  outcome.handed_over = handed_over;
  outcome.failure = "no answer";
  return outcome;
}

std::string http_date(SystemTime time) {
  const std::time_t whole = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  gmtime_r(&whole, &parts);
  std::array<char, 40> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

std::string stored_body(std::size_t count) {
  return R"({"message":"Telemetry data ingested successfully","count":)" + std::to_string(count) +
         R"(,"service":"orders"})";
}

}  // namespace

Backend::Backend(FaultSet faults, Random& random, Hits& hits)
    : faults_(faults), random_(&random), hits_(&hits) {
  const Fault kind = poisons[random.below(poisons.size())];
  if (faults_.has(kind)) poison_ = kind;
  if (faults_.has(Fault::too_large)) most_records_ = 1 + random.below(40);
}

bool Backend::is_poison(RecordId record) const {
  return poison_ && record % 61 == 7;
}

void Backend::heal() {
  faults_.remove_outages();
  outage_.reset();
}

Backend::Reply Backend::answer(const std::vector<RecordId>& records, SteadyTime now) {
  const std::uint64_t before = copies_;
  auto mishap = misbehave(records, now);
  Reply reply = mishap ? std::move(*mishap) : settle(records);
  reply.stored = copies_ - before;
  return reply;
}

Backend::Reply Backend::answer_probe(SteadyTime now) {
  return answer({}, now);
}

// What a Malti that is well answers.
Backend::Reply Backend::settle(const std::vector<RecordId>& records) {
  if (records.empty())
    return {answered(400, R"({"detail":"Empty requests array is not allowed"})"),
            milliseconds(1 + random_->below(200)),
            {}};
  if (records.size() > most_records_) {
    hits_->hit(Fault::too_large);
    return {answered(413, "too large"), milliseconds(1), {}};
  }
  if (auto reply = refuse_poison(records)) return *reply;
  keep(records);
  return {answered(200, stored_body(records.size())), milliseconds(1 + random_->below(200)), {}};
}

// Single mishaps, and outages in which everybody gets the same.
std::optional<Backend::Reply> Backend::misbehave(const std::vector<RecordId>& records, SteadyTime now) {
  if (outage_ && now < outage_until_) return act(*outage_, records, now);
  outage_.reset();
  const Fault fault = passing_faults[random_->below(passing_faults.size())];
  if (!faults_.has(fault) || !chance(0.5)) return std::nullopt;
  if (chance(0.2)) {
    outage_ = fault;
    outage_until_ = now + milliseconds(random_->below(chance(0.1) ? 600'000 : 30'000));
  }
  return act(fault, records, now);
}

// As a date its wish depends on the daemon's clock, so that nobody can say what it must wait.
Backend::Reply Backend::busy(SteadyTime now) {
  const auto wish = static_cast<std::int64_t>(1 + random_->below(90));
  Reply reply{answered(503, "busy"), milliseconds(1 + random_->below(50)), seconds(wish)};
  reply.outcome.answer->retry_after = std::to_string(wish);
  if (!chance(0.3)) return reply;
  reply.outcome.answer->retry_after = http_date(Stage::true_time(now) + seconds(wish));
  reply.wish.reset();
  return reply;
}

Backend::Reply Backend::act(Fault fault, const std::vector<RecordId>& records, SteadyTime now) {
  // OTLP has no empty batches.
  const bool is_of_otlp = fault == Fault::partial_success || fault == Fault::no_gzip;
  if (records.empty() && is_of_otlp) return settle(records);
  hits_->hit(fault);
  const milliseconds soon(1 + random_->below(50));
  switch (fault) {
    case Fault::refused_connection: return {silent(false), soon, {}};
    case Fault::lost_before_store: return {silent(true), soon, {}};
    case Fault::lost_after_store: keep(records); return {silent(true), soon, {}};
    case Fault::unavailable: return {answered(503, "busy"), soon, {}};
    case Fault::unavailable_with_wish: return busy(now);
    case Fault::rate_limit:
      return {answered(429, R"({"error":"Rate limit exceeded","detail":"x","retry_after":45})"), soon,
              seconds(45)};
    case Fault::bad_gateway:
      if (chance(0.5)) keep(records);
      return {answered(502, "<html>"), soon, {}};
    case Fault::database_down:
      return {answered(500, R"({"detail":"Failed to store telemetry: [Errno 111] Connection refused"})"),
              soon,
              {}};
    case Fault::key_refused: return {answered(401, R"({"detail":"Invalid API key"})"), soon, {}};
    case Fault::wrong_address: return {answered(chance(0.5) ? 404 : 302, ""), soon, {}};
    case Fault::proxy_page: return {answered(200, "<html>welcome</html>"), soon, {}};
    case Fault::wrong_count: {
      keep(records);
      return {answered(200, stored_body(records.size() + 1)), soon, {}};
    }
    case Fault::garbage: return {silent(true), soon, {}};
    case Fault::partial_success: return can_be_kept(records) ? take_part(records) : settle(records);
    case Fault::no_gzip: return {answered(415, ""), soon, {}, true};
    default: {
      Reply reply = settle(records);
      reply.after = milliseconds(random_->below(15'000));
      return reply;
    }
  }
}

// The first of the records are refused, all of them now and then; the rest is stored.
Backend::Reply Backend::take_part(const std::vector<RecordId>& records) {
  const std::size_t refused = 1 + random_->below(records.size());
  keep({records.begin() + static_cast<std::ptrdiff_t>(refused), records.end()});
  const std::string body =
      R"({"partialSuccess":{"rejectedSpans":")" + std::to_string(refused) + R"(","errorMessage":"m"}})";
  return {answered(200, body), milliseconds(1), {}, true};
}

std::optional<Backend::Reply> Backend::refuse_poison(const std::vector<RecordId>& records) {
  const auto found = std::ranges::find_if(records, [this](RecordId record) { return is_poison(record); });
  if (found == records.end()) return std::nullopt;
  hits_->hit(*poison_);
  const std::string index = std::to_string(found - records.begin());
  const milliseconds soon(5);
  switch (*poison_) {
    case Fault::poison_by_index:
      return Reply{answered(422, R"({"detail":[{"type":"int_parsing","loc":["body","requests",)" + index +
                                     R"(,"status"],"msg":"m","input":"i"}]})"),
                   soon,
                   {}};
    case Fault::poison_by_element:
      return Reply{
          answered(500, R"({"detail":"Failed to store telemetry: () invalid input for query argument $7 in )"
                        "element #" +
                            index + R"( of executemany() sequence: x"})"),
          soon,
          {}};
    case Fault::poison_unnamed:
      return Reply{answered(400, R"({"detail":"There was an error parsing the body"})"), soon, {}};
    default: return Reply{answered(500, "Internal Server Error"), soon, {}};
  }
}

// All or none, as Malti's batches are.
bool Backend::can_be_kept(const std::vector<RecordId>& records) const {
  return records.size() <= most_records_ &&
         std::ranges::none_of(records, [this](RecordId record) { return is_poison(record); });
}

void Backend::keep(const std::vector<RecordId>& records) {
  if (!can_be_kept(records)) return;
  for (const RecordId record : records) ++stored_[record];
  copies_ += records.size();
}

}  // namespace pannier::simulation
