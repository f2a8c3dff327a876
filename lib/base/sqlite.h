// SQLite behind three owners: Database, Statement, Transaction. The one home of sqlite3.h.
// Users: deliver/local (the local store), queue (spool and dead letters).
// Threads: one Database and its Statements belong to one thread at a time.
// Errors: values that name the file and end with SQLite's words and its extended code; in_use where another
// process holds the file, limit where the disk or a bound is full, invalid where the file is damaged or no
// database, else io. Nothing throws.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"

struct sqlite3;
struct sqlite3_stmt;

namespace pannier::sqlite {

// A prepared statement. Not to outlive its Database.
class Statement {
 public:
  // Places count from 1. Text and blob are not copied: they must live until the row is done. A failed binding
  // is told by the next step.
  void bind(int place, std::int64_t value);
  void bind(int place, double value);
  void bind(int place, std::string_view text);
  void bind_blob(int place, std::string_view bytes);
  void bind_null(int place);

  // True: a row is there to be read. False: the end, and the statement can be used again.
  Result<bool> step();
  // To its end, rows ignored; ready to be used again whatever comes of it.
  Result<void> run();
  void reset();

  // Columns count from 0; text and blob live until the next step.
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] double real(int column) const;
  [[nodiscard]] std::string_view text(int column) const;
  [[nodiscard]] std::string_view blob(int column) const;
  [[nodiscard]] bool is_null(int column) const;

 private:
  friend class Database;
  friend class Preparer;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  Statement(sqlite3_stmt* statement, std::string path) : statement_(statement), path_(std::move(path)) {}
  void note(int code);

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  std::string path_;
  int fault_ = 0;  // of a binding
};

class Database {
 public:
  enum class Access { read_write, read_only };

  // Creates the file where there is none (read_write). `secure_delete` is off, which Debian builds in.
  // A lock of another process is waited for at most `busy`.
  static Result<Database> open(const std::string& path, Access access = Access::read_write,
                               std::chrono::milliseconds busy = std::chrono::seconds(1));

  // One or more statements without parameters; rows are ignored.
  Result<void> run(const char* sql);
  // The first column of the first row: PRAGMA user_version and the like. 0 where there is no row.
  Result<std::int64_t> number(const char* sql);
  Result<Statement> prepare(std::string_view sql);

  // True after BEGIN, and after an error that did not roll back by itself: look at it after any error.
  [[nodiscard]] bool is_in_transaction() const;
  [[nodiscard]] int last_code() const;  // SQLite's extended code of the last call
  [[nodiscard]] std::int64_t changes() const;
  // The file was removed, renamed or replaced under the open database, which SQLite itself does not notice.
  [[nodiscard]] bool is_moved() const;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  Database(sqlite3* database, std::string path) : database_(database), path_(std::move(path)) {}
  [[nodiscard]] Error error() const;

  std::unique_ptr<sqlite3, Close> database_;
  std::string path_;
};

// Prepares a set of statements and keeps the first error; what it hands out after one is not to be used.
class Preparer {
 public:
  explicit Preparer(Database& database) : database_(database) {}
  Statement operator()(std::string_view sql);
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

 private:
  Database& database_;
  std::optional<Error> error_;
};

// Rolls back what was not committed. Takes the write lock at once, so that it can't fail half-way for it.
class Transaction {
 public:
  static Result<Transaction> begin(Database& database);
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  Result<void> commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

}  // namespace pannier::sqlite
