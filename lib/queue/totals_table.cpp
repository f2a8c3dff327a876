#include "queue/totals_table.h"

#include <map>
#include <optional>
#include <tuple>

namespace pannier::queue {
namespace {

Result<void> run_with(sqlite::Statement& statement, const NumberName& name, std::uint64_t value) {
  statement.bind(1, name.owner);
  statement.bind(2, name.what);
  statement.bind(3, name.reason);
  statement.bind(4, static_cast<std::int64_t>(value));
  return statement.run();
}

}  // namespace

TotalsTable::TotalsTable(sqlite::Statement add, sqlite::Statement set, sqlite::Statement select)
    : add_(std::move(add)), set_(std::move(set)), select_(std::move(select)) {}

Result<TotalsTable> TotalsTable::open(sqlite::Database& database) {
  sqlite::Preparer prepare(database);
  auto add = prepare(
      "INSERT INTO totals (owner, what, reason, value) VALUES (?, ?, ?, ?)"
      " ON CONFLICT DO UPDATE SET value = value + excluded.value");
  auto set = prepare(
      "INSERT INTO totals (owner, what, reason, value) VALUES (?, ?, ?, ?)"
      " ON CONFLICT DO UPDATE SET value = excluded.value");
  auto select = prepare("SELECT owner, what, reason, value FROM totals");
  if (prepare.error()) return *prepare.error();
  return TotalsTable(std::move(add), std::move(set), std::move(select));
}

Result<void> TotalsTable::add(const NumberName& name, std::uint64_t count) {
  return run_with(add_, name, count);
}

Result<observe::Books> TotalsTable::read() {
  observe::Books books;
  std::map<std::tuple<std::string, std::string, std::string>, std::uint64_t> numbers;
  for (;;) {
    const auto row = select_.step();
    if (!row) return row.error();
    if (!*row) break;
    const std::string owner(select_.text(0));
    if (const auto lane = lane_of_owner(owner); !lane.empty()) lane_named(books, lane);
    numbers.emplace(std::tuple(owner, select_.text(1), select_.text(2)),
                    static_cast<std::uint64_t>(select_.integer(3)));
  }
  each_number(books, [&](const NumberName& name, std::uint64_t& number) {
    const auto found =
        numbers.find({std::string(name.owner), std::string(name.what), std::string(name.reason)});
    if (found != numbers.end()) number = found->second;
  });
  return books;
}

Result<void> TotalsTable::write(observe::Books books) {
  std::optional<Error> fault;
  each_number(books, [&](const NumberName& name, std::uint64_t& number) {
    if (fault || number == 0) return;
    if (const auto done = run_with(set_, name, number); !done) fault = done.error();
  });
  if (fault) return *fault;
  return {};
}

}  // namespace pannier::queue
