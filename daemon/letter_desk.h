// Dead letters over the control socket: what is asked is handed to the spool's thread, its answer comes back.
//   POST /dead-letters/list|show|replay|purge, with a selection:
//     {"ids":[7],"lane":"malti/orders","reason":"refused","older_than_s":3600,"after":0,"limit":100,"all":true}
// A replay or purge must name something, or "all". Bodies of records are never shown: only Malti's records,
// which have none, are shown at all.
// Users: Control. Threads: T2, but for done(), which the spool's thread calls.
#pragma once
#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <string_view>

#include "net/http_server.h"
#include "queue/spool.h"

namespace pannier::daemon {

class LetterDesk {
 public:
  LetterDesk(boost::asio::io_context& deliver, queue::Spool& spool) : deliver_(deliver), spool_(spool) {}

  // `verb`: what stands behind /dead-letters/.
  void handle(std::string_view verb, const std::string& body, const net::HttpServer::Respond& respond);

  void done(const queue::LetterOrderDone& order);                         // any thread
  void done(std::uint64_t token, const Result<queue::LetterPage>& page);  // any thread

 private:
  void answer(std::uint64_t token, net::HttpServer::Response response);

  boost::asio::io_context& deliver_;
  queue::Spool& spool_;
  std::uint64_t last_token_ = 0;
  std::map<std::uint64_t, net::HttpServer::Respond> waiting_;  // as many as the server has connections
};

}  // namespace pannier::daemon
