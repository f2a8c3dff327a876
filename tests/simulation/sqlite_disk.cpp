// Tier B: the product's store, on files in memory that fail.
#include <algorithm>
#include <optional>

#include "queue/sqlite_store.h"
#include "simulation/disk_store.h"
#include "simulation/file_trouble.h"
#include "simulation/folder.h"
#include "simulation/look.h"
#include "tests/doubles/temporary_folder.h"

namespace pannier::simulation {
namespace {

// Of quiet moments.
constexpr double tidies = 0.2;
// Of kills.
constexpr double is_looked_at = 0.3;

std::string name_of(FileFault fault) {
  return std::string(file_fault_names[static_cast<std::size_t>(fault)]);
}

class SqliteDisk : public DiskStore {
 public:
  SqliteDisk(const Plan& plan, Stage& stage)
      : plan_(plan),
        stage_(stage),
        trouble_(plan, stage),
        files_(real_.path().string()),
        options_(plan.spool) {
    options_.path = real_ / "spool.db";
    files_.on_call([this](FileCall call) {
      const auto fault = trouble_.of(call);
      if (fault == FileFault::killed_in_call) files_.kill();
      return fault;
    });
  }
  ~SqliteDisk() override {
    files_.kill();
    store_.reset();
  }
  SqliteDisk(const SqliteDisk&) = delete;
  SqliteDisk& operator=(const SqliteDisk&) = delete;

  Result<void> open() override;
  queue::Store& store() override { return *store_; }
  void began(bool is_committed) override { applied(is_committed); }
  void applied(bool is_committed) override;
  bool close() override;
  void kill() override;
  Result<void> open_again() override {
    kill();
    return open();
  }
  [[nodiscard]] bool is_uncertain() const override { return is_in_use_ && !is_certain(); }
  void power_cut() override;
  [[nodiscard]] bool was_killed() const override { return is_in_use_ && files_.is_dead(); }
  void tidy() override;

  void fail_for(Duration time) override { trouble_.fail_for(time); }
  void heal() override { trouble_.heal(); }
  bool damage_a_row() override;
  [[nodiscard]] bool has_failed() const override { return trouble_.failures() != 0; }

  std::optional<std::uint64_t> records_of(const std::string& lane) override;
  observe::Books totals() override { return Look(files_).totals(); }
  std::vector<std::string> contents() override { return Look(files_).contents(); }

 private:
  void look_after(FileFault what);
  [[nodiscard]] bool is_certain() const { return !was_killed() && certain_at_ == trouble_.failures(); }

  const Plan& plan_;
  Stage& stage_;
  doubles::TemporaryFolder real_;  // of the lock, and of what the product makes before SQLite sees it
  FileTrouble trouble_;
  Folder files_;
  queue::SpoolOptions options_;
  std::unique_ptr<queue::SqliteStore> store_;
  bool is_in_use_ = false;                   // by a daemon, open or not
  std::optional<std::uint64_t> certain_at_;  // so many failures there were as the last transaction passed
  std::optional<std::string> committed_;     // what must be there after a power cut
  std::optional<std::map<std::string, std::uint64_t>> records_;  // as the last transaction left them
};

Result<void> SqliteDisk::open() {
  if (was_killed()) return Error{ErrorCode::io, "killed"};
  files_.start_process();
  is_in_use_ = true;
  auto opened = queue::SqliteStore::open(options_);
  if (!opened) {
    is_in_use_ = files_.is_dead();
    return opened.error();
  }
  store_ = std::move(*opened);
  return {};
}

void SqliteDisk::applied(bool is_committed) {
  records_.reset();
  certain_at_.reset();
  if (is_committed) certain_at_ = trouble_.failures();
}

bool SqliteDisk::close() {
  const std::uint64_t before = trouble_.failures();
  store_.reset();
  if (was_killed()) return false;
  is_in_use_ = false;
  return before == trouble_.failures();
}

void SqliteDisk::kill() {
  const bool looks = is_in_use_ && stage_.chance(is_looked_at);
  committed_.reset();
  if (plan_.spool.survives == queue::Survives::power && is_in_use_ && is_certain())
    committed_ = Look(files_).all();
  files_.kill();
  store_.reset();
  is_in_use_ = false;
  certain_at_.reset();
  records_.reset();
  if (looks) look_after(FileFault::files_after_kill);
}

void SqliteDisk::look_after(FileFault what) {
  stage_.hits.hit(what);
  if (!files_.find(options_.path)) return;
  Look look(files_);
  if (const std::string damage = look.damage(); !damage.empty())
    stage_.complain("the file is damaged (" + name_of(what) + "): " + damage);
  if (what == FileFault::files_after_cut && committed_ && *committed_ != look.all())
    stage_.complain("a power cut took what was committed:\n" + *committed_ + "and not\n" + look.all());
}

void SqliteDisk::power_cut() {
  const MemoryFile::Lost lost = files_.power_cut(stage_.random);
  if (lost.pages != 0) stage_.hits.hit(FileFault::writes_lost);
  if (lost.torn != 0) stage_.hits.hit(FileFault::page_torn);
  stage_.tell(lost.pages, " pages that were not synced are lost");
  look_after(FileFault::files_after_cut);
}

void SqliteDisk::tidy() {
  if (!store_ || !stage_.chance(tidies)) return;
  // It may have written nothing, and what was open before is open still.
  const bool was_certain = is_certain();
  const auto more = store_->tidy();
  applied(more && was_certain);
  if (more) stage_.hits.hit(FileFault::tidied);
}

// Bytes of a record that are no more than that, where they lie in the file: what is in the log only is whole.
bool SqliteDisk::damage_a_row() {
  const Folder::FilePtr file = files_.find(options_.path);
  if (!store_ || !file) return false;
  const std::vector<std::string> rows = contents();
  if (rows.empty()) return false;
  const std::string& row = rows[stage_.random.below(rows.size())];
  const std::size_t mark = row.find("~s");
  const std::string text = row.substr(mark, row.find_first_not_of("0123456789", mark + 2) + 1 - mark);
  std::vector<std::size_t> places;
  for (std::size_t at = file->bytes().find(text); at != std::string::npos;
       at = file->bytes().find(text, at + 1))
    places.push_back(at - 1);
  for (const std::size_t place : places) file->flip(place);
  return !places.empty();
}

std::optional<std::uint64_t> SqliteDisk::records_of(const std::string& lane) {
  if (is_in_use_ && !is_certain()) return std::nullopt;
  if (!records_) records_ = Look(files_).records();
  return (*records_)[lane];
}

}  // namespace

std::unique_ptr<DiskStore> make_sqlite_disk(const Plan& plan, Stage& stage) {
  return std::make_unique<SqliteDisk>(plan, stage);
}

}  // namespace pannier::simulation
