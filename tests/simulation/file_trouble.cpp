#include "simulation/file_trouble.h"

#include <string>

namespace pannier::simulation {
namespace {

// Of calls: a transaction makes some ten.
constexpr double fails_once = 0.002, is_killed = 0.003;
// While a disk fails, of calls that its trouble concerns; a full one refuses all.
constexpr double fails_now = 0.7;

bool changes(FileCall call) {
  return call != FileCall::open && call != FileCall::read;
}

}  // namespace

bool FileTrouble::concerns(Kind kind, FileCall call) {
  switch (kind) {
    case Kind::no_space: return call == FileCall::grow;
    case Kind::reads: return call == FileCall::read || call == FileCall::open;
    case Kind::writes: return call == FileCall::write || call == FileCall::grow || call == FileCall::truncate;
    case Kind::syncs: return call == FileCall::sync;
    default: return true;
  }
}

std::optional<FileFault> FileTrouble::of(FileCall call) {
  if (is_well_) return std::nullopt;
  if (changes(call) && stage_.kills_here(is_killed)) {
    stage_.tell("  killed in the middle of a call to its files");
    stage_.hits.hit(Fault::kill);
    stage_.hits.hit(FileFault::killed_in_call);
    return FileFault::killed_in_call;
  }
  if (!plan_.faults.has(Fault::disk_fails)) return std::nullopt;
  // What was just taken by the system's cache is there to be written over, whatever its disk says.
  if ((call == FileCall::write || call == FileCall::grow) && stage_.now() == sync_failed_at_)
    return std::nullopt;
  const bool is_bad = stage_.now() < fails_until_ && concerns(kind_, call);
  const bool is_full = is_bad && kind_ == Kind::no_space;
  if (!is_full && !stage_.chance(is_bad ? fails_now : fails_once)) return std::nullopt;
  return fault_of(call, is_full || (call == FileCall::grow && stage_.chance(0.3)));
}

std::optional<FileFault> FileTrouble::fault_of(FileCall call, bool is_full) {
  const auto fault = [&]() -> std::optional<FileFault> {
    switch (call) {
      case FileCall::open: return FileFault::open_failed;
      case FileCall::read: return FileFault::read_failed;
      case FileCall::write: return FileFault::write_failed;
      case FileCall::grow: return is_full ? FileFault::no_space : FileFault::write_failed;
      case FileCall::sync: return stage_.chance(0.5) ? FileFault::sync_failed : FileFault::sync_lost;
      case FileCall::truncate: return FileFault::write_failed;
      default: return std::nullopt;
    }
  }();
  if (!fault) return fault;
  if (call == FileCall::sync) sync_failed_at_ = stage_.now();
  ++failures_;
  stage_.hits.hit(Fault::disk_fails);
  stage_.hits.hit(*fault);
  stage_.tell("the disk: ", file_fault_names[static_cast<std::size_t>(*fault)]);
  return fault;
}

void FileTrouble::fail_for(Duration time) {
  kind_ = static_cast<Kind>(stage_.random.below(static_cast<std::uint64_t>(Kind::count_)));
  fails_until_ = stage_.now() + time;
}

}  // namespace pannier::simulation
