#include "queue/meta_table.h"

#include "base/random.h"

namespace pannier::queue {
namespace {

constexpr std::string_view run_name = "run", boot_name = "boot";

}  // namespace

Result<MetaTable> MetaTable::open(sqlite::Database& database) {
  sqlite::Preparer prepare(database);
  auto get = prepare("SELECT value FROM meta WHERE name = ?");
  auto set = prepare(
      "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value");
  if (prepare.error()) return *prepare.error();
  return MetaTable(std::move(get), std::move(set));
}

Result<std::int64_t> MetaTable::number(std::string_view name) {
  get_.bind(1, name);
  const auto row = get_.step();
  if (!row) return row.error();
  const std::int64_t value = *row ? get_.integer(0) : 0;
  get_.reset();
  return value;
}

Result<void> MetaTable::set(std::string_view name, std::int64_t value) {
  set_.bind(1, name);
  set_.bind(2, value);
  return set_.run();
}

Result<Salt> MetaTable::salt() {
  const auto first = number(meta_names::salt_1);
  if (!first) return first.error();
  const auto second = number(meta_names::salt_2);
  if (!second) return second.error();
  Salt salt{static_cast<std::uint64_t>(*first), static_cast<std::uint64_t>(*second)};
  if (salt != Salt{}) return salt;
  salt = {random_seed(), random_seed()};
  if (const auto done = set_salt(salt); !done) return done.error();
  return salt;
}

Result<void> MetaTable::set_salt(const Salt& salt) {
  if (const auto done = set(meta_names::salt_1, static_cast<std::int64_t>(salt[0])); !done)
    return done.error();
  return set(meta_names::salt_2, static_cast<std::int64_t>(salt[1]));
}

Result<BegunRun> MetaTable::begun() {
  const auto run = number(run_name);
  if (!run) return run.error();
  BegunRun begun{static_cast<std::uint64_t>(*run), {}};
  get_.bind(1, boot_name);
  const auto row = get_.step();
  if (!row) return row.error();
  if (*row) begun.boot = get_.text(0);
  get_.reset();
  return begun;
}

Result<void> MetaTable::set_begun(const BegunRun& run) {
  if (const auto done = set(run_name, static_cast<std::int64_t>(run.run)); !done) return done.error();
  set_.bind(1, boot_name);
  set_.bind(2, std::string_view(run.boot));
  return set_.run();
}

}  // namespace pannier::queue
