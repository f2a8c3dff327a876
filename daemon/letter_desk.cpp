#include "daemon/letter_desk.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "base/json.h"
#include "daemon/letter_json.h"

namespace pannier::daemon {
namespace {

net::HttpServer::Response answered(int status, std::string body) {
  return {.status = status, .content_type = "application/json", .body = std::move(body)};
}

net::HttpServer::Response refused(int status, std::string_view sentence) {
  json::Writer out;
  return answered(status, out.begin('{').key("error").text(sentence).end('}').str());
}

}  // namespace

void LetterDesk::handle(std::string_view verb, const std::string& body,
                        const net::HttpServer::Respond& respond) {
  auto request = read_letter_request(body, system_now());
  if (!request) return respond(refused(422, request.error().message));
  const bool shows = verb == "show", replays = verb == "replay";
  const bool changes = replays || verb == "purge";
  if (!changes && !shows && verb != "list") return respond(refused(404, "no such call"));
  if ((changes || shows) && !request->selects())
    return respond(refused(422, "no letter was named; name ids, a lane, a reason, an age, or all"));
  const std::uint64_t token = ++last_token_;
  waiting_.emplace(token, respond);
  if (changes)
    spool_.order({std::move(request->which), replays, Purge::by_hand, token});
  else
    spool_.ask({std::move(request->which), request->limit, shows, token});
}

void LetterDesk::done(const queue::LetterOrderDone& order) {
  answer(order.token, order.failure.empty() ? answered(200, order_json(order)) : refused(503, order.failure));
}

void LetterDesk::done(std::uint64_t token, const Result<queue::LetterPage>& page) {
  answer(token, page ? answered(200, letters_json(*page)) : refused(503, page.error().message));
}

void LetterDesk::answer(std::uint64_t token, net::HttpServer::Response response) {
  boost::asio::post(deliver_, [this, token, response = std::move(response)]() mutable {
    const auto waiting = waiting_.find(token);
    if (waiting == waiting_.end()) return;
    const net::HttpServer::Respond respond = std::move(waiting->second);
    waiting_.erase(waiting);
    respond(std::move(response));
  });
}

}  // namespace pannier::daemon
