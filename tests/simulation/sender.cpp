#include "simulation/sender.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace pannier::simulation {
namespace {

constexpr std::size_t line_limit = 4096;

}  // namespace

Senders::Senders(FaultSet faults, receive::Intake& intake, Random& random, Hits& hits)
    : faults_(faults), random_(&random), hits_(&hits), handler_(intake), connections_(3) {
  for (Connection& connection : connections_) open(connection);
}

void Senders::open(Connection& connection) {
  connection = {};
  connection.session = std::make_unique<receive::Session>(handler_, budget_, line_limit, 1000);
  connection.acks = random_->uniform() < 0.5;
  if (connection.acks)
    feed(connection, "{\"hello\":{\"client\":\"simulation\",\"ack\":true}}\n", SteadyTime{});
}

std::string Senders::service() {
  const std::size_t services = faults_.has(Fault::too_many_services) ? 5 : 2;
  return "s" + std::to_string(random_->below(services));
}

std::string Senders::good_line(Connection& connection) {
  const RecordId record = next_record_++;
  const std::string name = service();
  static constexpr std::array<int, 6> statuses{200, 201, 404, 500, 0, 302};
  const int status = statuses[random_->below(statuses.size())];
  std::array<char, 512> line{};
  std::snprintf(line.data(), line.size(),
                R"({"service":"%s","method":"GET","endpoint":"/users/{id}","status":%d,"response_time":%d,)"
                R"("consumer":"web","context":"~s%012llu~"})"
                "\n",
                name.c_str(), status, static_cast<int>(random_->below(1000)),
                static_cast<unsigned long long>(record));
  ++account_.lines;
  ++connection.lines;
  ++hits_->records;
  if (status == 0) {
    ++account_.filtered;
  } else {
    ++account_.accepted;
    if (status == 404)
      ++account_.clean_mode;
    else
      account_.meant_for_lane.emplace(record, name);
  }
  return line.data();
}

std::string Senders::hostile_line(Connection& connection) {
  static const std::array<std::string, 7> faulty{
      "nonsense",
      R"({"method":"GET","path":"/","status":99,"response_time":1})",
      R"({"method":"GET","path":"/","status":200,"response_time":-1})",
      R"({"method":"GET"} {})",
      "\xff\xfe",
      R"({"method":"GET","method":"PUT","path":"/","status":200,"response_time":1})",
      std::string(line_limit + 100, 'x')};
  static const std::array<std::string, 2> uncounted{"  ", R"({"client_dropped":3})"};
  hits_->hit(Fault::hostile_lines);
  const std::size_t kind = random_->below(faulty.size() + uncounted.size());
  if (kind >= faulty.size()) return uncounted[kind - faulty.size()] + "\n";
  ++account_.lines;
  ++account_.rejected;
  ++connection.lines;
  return faulty[kind] + "\n";
}

void Senders::send(std::size_t records, SteadyTime now) {
  Connection& connection = connections_[random_->below(connections_.size())];
  std::string text;
  for (std::size_t i = 0; i < records; ++i) {
    text += good_line(connection);
    if (faults_.has(Fault::hostile_lines) && random_->uniform() < 0.05) text += hostile_line(connection);
  }
  feed(connection, text, now);
  if (!faults_.has(Fault::cut_connection) || random_->uniform() > 0.02) return;
  hits_->hit(Fault::cut_connection);
  feed(connection, R"({"method":"GET","path":"/half)", now);
  connection.session->end(receive::Ending::broken);
  ++account_.lines;
  ++account_.rejected;
  open(connection);
}

void Senders::feed(Connection& connection, const std::string& text, SteadyTime now) {
  std::vector<char> read;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = std::min<std::size_t>(text.size() - at, 1 + random_->below(20'000));
    read.assign(text.begin() + static_cast<std::ptrdiff_t>(at),
                text.begin() + static_cast<std::ptrdiff_t>(at + size));
    read.resize(size + record::line_padding);
    connection.session->feed({read.data(), size}, now);
    read_answers(connection);
    at += size;
  }
}

void Senders::read_answers(Connection& connection) {
  for (;;) {
    const std::string answer(connection.session->to_send());
    if (answer.empty()) return;
    connection.session->sent(answer.size());
    unsigned long long acked = 0;
    if (std::sscanf(answer.c_str(), "{\"ack\":%llu", &acked) == 1) connection.acked = acked;
  }
}

void Senders::close() {
  for (Connection& connection : connections_) connection.session->end(receive::Ending::clean);
}

bool Senders::acks_are_complete() const {
  return std::ranges::all_of(connections_, [](const Connection& connection) {
    return !connection.acks || connection.acked == connection.lines;
  });
}

}  // namespace pannier::simulation
