// The applications of a simulated run: streams of lines, good and hostile, cut into reads at random, and an
// exact account of what the daemons must make of them. They outlive the daemon: some remember what was not
// acknowledged and send it again. Threads: one.
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "receive/carry_budget.h"
#include "receive/line_handler.h"
#include "receive/session.h"
#include "simulation/backend.h"
#include "simulation/faults.h"
#include "simulation/stage.h"

namespace pannier::simulation {

class Senders {
 public:
  Senders(FaultSet faults, Stage& stage);

  // A daemon is there; what was not acknowledged is sent again by those that remember it.
  void connect(receive::Intake& intake, SteadyTime now);
  void disconnect();  // it was killed
  // So many records over one of the connections, in reads of random sizes.
  void send(std::size_t records, SteadyTime now);
  // Records of one service as they come to its lane where nobody may send them; they are in the account.
  struct Doomed {
    std::string service, bytes;
    std::vector<std::uint32_t> ends;
  };
  Doomed make_doomed();
  // Ends all connections; acks may still come.
  void close();
  void committed(std::uint64_t watermark);

  struct Meant {
    std::string service;
    std::uint64_t times = 0;  // sent
    bool is_doomed = false;   // no backend may ever see it
  };
  struct Account {
    std::uint64_t lines = 0, accepted = 0, rejected = 0, filtered = 0, clean_mode = 0;
    std::map<RecordId, Meant> meant;  // for the backend
    std::map<RecordId, SteadyTime> acked;
  };
  [[nodiscard]] const Account& account() const { return account_; }
  // The last ack of each connection told all of its lines.
  [[nodiscard]] bool acks_are_complete() const;

 private:
  enum class Kind : std::uint8_t { good, clean_mode, filtered, rejected };
  struct Line {
    std::string text;
    Kind kind{};
    RecordId record = 0;
    std::string service;
  };
  struct Connection {
    std::unique_ptr<receive::Session> session;
    std::uint64_t lines = 0, acked = 0;
    bool acks = false, remembers = false;
    std::size_t number = 0;
    std::deque<Line> unacked;
  };
  struct Door {
    explicit Door(receive::Intake& intake) : handler(intake) {}
    receive::LineHandler handler;
    receive::CarryBudget budget;
  };
  void open(Connection& connection, SteadyTime now);
  void feed(Connection& connection, const std::string& text, SteadyTime now);
  void read_answers(Connection& connection);
  void take_ack(Connection& connection, std::uint64_t lines);
  void count(Connection& connection, Line line);
  Line good_line();
  std::string hostile_line(Connection& connection);
  std::string service();

  struct Told {                                         // for the story: the lines since it was told last
    std::map<std::string, std::vector<RecordId>> good;  // by service
    std::uint64_t others = 0;
  };
  void tell_sent(const Connection& connection, const char* how);
  void tell_acked(const Connection& connection, const std::vector<RecordId>& records) const;

  FaultSet faults_;
  Stage& stage_;
  Random* random_;
  Hits* hits_;
  std::optional<Door> door_;  // outlives the sessions
  std::vector<Connection> connections_;
  RecordId next_record_ = 1;
  Account account_;
  Told told_;
};

}  // namespace pannier::simulation
