#include "tests/doubles/acking_client.h"

#include <algorithm>
#include <utility>

#include "tests/doubles/json_document.h"
#include "tests/doubles/records.h"

namespace pannier::doubles {

namespace {

AckingClient::Options completed(AckingClient::Options options) {
  if (!options.line) options.line = [](std::uint64_t id) { return numbered_line(id); };
  return options;
}

}  // namespace

AckingClient::AckingClient(Options options)
    : options_(completed(std::move(options))), thread_([this] { run(); }) {}

AckingClient::~AckingClient() {
  finishing_ = ended_ = true;
  thread_.join();
}

bool AckingClient::finish(Deadline deadline) {
  finishing_ = true;
  return wait_until([this] { return acknowledged_ == made_; }, deadline);
}

void AckingClient::run() {
  while (!ended_) {
    UnixStreamClient client(options_.path);
    if (!client.is_open()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      continue;
    }
    base_ = acknowledged_;
    rejected_before_ = rejected_;
    use(client);
    if (ended_) return;
    ++breaks_;
    if (made_ != acknowledged_) ++breaks_while_waiting_;
  }
}

std::uint64_t AckingClient::next_write() const {
  const std::uint64_t made = made_, waiting = made - acknowledged_;
  if (finishing_ || waiting >= options_.most_unacknowledged) return 0;
  const std::uint64_t count = std::min(options_.most_in_a_write, options_.most_unacknowledged - waiting);
  if (!options_.allowed) return count;
  const std::uint64_t allowed = options_.allowed();
  return std::min(count, allowed > made ? allowed - made : 0);
}

void AckingClient::use(UnixStreamClient& client) {
  const std::uint64_t left = made_ - base_;
  if (!client.hello("\"ack\":true,\"again\":" + std::to_string(left), Deadline(20000))) return;
  again_ += left;
  if (!hand_over(client, base_, made_)) return take_rest(client);
  while (!ended_) {
    if (const std::uint64_t count = next_write(); count != 0) {
      const std::uint64_t from = made_.fetch_add(count);
      if (!hand_over(client, from, from + count)) return take_rest(client);
      std::this_thread::sleep_for(options_.pause);
    }
    if (!read_acks(client, Deadline(20))) return;
  }
}

bool AckingClient::hand_over(UnixStreamClient& client, std::uint64_t from, std::uint64_t to) const {
  std::string lines;
  for (std::uint64_t id = from; id != to; ++id) lines += options_.line(options_.first + id) + "\n";
  return client.send(lines);
}

// False: the connection is broken.
bool AckingClient::read_acks(UnixStreamClient& client, Deadline longest) {
  while (const auto line = client.read_line(longest)) {
    longest = Deadline(0);
    const JsonDocument document(*line);
    if (!document.has("/ack")) continue;
    acknowledged_ = base_ + document.number("/ack");
    rejected_ = rejected_before_ + document.number("/rejected") + document.number("/filtered");
  }
  return !client.is_closed();
}

// What was acknowledged before the connection broke counts.
void AckingClient::take_rest(UnixStreamClient& client) {
  while (read_acks(client, Deadline(1000))) {
  }
}

}  // namespace pannier::doubles
