// Columns for a terminal: as wide as their widest cell, counted in characters. Users: status_text.
// Threads: not safe. REQUIRES: cells are safe to show.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace pannier::daemon::commands {

class Table {
 public:
  enum class Align { left, right };
  struct Column {
    std::string title;
    Align align = Align::right;
    std::size_t least = 0;  // characters
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // REQUIRES: a cell for each column.
  void row(std::vector<std::string> cells) { rows_.push_back({std::move(cells), {}}); }
  // A line of its own below the last row.
  void note(const std::string& line) { rows_.back().notes.append(line).append("\n"); }

  [[nodiscard]] std::string str() const;

 private:
  struct Row {
    std::vector<std::string> cells;
    std::string notes;
  };
  void append_line(std::string& out, const std::vector<std::string>& cells,
                   const std::vector<std::size_t>& widths) const;

  std::vector<Column> columns_;
  std::vector<Row> rows_;
};

}  // namespace pannier::daemon::commands
