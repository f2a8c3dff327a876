#include "receive/malti_listener.h"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>

#include "net/gzip.h"
#include "receive/malti_body.h"
#include "receive/malti_http.h"
#include "receive/uncommitted.h"
#include "record/line_decoder.h"

namespace pannier::receive {

namespace asio = boost::asio;
using net::HttpServer;
using observe::ListenerId;

namespace {

// A large body is handed on in parts, so that no lock is held for long.
constexpr std::uint64_t records_at_once = 1000;
constexpr std::chrono::seconds come_again{1};

}  // namespace

class MaltiListener::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& context, MaltiSettings settings, Intake& intake, KeyJudge& keys)
      : settings_(std::move(settings)),
        intake_(intake),
        keys_(keys),
        commit_timer_(context),
        drain_timer_(context) {}

  void serve(asio::io_context& context, Fd listening) {
    net::HttpServerOptions options;
    options.all_bodies = all_bodies;
    options.judge = [this](const net::HttpHead& head) { return judge(head); };
    options.busy = [this] { return busy("too many bodies at once"); };
    options.unread = [this](std::optional<int> status) { lost(status); };
    server_.emplace(context, std::move(listening), std::move(options),
                    [this](net::ServerRequest request, HttpServer::Respond respond) {
                      handle(std::move(request), std::move(respond));
                    });
  }

  void set(MaltiSettings settings) { settings_ = std::move(settings); }
  void room_came() { is_full_ = false; }
  void committed(std::uint64_t watermark) { uncommitted_.committed(watermark); }
  void disk_works(bool works);
  void drain(const Drain& bounds, std::function<void()> done);
  void close();

  std::optional<HttpServer> server_;

 private:
  std::optional<net::ServerResponse> judge(const net::HttpHead& head);
  net::ServerResponse busy(std::string_view why);
  void lost(std::optional<int> status);
  void count_one(Reject reason);
  void handle(net::ServerRequest request, HttpServer::Respond respond);
  void ingest(const net::ServerRequest& request, std::string_view body, HttpServer::Respond respond);
  void unpack(const net::ServerRequest& request, HttpServer::Respond respond);
  using Rejected = std::array<std::uint64_t, count_of<Reject>>;
  void count_rejected(const Rejected& rejected);
  void refuse_body(const HttpServer::Respond& respond);
  void refuse_good(MaltiAnswer answer, const HttpServer::Respond& respond);
  void refuse_key(const KeyRuling& ruling, bool is_good, const HttpServer::Respond& respond);
  void take_all(const KeyRuling& ruling, HttpServer::Respond respond);
  void end_read(Uncommitted::Request& taken);
  void answer_when_committed(Uncommitted::Request taken);
  void set_commit_timer();

  MaltiSettings settings_;
  Intake& intake_;
  KeyJudge& keys_;
  asio::steady_timer commit_timer_, drain_timer_;
  net::Gunzip gunzip_;
  MaltiBody body_;
  ReadCounts counts_;
  // Their senders will send them again; they are sent from here all the same.
  Uncommitted uncommitted_{[this](std::span<const LaneRecords> lanes) { intake_.in_doubt(lanes); }};
  bool is_full_ = false;  // a lane can take no more
  bool disk_works_ = true;
};

// ---- what is heard

std::optional<net::ServerResponse> MaltiListener::Impl::judge(const net::HttpHead& head) {
  HeadRuling ruling = judge_head(head, settings_.rules);
  if (ruling.is_lost_body) count_one(Reject::json);
  if (ruling.refusal || net::path_of(head.target) != ingest_path) return std::move(ruling.refusal);
  if (is_full_) return busy("pannier can take no more just now");
  if (!disk_works_) return busy("pannier's disk can't be written just now");
  return std::nullopt;
}

net::ServerResponse MaltiListener::Impl::busy(std::string_view why) {
  intake_.limit_hit(ListenerId::http_malti, Limit::busy);
  return busy_answer(why, come_again);
}

void MaltiListener::Impl::lost(std::optional<int> status) {
  constexpr int too_large = 413;
  count_one(status == too_large ? Reject::too_long : Reject::unterminated);
}

// A body of which nobody knows what it held.
void MaltiListener::Impl::count_one(Reject reason) {
  Rejected rejected{};
  rejected[static_cast<std::size_t>(reason)] = 1;
  count_rejected(rejected);
}

void MaltiListener::Impl::count_rejected(const Rejected& rejected) {
  counts_.clear();
  for (std::size_t i = 0; i < rejected.size(); ++i) counts_.reject(static_cast<Reject>(i), rejected[i]);
  intake_.begin_read(ListenerId::http_malti);
  intake_.end_read(counts_);
}

void MaltiListener::Impl::handle(net::ServerRequest request, HttpServer::Respond respond) {
  if (net::path_of(request.target) == health_path) return respond(healthy_answer());
  if (text::equal_ignoring_case(header_of(request.headers, "content-encoding"), "gzip"))
    return unpack(request, std::move(respond));
  const std::size_t size = request.body.size();
  request.body.append(record::line_padding, ' ');
  ingest(request, std::string_view(request.body).substr(0, size), std::move(respond));
}

void MaltiListener::Impl::unpack(const net::ServerRequest& request, HttpServer::Respond respond) {
  static_assert(net::Gunzip::padding >= record::line_padding);
  switch (gunzip_.unpack(request.body, most_unpacked)) {
    case net::Gunzip::Outcome::good: ingest(request, gunzip_.view(), std::move(respond)); break;
    case net::Gunzip::Outcome::too_large:
      count_one(Reject::too_long);
      respond(answer_of(malti_detail(413, "unpacked the body has more than 16 MiB; send less at once")));
      break;
    case net::Gunzip::Outcome::no_memory: respond(busy("no memory to unpack the body")); break;
    default:
      count_one(Reject::json);
      respond(answer_of(malti_detail(400, "There was an error parsing the body")));
  }
  gunzip_.trim();
}

void MaltiListener::Impl::ingest(const net::ServerRequest& request, std::string_view body,
                                 HttpServer::Respond respond) {
  const std::string_view key = header_of(request.headers, "x-api-key");
  const bool is_good = body_.read(body);
  KeyRuling ruling;
  if (!body_.is_unreadable())
    ruling = keys_.judge(key, is_good ? body_.service() : std::string_view(), is_good ? body_.count() : 0,
                         steady_now());
  if (ruling.status == 200 && !is_good) return refuse_body(respond);
  if (ruling.status != 200) return refuse_key(ruling, is_good, respond);
  if (const auto other = body_.other_service())
    return refuse_good(malti_mismatch(body_.service(), *other), respond);
  take_all(ruling, std::move(respond));
}

void MaltiListener::Impl::refuse_body(const HttpServer::Respond& respond) {
  count_rejected(body_.rejected());
  respond(answer_of(body_.answer()));
}

// All of it was in order but for whose it is.
void MaltiListener::Impl::refuse_good(MaltiAnswer answer, const HttpServer::Respond& respond) {
  Rejected rejected{};
  rejected[static_cast<std::size_t>(Reject::batch)] = body_.count();
  count_rejected(rejected);
  respond(answer_of(std::move(answer)));
}

// What is sent away for want of room counts in no sum.
void MaltiListener::Impl::refuse_key(const KeyRuling& ruling, bool is_good,
                                     const HttpServer::Respond& respond) {
  MaltiAnswer answer = malti_detail(ruling.status, ruling.detail);
  if (ruling.status == 503) {
    intake_.limit_hit(ListenerId::http_malti, Limit::keys);
    return respond(busy_answer(ruling.detail, ruling.retry_after));
  }
  if (is_good) return refuse_good(std::move(answer), respond);
  count_rejected(body_.rejected());
  respond(answer_of(std::move(answer)));
}

void MaltiListener::Impl::take_all(const KeyRuling& ruling, HttpServer::Respond respond) {
  Uncommitted::Request taken;
  taken.until = steady_now() + slowest_commit;
  taken.tell = [this, respond = std::move(respond),
                stored = answer_of(malti_stored(body_.count(), body_.service()))](bool on_disk) {
    respond(on_disk ? stored : busy("pannier's disk can't be written just now"));
  };
  Defaults defaults;
  defaults.malti_lane = ruling.lane;
  counts_.clear();
  counts_.unknown_fields = body_.unknown_fields();
  counts_.changed_texts = body_.changed_texts();
  intake_.begin_read(ListenerId::http_malti);
  body_.each([&](record::Record& record, bool is_doomed) {
    if (counts_.accepted == records_at_once) {
      end_read(taken);
      intake_.begin_read(ListenerId::http_malti);
    }
    record.is_processed = !settings_.process;
    record.is_doomed = is_doomed;
    counts_.accept();
    intake_.take(record, defaults, false);
  });
  end_read(taken);
  answer_when_committed(std::move(taken));
}

void MaltiListener::Impl::end_read(Uncommitted::Request& taken) {
  const ReadEnd end = intake_.end_read(counts_);
  counts_.clear();
  is_full_ = is_full_ || end.pause;
  taken.ticket = end.ticket;
  if (end.ticket != 0) taken.add(intake_.lanes_of_read());
}

// ---- what is answered once it is on disk

void MaltiListener::Impl::answer_when_committed(Uncommitted::Request taken) {
  if (taken.ticket == 0) return taken.tell(true);
  const bool is_first = !uncommitted_.next_end();
  uncommitted_.add(std::move(taken));
  if (!disk_works_) return uncommitted_.give_up_all();
  if (is_first) set_commit_timer();
}

void MaltiListener::Impl::disk_works(bool works) {
  disk_works_ = works;
  if (!works) uncommitted_.give_up_all();
}

void MaltiListener::Impl::set_commit_timer() {
  commit_timer_.expires_at(*uncommitted_.next_end());
  commit_timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& fault) {
    const auto self = weak.lock();
    if (!self || fault) return;
    self->uncommitted_.give_up_slow(steady_now());
    if (self->uncommitted_.next_end()) self->set_commit_timer();
  });
}

// ---- the end

void MaltiListener::Impl::drain(const Drain& bounds, std::function<void()> done) {
  auto once = std::make_shared<std::function<void()>>(std::move(done));
  const auto end = [once] {
    if (*once) std::exchange(*once, nullptr)();
  };
  server_->drain([weak = weak_from_this(), end] {
    if (const auto self = weak.lock()) self->drain_timer_.cancel();
    end();
  });
  drain_timer_.expires_after(bounds.read_out);
  drain_timer_.async_wait([weak = weak_from_this(), end](const boost::system::error_code& fault) {
    const auto self = weak.lock();
    if (fault || !self) return;
    self->server_->stop();
    end();
  });
}

void MaltiListener::Impl::close() {
  server_.reset();
  commit_timer_.cancel();
  drain_timer_.cancel();
}

// ---- the listener

MaltiListener::MaltiListener(asio::io_context& context, Fd listening, MaltiSettings settings, Intake& intake,
                             KeyJudge& keys)
    : impl_(std::make_shared<Impl>(context, std::move(settings), intake, keys)) {
  impl_->serve(context, std::move(listening));
}

MaltiListener::~MaltiListener() {
  impl_->close();
}
void MaltiListener::set(MaltiSettings settings) {
  impl_->set(std::move(settings));
}
void MaltiListener::room_came() {
  impl_->room_came();
}
void MaltiListener::committed(std::uint64_t watermark) {
  impl_->committed(watermark);
}
void MaltiListener::disk_works(bool works) {
  impl_->disk_works(works);
}
void MaltiListener::drain(const Drain& bounds, std::function<void()> done) {
  impl_->drain(bounds, std::move(done));
}
std::size_t MaltiListener::connections() const {
  return impl_->server_->connections();
}
const net::HttpCounts& MaltiListener::counts() const {
  return impl_->server_->counts();
}

}  // namespace pannier::receive
