// Looks into the spool's files from beside, in a copy: nothing of the run changes. What it can't read is no
// database any more, and it throws. User: SqliteDisk. Threads: one.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/sqlite.h"
#include "observe/ledger.h"
#include "simulation/folder.h"

namespace pannier::simulation {

class Look {
 public:
  explicit Look(const Folder& folder);
  ~Look();
  Look(const Look&) = delete;
  Look& operator=(const Look&) = delete;

  std::string damage();                            // in SQLite's words; empty: none
  std::map<std::string, std::uint64_t> records();  // by lane, that are not finished
  observe::Books totals();
  std::vector<std::string> contents();
  std::string all();  // two that are equal hold the same

 private:
  template <typename Do>
  void each(const char* sql, Do act);

  Folder copy_;
  sqlite::Database database_;
};

}  // namespace pannier::simulation
