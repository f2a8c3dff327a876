// Decides which call to the files fails, and how: now and then one, for a while all of a kind, and where the
// process is killed between two of them. User: SqliteDisk. Threads: one.
#pragma once
#include <cstdint>
#include <optional>

#include "simulation/file_faults.h"
#include "simulation/folder.h"
#include "simulation/plan.h"
#include "simulation/stage.h"

namespace pannier::simulation {

class FileTrouble {
 public:
  FileTrouble(const Plan& plan, Stage& stage) : plan_(plan), stage_(stage) {}

  // None: it succeeds. killed_in_call: the process is to be killed first.
  std::optional<FileFault> of(FileCall call);
  void fail_for(Duration time);
  void heal() { is_well_ = true; }
  [[nodiscard]] std::uint64_t failures() const { return failures_; }

 private:
  enum class Kind : std::uint8_t { no_space, all, reads, writes, syncs, count_ };
  static bool concerns(Kind kind, FileCall call);
  std::optional<FileFault> fault_of(FileCall call, bool is_full);

  const Plan& plan_;
  Stage& stage_;
  Kind kind_{};
  SteadyTime fails_until_{}, sync_failed_at_{};
  std::uint64_t failures_ = 0;
  bool is_well_ = false;
};

}  // namespace pannier::simulation
