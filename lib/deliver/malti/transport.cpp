#include "deliver/malti/transport.h"

#include "deliver/judging.h"

namespace pannier::deliver::malti {
namespace {

constexpr std::string_view body_begin = R"({"requests":[)";
constexpr std::string_view body_end = "]}";

std::vector<std::string_view> body_of(const std::vector<queue::Slice>& slices) {
  std::vector<std::string_view> parts{body_begin};
  parts.reserve(slices.size() + 2);
  for (const queue::Slice& slice : slices) parts.push_back(slice.bytes());
  // Each fragment ends with its own comma; the last one's stays here.
  if (!slices.empty()) parts.back().remove_suffix(1);
  parts.push_back(body_end);
  return parts;
}

}  // namespace

MaltiTransport::MaltiTransport(boost::asio::io_context& home, net::HttpClientOptions client, SecretSource key,
                               RunBlocking run_blocking)
    : key_(home, std::move(key), std::move(run_blocking)), client_(home, std::move(client)) {}

void MaltiTransport::send(const Batch& batch, std::function<void(Judgement)> done) {
  auto slices = std::make_shared<const std::vector<queue::Slice>>(batch.slices);
  std::vector<std::string_view> body = body_of(*slices);
  post(
      std::move(body), std::move(slices),
      [records = batch.records](const net::HttpOutcome& outcome) {
        return judge(outcome, records, system_now());
      },
      std::move(done));
}

void MaltiTransport::probe(std::function<void(Judgement)> done) {
  post(
      {body_begin, body_end}, nullptr,
      [](const net::HttpOutcome& outcome) { return judge_probe(outcome, system_now()); }, std::move(done));
}

void MaltiTransport::post(std::vector<std::string_view> body, std::shared_ptr<const void> kept, Judge judge,
                          std::function<void(Judgement)> done) {
  if (key_.key().empty()) return key_.post([done = std::move(done)] { done(no_key()); });
  client_.post("/api/v1/ingest",
               {{"Content-Type", "application/json"}, {"X-API-Key", std::string(key_.key().reveal())}},
               std::move(body), std::move(kept),
               [this, judge = std::move(judge), done = std::move(done)](const net::HttpOutcome& outcome) {
                 Judgement meaning = judge(outcome);
                 if (const auto news = news_of_key(outcome, meaning); news && on_key_news_)
                   on_key_news_(*news);
                 done(std::move(meaning));
               });
}

}  // namespace pannier::deliver::malti
