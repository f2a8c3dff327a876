#include "daemon/trial.h"

#include "base/bytes.h"
#include "base/random.h"
#include "daemon/lane_names.h"
#include "daemon/routing.h"
#include "receive/datagram_reader.h"
#include "receive/malti_body.h"
#include "receive/session.h"

namespace pannier::daemon {
namespace {

using observe::ListenerId;

// Ids that are made by chance are the same each time.
constexpr std::uint64_t seed = 1;

Told told(const record::Record& record) {
  Told copy;
  copy.service = record.service;
  copy.node = record.node;
  copy.method = record.method;
  copy.endpoint = record.endpoint;
  copy.path = record.path;
  copy.consumer = record.consumer;
  copy.context = record.context;
  copy.client_ip = record.client_ip;
  copy.created_at = record.created_at;
  copy.response_ms = record.response_ms;
  copy.status = record.status;
  copy.has_created_at = record.has_created_at;
  copy.trace = record.trace;
  return copy;
}

DefaultFrom default_from(std::string_view given, std::string_view hello) {
  if (!given.empty()) return DefaultFrom::record;
  return hello.empty() ? DefaultFrom::configuration : DefaultFrom::hello;
}

template <typename Reason, std::size_t N>
std::optional<Reason> first_counted(const std::array<std::uint32_t, N>& counts) {
  for (std::size_t i = 0; i < N; ++i)
    if (counts[i] != 0) return static_cast<Reason>(i);
  return std::nullopt;
}

}  // namespace

// Stands where the pipeline does.
class Trials::Tried : public receive::Intake {
 public:
  Tried(const config::Settings& settings, SystemTime arrival)
      : routing_(make_routing(settings)), arrival_(arrival) {}

  void begin_read(ListenerId from) override {
    arena_.reset();
    trial_ = {};
    trial_.from = from;
  }
  void take(record::Record& record, const receive::Defaults& defaults, bool) override;
  receive::ReadEnd end_read(const receive::ReadCounts& counts) override;
  [[nodiscard]] std::span<const receive::LaneRecords> lanes_of_read() const override { return {}; }
  void in_doubt(std::span<const receive::LaneRecords>) override {}
  void limit_hit(ListenerId, Limit) override {}

  Trial& trial() { return trial_; }

 private:
  Fate fate_at(const Routing::Destination& destination, record::Record& record);

  std::shared_ptr<const Routing> routing_;
  SystemTime arrival_;
  Arena arena_;
  Random random_{seed};
  Trial trial_;
};

void Trials::Tried::take(record::Record& record, const receive::Defaults& defaults, bool) {
  trial_.came = told(record);
  trial_.service_from = default_from(record.service, defaults.service);
  trial_.node_from = default_from(record.node, defaults.node);
  trial_.applied =
      routing_->steps.apply(record, {defaults.service, defaults.node}, arrival_, arena_, random_);
  record.resource = defaults.resource;
  trial_.became = told(record);
  const std::string_view endpoint = record.endpoint;
  const std::string_view consumer = record.consumer;
  for (const Routing::Destination& destination : routing_->destinations) {
    trial_.fates.push_back(fate_at(destination, record));
    record.endpoint = endpoint;
    record.consumer = consumer;
  }
}

Fate Trials::Tried::fate_at(const Routing::Destination& destination, record::Record& record) {
  const Decision decision = decide(destination, record, random_);
  Fate fate{.destination = destination.id,
            .left_out = decision.left_out,
            .drop_rule = decision.drop_rule,
            .other_endpoint = decision.other_endpoint,
            .other_consumer = decision.other_consumer};
  if (fate.left_out) return fate;
  fate.lane = lane_name(destination.id, record.service);
  Bytes bytes;
  fate.texts_cut = destination.encoder->encode(record, bytes);
  fate.fragment = bytes.view();
  return fate;
}

receive::ReadEnd Trials::Tried::end_read(const receive::ReadCounts& counts) {
  trial_.unknown_fields = counts.unknown_fields;
  trial_.client_dropped = counts.client_dropped;
  if (counts.accepted != 0) {
    trial_.outcome = Trial::Outcome::accepted;
  } else if (const auto rejected = first_counted<Reject>(counts.rejected)) {
    trial_.outcome = Trial::Outcome::rejected;
    trial_.reject = *rejected;
    for (const auto& [reason, shape] : counts.rejected_last) trial_.shape = shape;
  } else if (const auto filtered = first_counted<Filter>(counts.filtered)) {
    trial_.outcome = Trial::Outcome::filtered;
    trial_.filter = *filtered;
  } else if (counts.client_dropped != 0) {
    trial_.outcome = Trial::Outcome::client_dropped;
  }
  return {};
}

struct Trials::Impl {
  Tried tried;
  receive::LineHandler handler{tried};
  receive::CarryBudget budget;
  std::size_t line_limit, datagram_limit;
  bool sdk_gets_our_steps;
  receive::DatagramReader datagrams;
  receive::MaltiBody body;
  std::optional<receive::Session> session;  // of unix_stream
  ListenerId from = ListenerId::unix_stream;
  std::string padded;

  Impl(const config::Settings& settings, SystemTime arrival)
      : tried(settings, arrival),
        line_limit(settings.receive.limits.line),
        datagram_limit(settings.receive.limits.datagram),
        sdk_gets_our_steps(settings.receive.http.process),
        datagrams(handler, line_limit) {
    connect(from);
  }

  void connect(ListenerId listener) {
    from = listener;
    session.reset();
    if (from == ListenerId::unix_stream) session.emplace(handler, budget, line_limit, std::nullopt);
  }

  void take_datagram(std::string_view line) {
    const bool is_cut = line.size() > datagram_limit;
    handler.begin_read(from);
    datagrams.take({.bytes = line.substr(0, datagram_limit), .is_cut = is_cut});
    handler.end_read();
  }

  // What the ingest route does with a body of one record.
  void take_element(std::string_view line) {
    padded.assign(R"({"requests":[)").append(line).append("]}");
    const std::size_t size = padded.size();
    padded.append(record::line_padding, ' ');
    receive::ReadCounts counts;
    tried.begin_read(from);
    if (body.read(std::string_view(padded).substr(0, size)))
      body.each([&](record::Record& record, bool is_doomed) { take_record(record, is_doomed, counts); });
    else
      refuse(line, counts);
    tried.end_read(counts);
  }

  void take_record(record::Record& record, bool is_doomed, receive::ReadCounts& counts) {
    record.is_processed = !sdk_gets_our_steps;
    tried.take(record, {}, false);
    counts.accept();
    counts.unknown_fields = body.unknown_fields();
    for (Fate& fate : tried.trial().fates)
      fate.is_doomed = is_doomed && fate.destination == observe::DestinationId::malti;
  }

  void refuse(std::string_view line, receive::ReadCounts& counts) {
    for (std::size_t i = 0; i < counts.rejected.size(); ++i)
      if (body.rejected()[i] != 0) counts.reject(static_cast<Reject>(i), line);
    tried.trial().answer = body.answer().json;
  }

  void take_line(std::size_t size) {
    padded[size] = '\n';
    session->feed(std::string_view(padded).substr(0, size + 1), {});
    Trial& trial = tried.trial();
    // What is answered and yet no line is a hello; acks are for lines.
    if (trial.outcome == Trial::Outcome::none && !session->to_send().empty()) {
      trial.outcome = Trial::Outcome::hello;
      trial.hello = handler.hello();
    }
    for (std::size_t size_of_answer = 0; (size_of_answer = session->to_send().size()) != 0;)
      session->sent(size_of_answer);
  }
};

Trials::Trials(const config::Settings& settings, SystemTime arrival)
    : impl_(std::make_unique<Impl>(settings, arrival)) {}
Trials::~Trials() = default;

void Trials::connect(ListenerId from) {
  impl_->connect(from);
}

std::size_t Trials::longest_line() const {
  return std::max(impl_->line_limit, impl_->datagram_limit);
}

Trial Trials::take(std::string_view line) {
  line = line.substr(0, longest_line() + 1);
  if (impl_->from == ListenerId::http_malti) {
    impl_->take_element(line);
    return std::move(impl_->tried.trial());
  }
  impl_->padded.assign(line).append(record::line_padding + 1, ' ');
  if (impl_->session)
    impl_->take_line(line.size());
  else
    impl_->take_datagram(std::string_view(impl_->padded).substr(0, line.size()));
  return std::move(impl_->tried.trial());
}

}  // namespace pannier::daemon
