#include "config/option_table.h"

#include <algorithm>

namespace pannier::config {
namespace {

std::vector<Option> joined() {
  std::vector<Option> rows;
  for (const auto part : {table::common(), table::receive(), table::process(), table::spool(),
                          table::deliver(), table::multiplayer(), table::deliver_later(), table::daemon()})
    rows.insert(rows.end(), part.begin(), part.end());
  return rows;
}

// "malti" for "deliver.malti.url" below "deliver"; empty where the path does not stand below it.
std::string_view child_of(std::string_view section, std::string_view path) {
  if (!section.empty()) {
    if (!path.starts_with(section) || path.size() <= section.size() || path[section.size()] != '.') return {};
    path.remove_prefix(section.size() + 1);
  }
  return path.substr(0, path.find('.'));
}

}  // namespace

std::span<const Option> all_options() {
  static const std::vector<Option> rows = joined();
  return rows;
}

const Option* find_option(std::string_view path) {
  const auto rows = all_options();
  const auto found = std::ranges::find(rows, path, &Option::path);
  return found == rows.end() ? nullptr : &*found;
}

bool is_section(std::string_view path) {
  return std::ranges::any_of(all_options(),
                             [&](const Option& row) { return !child_of(path, row.path).empty(); });
}

std::vector<std::string_view> names_below(std::string_view section, bool only_built) {
  std::vector<std::string_view> names;
  for (const Option& row : all_options()) {
    if (only_built && !row.built) continue;
    const std::string_view name = child_of(section, row.path);
    if (!name.empty() && std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  return names;
}

bool has_variable(const Option& option) {
  return option.kind != Kind::named_texts && option.kind != Kind::named_secrets &&
         option.kind != Kind::rules && option.kind != Kind::drop_rules;
}

std::string variable_of(const Option& option) {
  std::string name = "PANNIER__";
  for (const char c : option.path) {
    if (c == '.')
      name += "__";
    else
      name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return name;
}

}  // namespace pannier::config
