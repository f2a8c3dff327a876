// A Malti as seen from the other end: stores records by their mark, answers as reference/malti.md says, and
// misbehaves as the run's faults want. What it stored is the judge's second witness. Threads: one.
// Deterministic: all chance is handed in.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "net/http_client.h"
#include "simulation/faults.h"

namespace pannier::simulation {

using RecordId = std::uint64_t;

class Backend {
 public:
  struct Reply {
    net::HttpOutcome outcome;
    Duration after{};
    std::optional<Duration> wish;  // it asked to be left alone so long
    bool is_otlp = false;          // an answer that only OTLP knows
    std::uint64_t stored = 0;      // records of the request
  };

  Backend(FaultSet faults, Random& random, Hits& hits);

  Reply answer(const std::vector<RecordId>& records, SteadyTime now);
  Reply answer_probe(SteadyTime now);  // an empty batch
  void heal();
  [[nodiscard]] bool is_poison(RecordId record) const;
  [[nodiscard]] const std::map<RecordId, std::uint32_t>& stored() const { return stored_; }  // copies of each

 private:
  std::optional<Reply> misbehave(const std::vector<RecordId>& records, SteadyTime now);
  Reply act(Fault fault, const std::vector<RecordId>& records, SteadyTime now);
  Reply busy(SteadyTime now);
  std::optional<Reply> refuse_poison(const std::vector<RecordId>& records);
  Reply settle(const std::vector<RecordId>& records);
  void keep(const std::vector<RecordId>& records);
  Reply take_part(const std::vector<RecordId>& records);
  [[nodiscard]] bool can_be_kept(const std::vector<RecordId>& records) const;
  bool chance(double probability) { return random_->uniform() < probability; }

  FaultSet faults_;
  Random* random_;
  Hits* hits_;
  std::optional<Fault> poison_;       // this run's kind
  std::size_t most_records_ = ~0ULL;  // more get 413
  std::optional<Fault> outage_;
  SteadyTime outage_until_{};
  std::map<RecordId, std::uint32_t> stored_;
  std::uint64_t copies_ = 0;  // of all
};

}  // namespace pannier::simulation
