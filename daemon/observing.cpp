#include "daemon/observing.h"

#include <sys/resource.h>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <optional>
#include <thread>

#include "daemon/metrics.h"
#include "daemon/observe_answers.h"
#include "net/http_server.h"
#include "net/tcp_socket.h"
#include "observe/exposition.h"

namespace pannier::daemon {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr int low_priority = 10;
constexpr std::size_t most_askers = 256;
// Answers that wait for slow readers may hold so much memory in all; whoever would be one more is sent away.
constexpr std::size_t most_unread = 4 * 1024 * 1024;
constexpr auto between_snapshots = 100ms;
constexpr auto between_pulses = 10ms;

struct Asker {
  ObservePath path{};
  net::HttpServer::Respond respond;
};

// Lets many ask and does the work once: who comes while it is done, or too soon after, waits for the next
// time and shares that.
class Rounds {
 public:
  Rounds(asio::io_context& io, std::chrono::milliseconds pause, std::function<void()> begin)
      : timer_(io), pause_(pause), begin_(std::move(begin)) {}

  // False: too many wait already.
  bool join(Asker asker) {
    if (waiting_.size() + served_.size() >= most_askers) return false;
    waiting_.push_back(std::move(asker));
    if (!is_running_ && waiting_.size() == 1) schedule();
    return true;
  }

  // The work is done: for these.
  std::vector<Asker> end() {
    is_running_ = false;
    if (!waiting_.empty()) schedule();
    return std::exchange(served_, {});
  }

 private:
  void schedule() {
    timer_.expires_at(std::max(last_ + pause_, steady_now()));
    timer_.async_wait([this](const boost::system::error_code& ec) {
      if (!ec) begin();
    });
  }
  void begin() {
    is_running_ = true;
    last_ = steady_now();
    served_ = std::exchange(waiting_, {});
    begin_();
  }

  asio::steady_timer timer_;
  const std::chrono::milliseconds pause_;
  const std::function<void()> begin_;
  SteadyTime last_{};
  bool is_running_ = false;
  std::vector<Asker> waiting_, served_;
};

net::ServerResponse answer(int status, std::string_view content_type, std::string body) {
  return {status, std::string(content_type), std::move(body), {{"Cache-Control", "no-store"}}};
}

net::ServerResponse json_answer(bool good, std::string body) {
  return answer(good ? 200 : 503, "application/json", std::move(body));
}

}  // namespace

struct Observing::Impl : std::enable_shared_from_this<Impl> {
  Impl(Loops the_loops, Calls the_calls) : loops(the_loops), calls(std::move(the_calls)) {}

  void serve(Fd listener, net::HttpRules rules) {
    net::HttpServerOptions options;
    options.max_body = 0;
    options.answer_time = 5s;
    options.write_time = 10s;
    options.judge = [rules = std::move(rules)](const net::HttpHead& head) {
      return observe_refusal(head, rules);
    };
    server.emplace(io, std::move(listener), std::move(options),
                   [this](const net::ServerRequest& request, const net::HttpServer::Respond& respond) {
                     handle(request, respond);
                   });
  }

  void handle(const net::ServerRequest& request, const net::HttpServer::Respond& respond) {
    const auto path = observe_path(request.target);
    if (!path) return;  // the judge has seen to that
    if (*path == ObservePath::readyz) {
      const bool ready = calls.ready();
      return respond(json_answer(ready, ready ? R"({"ready":true})" : R"({"ready":false})"));
    }
    Rounds& rounds = *path == ObservePath::healthz ? pulses : snapshots;
    if (!rounds.join({*path, respond}))
      respond(json_answer(false, R"({"error":"too many wait for an answer already"})"));
  }

  // Once round through the loops that records go through.
  void take_pulse() {
    asio::post(loops.deliver, [weak = weak_from_this()] {
      const auto at_deliver = weak.lock();
      if (!at_deliver) return;
      asio::post(at_deliver->loops.intake, [weak] {
        const auto at_intake = weak.lock();
        if (!at_intake) return;
        asio::post(at_intake->ingest_loop(), [weak] {
          if (const auto self = weak.lock()) asio::post(self->io, [raw = self.get()] { raw->alive(); });
        });
      });
    });
  }
  asio::io_context& ingest_loop() const { return loops.ingest != nullptr ? *loops.ingest : loops.intake; }
  void alive() {
    for (const Asker& asker : pulses.end()) asker.respond(json_answer(true, R"({"alive":true})"));
  }

  void take_snapshot() {
    asio::post(loops.deliver, [weak = weak_from_this()] {
      const auto self = weak.lock();
      if (!self) return;
      asio::post(self->ingest_loop(), [weak, snapshot = self->calls.snapshot()] {
        const auto at_ingest = weak.lock();
        if (!at_ingest) return;
        std::optional<HttpFacts> facts;
        if (at_ingest->loops.ingest != nullptr) facts = at_ingest->calls.ingest();
        asio::post(at_ingest->io, [raw = at_ingest.get(), snapshot, facts] { raw->tell(snapshot, facts); });
      });
    });
  }
  void tell(const Snapshot& snapshot, const std::optional<HttpFacts>& ingest) {
    std::map<ObservePath, net::ServerResponse> answers;
    for (const Asker& asker : snapshots.end()) {
      auto known = answers.find(asker.path);
      if (known == answers.end())
        known = answers.emplace(asker.path, shared(answer_of(asker.path, snapshot, ingest))).first;
      asker.respond(known->second);
    }
  }
  net::ServerResponse answer_of(ObservePath path, const Snapshot& snapshot,
                                const std::optional<HttpFacts>& ingest) {
    if (path == ObservePath::delivering)
      return json_answer(is_delivering(snapshot), delivering_json(snapshot));
    if (path == ObservePath::stats) return json_answer(true, stats_json(snapshot));
    return answer(200, observe::Exposition::content_type,
                  metrics_text(snapshot, process_facts(),
                               {"observe", server->connections(), server->counts()}, ingest));
  }
  // One text for all who asked, counted until the last of them has read it.
  net::ServerResponse shared(net::ServerResponse made) {
    if (*unread > most_unread)
      return json_answer(false, R"({"error":"earlier answers have not been read yet"})");
    *unread += made.body.size();
    made.shared_body = std::shared_ptr<const std::string>(new std::string(std::exchange(made.body, {})),
                                                          [counter = unread](const std::string* text) {
                                                            *counter -= text->size();
                                                            delete text;
                                                          });
    return made;
  }

  const Loops loops;
  const Calls calls;
  const std::shared_ptr<std::size_t> unread = std::make_shared<std::size_t>(0);  // bytes
  asio::io_context io{1};
  Rounds pulses{io, between_pulses, [this] { take_pulse(); }};
  Rounds snapshots{io, between_snapshots, [this] { take_snapshot(); }};
  std::optional<net::HttpServer> server;
  std::thread thread;
};

Result<std::unique_ptr<Observing>> Observing::open(Loops loops, const config::Observe& options,
                                                   std::string own_id, Calls calls) {
  auto listener = net::listen_tcp(options.address, options.allow_remote);
  if (!listener) return listener.error().within("observe");
  auto impl = std::make_shared<Impl>(loops, std::move(calls));
  impl->serve(std::move(*listener), {.hosts = options.hosts, .own_via = std::move(own_id)});
  return std::unique_ptr<Observing>(new Observing(std::move(impl)));
}

Observing::Observing(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

Observing::~Observing() {
  impl_->io.stop();
  if (impl_->thread.joinable()) impl_->thread.join();
  impl_->server.reset();
}

void Observing::start() {
  impl_->thread = std::thread([this] {
    ::setpriority(PRIO_PROCESS, 0, low_priority);  // of this thread: Linux counts each for itself
    impl_->io.run();
  });
}

}  // namespace pannier::daemon
