#include "deliver/local/store.h"

#include <sys/stat.h>

#include <algorithm>
#include <limits>

#include "deliver/local/file.h"

namespace pannier::deliver::local {
namespace {

constexpr std::int64_t step_rows = 1000;
constexpr int steps_for_room = 8;

Error with_cure(const Error& error, const std::string& path) {
  if (error.code != ErrorCode::invalid) return error;
  return {error.code, error.message + "; move the file away (mv " + path + " " + path +
                          ".damaged), a new one is made at the next try"};
}

Result<std::int64_t> number(sqlite::Statement& statement) {
  const auto row = statement.step();
  if (!row) return row.error();
  const std::int64_t value = *row ? statement.integer(0) : 0;
  statement.reset();
  return value;
}

std::uint64_t size_of(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

void bind_or_null(sqlite::Statement& statement, int place, std::string_view text) {
  if (text.empty())
    statement.bind_null(place);
  else
    statement.bind(place, text);
}

}  // namespace

std::array<char, record::utc_text_bytes> utc_text(SystemTime time) {
  using namespace std::chrono;
  constexpr SystemTime first = sys_days(year(0) / 1 / 1);
  constexpr SystemTime last = sys_days(year(10000) / 1 / 1) - microseconds(1);
  std::array<char, record::utc_text_bytes> text{};
  record::write_utc(text.data(), std::clamp(time, first, last));
  return text;
}

Result<Store> Store::open(const Options& options) {
  auto database = open_file(options);
  if (!database) return with_cure(database.error(), options.path);
  auto statements = prepare(*database);
  if (!statements) return with_cure(statements.error(), options.path);
  const auto last_id = database->number("SELECT max(id) FROM records");
  if (!last_id) return with_cure(last_id.error(), options.path);
  return Store(options, std::move(*database), std::move(*statements), *last_id);
}

Store::Store(const Options& options, sqlite::Database database, Statements statements, std::int64_t last_id)
    : options_(options),
      most_used_(static_cast<std::int64_t>(options.bytes) - log_room(options)),
      last_id_(last_id),
      database_(std::move(database)),
      statements_(std::move(statements)) {}

Result<Store::Statements> Store::prepare(sqlite::Database& database) {
  auto insert = database.prepare(
      "INSERT INTO records (service, node, method, endpoint, status, response_time, consumer, context,"
      " created_at, id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  if (!insert) return insert.error();
  auto remove = database.prepare(
      "DELETE FROM records WHERE id IN (SELECT id FROM records WHERE id < ? ORDER BY id LIMIT ?)");
  if (!remove) return remove.error();
  auto pages = database.prepare("PRAGMA page_count");
  if (!pages) return pages.error();
  auto unused = database.prepare("PRAGMA freelist_count");
  if (!unused) return unused.error();
  return Statements{std::move(*insert), std::move(*remove), std::move(*pages), std::move(*unused)};
}

Result<void> Store::insert(std::span<const Row> rows, SystemTime now) {
  if (const auto room = make_room(); !room) return with_cure(room.error(), options_.path);
  const auto write = [&]() -> Result<void> {
    auto transaction = sqlite::Transaction::begin(database_);
    if (!transaction) return transaction.error();
    last_id_ = std::max<std::int64_t>(last_id_, now.time_since_epoch().count());
    for (const Row& row : rows)
      if (const auto done = insert_row(row); !done) return done.error();
    return transaction->commit();
  };
  if (const auto done = write(); !done) return with_cure(done.error(), options_.path);
  return {};
}

Result<void> Store::insert_row(const Row& row) {
  const auto created_at = utc_text(row.created_at);
  sqlite::Statement& insert = statements_.insert;
  insert.bind(1, row.service);
  bind_or_null(insert, 2, row.node);
  insert.bind(3, row.method);
  insert.bind(4, row.endpoint);
  insert.bind(5, std::int64_t{row.status});
  // NUMERIC keeps whole milliseconds as integers.
  insert.bind(6, static_cast<double>(row.response_us) / 1000);
  insert.bind(7, row.consumer);
  bind_or_null(insert, 8, row.context);
  insert.bind(9, std::string_view(created_at.data(), created_at.size()));
  insert.bind(10, ++last_id_);
  return insert.run();
}

Result<void> Store::make_room() {
  for (int step = 0; step < steps_for_room; ++step) {
    const auto used = used_bytes();
    if (!used) return used.error();
    if (*used <= most_used_) break;
    if (const auto removed = remove_oldest(std::numeric_limits<std::int64_t>::max()); !removed)
      return removed.error();
  }
  if (file_bytes() <= options_.bytes) return {};
  // Somebody who reads without a pause keeps the log from starting over: waits for him, a second at most.
  if (const auto done = database_.run("PRAGMA wal_checkpoint(TRUNCATE)"); !done) return done.error();
  if (file_bytes() <= options_.bytes) return {};
  return Error{ErrorCode::limit,
               options_.path +
                   ": its files have reached deliver.local.bytes, and space comes back only "
                   "when no other program reads the file"};
}

Result<std::int64_t> Store::remove_oldest(std::int64_t before) {
  statements_.remove_oldest.bind(1, before);
  statements_.remove_oldest.bind(2, step_rows);
  if (const auto done = statements_.remove_oldest.run(); !done) return done.error();
  return database_.changes();
}

Result<std::int64_t> Store::free_pages() {
  return number(statements_.free_count);
}

Result<std::int64_t> Store::used_bytes() {
  const auto unused = free_pages();
  if (!unused) return unused.error();
  const auto pages = number(statements_.page_count);
  if (!pages) return pages.error();
  return (*pages - *unused) * page_bytes;
}

Result<bool> Store::retain(SystemTime now) {
  auto more = retain_step((now - options_.keep).time_since_epoch().count());
  if (!more) return with_cure(more.error(), options_.path);
  return more;
}

Result<bool> Store::retain_step(std::int64_t keep_from) {
  const auto aged = remove_oldest(keep_from);
  if (!aged) return aged.error();
  if (*aged != 0) return true;
  const auto used = used_bytes();
  if (!used) return used.error();
  if (*used <= most_used_) return give_back();
  const auto removed = remove_oldest(std::numeric_limits<std::int64_t>::max());
  if (!removed) return removed.error();
  return *removed != 0;
}

Result<bool> Store::give_back() {
  const auto unused = free_pages();
  if (!unused) return unused.error();
  if (*unused == 0) return false;
  if (const auto done = database_.run("PRAGMA incremental_vacuum(256)"); !done) return done.error();
  const auto left = free_pages();
  if (!left) return left.error();
  // A file whose auto_vacuum somebody switched off never shrinks: then there is no more to do.
  if (*left != 0 && *left < *unused) return true;
  // Only now does the file become shorter.
  if (const auto done = database_.run("PRAGMA wal_checkpoint(PASSIVE)"); !done) return done.error();
  return false;
}

std::uint64_t Store::file_bytes() const {
  return size_of(options_.path) + size_of(options_.path + "-wal") + size_of(options_.path + "-shm");
}

}  // namespace pannier::deliver::local
