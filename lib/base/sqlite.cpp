#include "base/sqlite.h"

#include <sqlite3.h>

#include <cerrno>
#include <system_error>

namespace pannier::sqlite {
namespace {

ErrorCode kind_of(int extended) {
  switch (extended & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return ErrorCode::in_use;
    case SQLITE_FULL: return ErrorCode::limit;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return ErrorCode::invalid;
    default: return ErrorCode::io;
  }
}

Error make_error(const std::string& path, int extended, const std::string& words) {
  return {kind_of(extended), path + ": " + words + " (SQLite " + std::to_string(extended) + ")"};
}

Error error_of(sqlite3* database, const std::string& path) {
  const int code = sqlite3_extended_errcode(database);
  std::string words = sqlite3_errmsg(database);
  const int number = sqlite3_system_errno(database);
  const int kind = code & 0xff;
  const bool is_told = number != 0 && (kind == SQLITE_IOERR || kind == SQLITE_CANTOPEN);
  if (is_told) words += ", " + std::generic_category().message(number);
  Error error = make_error(path, code, words);
  // SQLite knows one way only in which a disk is full.
  if (is_told && (number == ENOSPC || number == EDQUOT || number == EFBIG)) error.code = ErrorCode::limit;
  return error;
}

std::string_view view(const void* bytes, int size) {
  if (bytes == nullptr) return {};
  return {static_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

void Statement::note(int code) {
  if (code != SQLITE_OK && fault_ == 0) fault_ = code;
}

void Statement::bind(int place, std::int64_t value) {
  note(sqlite3_bind_int64(statement_.get(), place, value));
}

void Statement::bind(int place, double value) {
  note(sqlite3_bind_double(statement_.get(), place, value));
}

void Statement::bind(int place, std::string_view text) {
  // A null pointer would bind NULL, and an empty view may have one.
  const char* data = text.data() == nullptr ? "" : text.data();
  note(sqlite3_bind_text64(statement_.get(), place, data, text.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void Statement::bind_blob(int place, std::string_view bytes) {
  const char* data = bytes.data() == nullptr ? "" : bytes.data();
  note(sqlite3_bind_blob64(statement_.get(), place, data, bytes.size(), SQLITE_STATIC));
}

void Statement::bind_null(int place) {
  note(sqlite3_bind_null(statement_.get(), place));
}

Result<bool> Statement::step() {
  if (fault_ != 0) {
    const int fault = std::exchange(fault_, 0);
    return make_error(path_, fault, sqlite3_errstr(fault));
  }
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    sqlite3_reset(statement_.get());
    return false;
  }
  Error error = error_of(sqlite3_db_handle(statement_.get()), path_);
  sqlite3_reset(statement_.get());
  return error;
}

Result<void> Statement::run() {
  for (;;) {
    const Result<bool> row = step();
    if (!row) return row.error();
    if (!*row) return {};
  }
}

void Statement::reset() {
  sqlite3_reset(statement_.get());
  fault_ = 0;
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

double Statement::real(int column) const {
  return sqlite3_column_double(statement_.get(), column);
}

std::string_view Statement::text(int column) const {
  const void* bytes = sqlite3_column_text(statement_.get(), column);
  return view(bytes, sqlite3_column_bytes(statement_.get(), column));
}

std::string_view Statement::blob(int column) const {
  const void* bytes = sqlite3_column_blob(statement_.get(), column);
  return view(bytes, sqlite3_column_bytes(statement_.get(), column));
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

void Database::Close::operator()(sqlite3* database) const {
  sqlite3_close_v2(database);
}

Result<Database> Database::open(const std::string& path, Access access, std::chrono::milliseconds busy) {
  const int how =
      access == Access::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, how | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database(handle, path);
  if (handle == nullptr) return make_error(path, code, sqlite3_errstr(code));
  if (code != SQLITE_OK) return database.error();
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, static_cast<int>(busy.count()));
  if (const auto done = database.run("PRAGMA secure_delete=OFF"); !done) return done.error();
  return database;
}

Error Database::error() const {
  return error_of(database_.get(), path_);
}

Result<void> Database::run(const char* sql) {
  if (sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) return error();
  return {};
}

Result<std::int64_t> Database::number(const char* sql) {
  Result<Statement> statement = prepare(sql);
  if (!statement) return statement.error();
  const Result<bool> row = statement->step();
  if (!row) return row.error();
  return *row ? statement->integer(0) : 0;
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return error();
  return Statement(statement, path_);
}

bool Database::is_in_transaction() const {
  return sqlite3_get_autocommit(database_.get()) == 0;
}

int Database::last_code() const {
  return sqlite3_extended_errcode(database_.get());
}

std::int64_t Database::changes() const {
  return sqlite3_changes64(database_.get());
}

bool Database::is_moved() const {
  int moved = 0;
  const int code = sqlite3_file_control(database_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  return code == SQLITE_OK && moved != 0;
}

Statement Preparer::operator()(std::string_view sql) {
  if (!error_) {
    Result<Statement> statement = database_.prepare(sql);
    if (statement) return std::move(*statement);
    error_ = statement.error();
  }
  return {nullptr, {}};
}

Result<Transaction> Transaction::begin(Database& database) {
  if (const auto done = database.run("BEGIN IMMEDIATE"); !done) return done.error();
  return Transaction(database);
}

Transaction::~Transaction() {
  // Some errors roll back by themselves; a second ROLLBACK would only be one more error.
  if (database_ != nullptr && database_->is_in_transaction()) (void)database_->run("ROLLBACK");
}

Result<void> Transaction::commit() {
  return database_->run("COMMIT");
}

}  // namespace pannier::sqlite
