// The applications of a simulated run: streams of lines, good and hostile, cut into reads at random, and an
// exact account of what the daemon must make of them. Threads: one.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "receive/carry_budget.h"
#include "receive/line_handler.h"
#include "receive/session.h"
#include "simulation/backend.h"
#include "simulation/faults.h"

namespace pannier::simulation {

class Senders {
 public:
  Senders(FaultSet faults, receive::Intake& intake, Random& random, Hits& hits);

  // So many records over one of the connections, in reads of random sizes.
  void send(std::size_t records, SteadyTime now);
  // Ends all connections.
  void close();

  struct Account {
    std::uint64_t lines = 0, accepted = 0, rejected = 0, filtered = 0, clean_mode = 0;
    std::map<RecordId, std::string> meant_for_lane;  // by record, its service
  };
  [[nodiscard]] const Account& account() const { return account_; }
  // The last ack of each connection told all of its lines.
  [[nodiscard]] bool acks_are_complete() const;

 private:
  struct Connection {
    std::unique_ptr<receive::Session> session;
    std::uint64_t lines = 0, acked = 0;
    bool acks = false;
  };
  void open(Connection& connection);
  void feed(Connection& connection, const std::string& text, SteadyTime now);
  void read_answers(Connection& connection);
  std::string good_line(Connection& connection);
  std::string hostile_line(Connection& connection);
  std::string service();

  FaultSet faults_;
  Random* random_;
  Hits* hits_;
  receive::LineHandler handler_;
  receive::CarryBudget budget_;
  std::vector<Connection> connections_;
  RecordId next_record_ = 1;
  Account account_;
};

}  // namespace pannier::simulation
