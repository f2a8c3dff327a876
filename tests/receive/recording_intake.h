// An Intake that remembers what it was given, and lines to give it. Threads: any.
#pragma once
#include <array>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "receive/intake.h"

namespace pannier::receive {

// A faultless line without its newline; the endpoint tells it apart.
inline std::string line_for(std::string_view endpoint) {
  return R"({"method":"GET","endpoint":")" + std::string(endpoint) + R"(","status":200,"response_time":1})";
}

struct TakenRecord {
  std::string endpoint, default_service, default_node;
  bool again = false;
  record::Resource resource = {};
  bool operator==(const TakenRecord&) const = default;
};

class RecordingIntake : public Intake {
 public:
  void begin_read(observe::ListenerId listener) override;
  void take(record::Record& record, const Defaults& defaults, bool again) override;
  ReadEnd end_read(const ReadCounts& counts) override;
  [[nodiscard]] std::span<const LaneRecords> lanes_of_read() const override { return lanes_of_read_; }
  void in_doubt(std::span<const LaneRecords> lanes) override;
  void limit_hit(observe::ListenerId listener, Limit limit) override;

  void ask_for_pauses(bool ask);
  // From here on each read gets a ticket of its own, 1, 2, 3 …, as where a spool commits; else all get 0.
  void hand_out_tickets();
  [[nodiscard]] std::uint64_t last_ticket() const;

  [[nodiscard]] std::vector<TakenRecord> records() const;
  [[nodiscard]] std::vector<std::string> endpoints() const;  // of the records of ended reads
  [[nodiscard]] std::uint64_t lines() const;
  [[nodiscard]] std::uint64_t accepted() const;
  [[nodiscard]] std::uint64_t client_dropped() const;
  [[nodiscard]] std::uint64_t rejected(Reject reason) const;
  [[nodiscard]] std::uint64_t hits(Limit limit) const;
  [[nodiscard]] std::uint64_t reads() const;
  [[nodiscard]] std::uint64_t doubted() const;
  [[nodiscard]] std::map<uid_t, std::uint64_t> lines_by_uid() const;
  [[nodiscard]] bool is_balanced() const;  // lines = accepted + Σ rejected + Σ filtered, in each read

 private:
  mutable std::mutex mutex_;
  bool ask_for_pauses_ = false, hands_out_tickets_ = false, is_inside_read_ = false, is_balanced_ = true;
  std::vector<LaneRecords> lanes_of_read_;  // all in lane 0
  std::uint64_t lines_ = 0, doubted_ = 0, accepted_ = 0, client_dropped_ = 0, reads_ = 0, last_ticket_ = 0;
  std::array<std::uint64_t, count_of<Reject>> rejected_{};
  std::array<std::uint64_t, count_of<Limit>> limits_{};
  std::map<uid_t, std::uint64_t> lines_by_uid_;
  std::vector<TakenRecord> staged_, records_;
};

}  // namespace pannier::receive
