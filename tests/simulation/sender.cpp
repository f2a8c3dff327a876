#include "simulation/sender.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

namespace pannier::simulation {
namespace {

constexpr std::size_t line_limit = 4096;

}  // namespace

Senders::Senders(FaultSet faults, Stage& stage)
    : faults_(faults), stage_(stage), random_(&stage.random), hits_(&stage.hits), connections_(3) {
  for (std::size_t i = 0; i < connections_.size(); ++i) connections_[i].number = i + 1;
}

void Senders::connect(receive::Intake& intake, SteadyTime now) {
  disconnect();
  door_.emplace(intake);
  for (Connection& connection : connections_) open(connection, now);
}

void Senders::disconnect() {
  for (Connection& connection : connections_) connection.session.reset();
  door_.reset();
}

void Senders::open(Connection& connection, SteadyTime now) {
  std::deque<Line> again;
  if (connection.remembers) again = std::exchange(connection.unacked, {});
  const std::size_t number = connection.number;
  connection = {};
  connection.number = number;
  connection.session = std::make_unique<receive::Session>(door_->handler, door_->budget, line_limit, 1000);
  connection.acks = !again.empty() || random_->uniform() < 0.5;
  connection.remembers = connection.acks && random_->uniform() < 0.8;
  if (!connection.acks) return;
  std::string text =
      R"({"hello":{"client":"simulation","ack":true,"again":)" + std::to_string(again.size()) + "}}\n";
  if (!again.empty()) hits_->hit(Fault::again);
  for (Line& line : again) {
    text += line.text;
    count(connection, std::move(line));
  }
  tell_sent(connection, "sends again what was not acknowledged:");
  feed(connection, text, now);
}

std::string Senders::service() {
  const std::size_t services = faults_.has(Fault::too_many_services) ? 5 : 2;
  return "s" + std::to_string(random_->below(services));
}

Senders::Line Senders::good_line() {
  Line line;
  line.record = next_record_++;
  line.service = service();
  static constexpr std::array<int, 6> statuses{200, 201, 404, 500, 0, 302};
  const int status = statuses[random_->below(statuses.size())];
  std::array<char, 512> text{};
  std::snprintf(text.data(), text.size(),
                R"({"service":"%s","method":"GET","endpoint":"/users/{id}","status":%d,"response_time":%d,)"
                R"("consumer":"web","context":"~s%012llu~"})"
                "\n",
                line.service.c_str(), status, static_cast<int>(random_->below(1000)),
                static_cast<unsigned long long>(line.record));
  line.text = text.data();
  if (status == 404) line.kind = Kind::clean_mode;
  if (status == 0) line.kind = Kind::filtered;
  ++hits_->records;
  return line;
}

// ---- for the story

void Senders::tell_sent(const Connection& connection, const char* how) {
  const Told told = std::exchange(told_, {});
  if (!stage_.is_told() || (told.good.empty() && told.others == 0)) return;
  std::string lines;
  for (const auto& [service, records] : told.good)
    lines.append(lines.empty() ? " " : "; ").append(named(records)).append(" for malti/").append(service);
  if (told.others != 0)
    lines.append(lines.empty() ? " " : "; ")
        .append(counted(told.others, "line"))
        .append(" that no backend is to get (404s, no answer, faulty)");
  stage_.tell("sender ", connection.number, connection.acks ? " (wants acks) " : " ", how, lines);
}

void Senders::tell_acked(const Connection& connection, const std::vector<RecordId>& records) const {
  if (stage_.is_told())
    stage_.tell("sender ", connection.number, " gets {\"ack\": ", connection.acked, "}: ", named(records),
                records.size() == 1 ? " is" : " are", " accounted for");
}

void Senders::count(Connection& connection, Line line) {
  if (stage_.is_told()) {
    if (line.kind == Kind::good)
      told_.good[line.service].push_back(line.record);
    else
      ++told_.others;
  }
  ++connection.lines;
  ++account_.lines;
  if (line.kind == Kind::rejected) ++account_.rejected;
  if (line.kind == Kind::filtered) ++account_.filtered;
  if (line.kind == Kind::clean_mode) ++account_.clean_mode;
  if (line.kind == Kind::good || line.kind == Kind::clean_mode) ++account_.accepted;
  if (line.kind == Kind::good) {
    Meant& meant = account_.meant[line.record];
    meant.service = line.service;
    ++meant.times;
  }
  if (connection.acks) connection.unacked.push_back(std::move(line));
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
  count(connection, {faulty[kind] + "\n", Kind::rejected, 0, {}});
  return faulty[kind] + "\n";
}

void Senders::send(std::size_t records, SteadyTime now) {
  Connection& connection = connections_[random_->below(connections_.size())];
  std::string text;
  for (std::size_t i = 0; i < records; ++i) {
    Line line = good_line();
    text += line.text;
    count(connection, std::move(line));
    if (faults_.has(Fault::hostile_lines) && random_->uniform() < 0.05) text += hostile_line(connection);
  }
  tell_sent(connection, "sends");
  feed(connection, text, now);
  if (!faults_.has(Fault::cut_connection) || random_->uniform() > 0.02) return;
  hits_->hit(Fault::cut_connection);
  stage_.tell("sender ", connection.number, " breaks off in the middle of a line, and connects again");
  feed(connection, R"({"method":"GET","path":"/half)", now);
  connection.session->end(receive::Ending::broken);
  ++account_.lines;
  ++account_.rejected;
  open(connection, now);
}

Senders::Doomed Senders::make_doomed() {
  Doomed doomed;
  doomed.service = service();
  for (std::uint64_t left = 1 + random_->below(20); left > 0; --left) {
    const RecordId record = next_record_++;
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), R"({"status":40000,"context":"~s%012llu~"},)",
                  static_cast<unsigned long long>(record));
    doomed.bytes += text.data();
    doomed.ends.push_back(static_cast<std::uint32_t>(doomed.bytes.size()));
    account_.meant[record] = {.service = doomed.service, .times = 1, .is_doomed = true};
    ++account_.lines;
    ++account_.accepted;
    ++hits_->records;
  }
  return doomed;
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
    if (std::sscanf(answer.c_str(), "{\"ack\":%llu", &acked) == 1) take_ack(connection, acked);
  }
}

void Senders::take_ack(Connection& connection, std::uint64_t lines) {
  std::vector<RecordId> records;
  for (; connection.acked < lines; ++connection.acked) {
    const Line& line = connection.unacked.front();
    if (line.kind == Kind::good) {
      account_.acked.emplace(line.record, stage_.now());
      records.push_back(line.record);
    }
    connection.unacked.pop_front();
  }
  tell_acked(connection, records);
}

void Senders::committed(std::uint64_t watermark) {
  for (Connection& connection : connections_)
    if (connection.session->committed(watermark)) read_answers(connection);
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
