// The option table behind the YAML: lines "path=value" become a tree, lines "$NAME=value" variables; all is
// read, settled and shown as a configuration would be. No file is touched: yaml-cpp has corpus files of its
// own in tests/config/hostile.
//
// Holds: whatever is given, there are mistakes that can be printed, or every value in force reads back as
// itself.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/text.h"
#include "config/given.h"
#include "config/option_table.h"
#include "config/settle.h"
#include "config/value.h"

namespace {

using pannier::config::Entry;
using pannier::config::Written;

constexpr int deepest = 16;

void require(bool promise) {
  if (!promise) std::abort();
}

Written map_node() {
  Written node;
  node.kind = Written::Kind::map;
  return node;
}

// "a,b" behind [ is a list, "name=value;name=value" behind { a map, ~ nothing, the rest a text.
Written value_node(std::string_view text) {
  if (text == "~") return {};
  if (text.starts_with('[')) {
    Written list = Written::commas(text.substr(1));
    for (Written& item : list.items)
      if (item.text.starts_with('{')) item = value_node(item.text);
    return list;
  }
  if (!text.starts_with('{')) return Written::scalar(text, {1, 1});
  Written map = map_node();
  for (text.remove_prefix(1); !text.empty();) {
    const std::string_view pair = text.substr(0, text.find(';'));
    text.remove_prefix(std::min(pair.size() + 1, text.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    map.entries.push_back({std::string(pair.substr(0, equals)),
                           {1, 1},
                           Written::scalar(pair.substr(std::min(equals + 1, pair.size())), {1, 1})});
  }
  return map;
}

void put(Written& section, std::string_view path, Written value, int depth) {
  const std::string key(path.substr(0, path.find('.')));
  const bool is_last = key.size() == path.size() || depth == deepest;
  Entry* entry = nullptr;
  for (Entry& known : section.entries)
    if (known.key == key) entry = &known;
  if (entry == nullptr) entry = &section.entries.emplace_back(Entry{key, {1, 1}, map_node()});
  if (is_last)
    entry->value = std::move(value);
  else if (entry->value.kind == Written::Kind::map)
    put(entry->value, path.substr(key.size() + 1), std::move(value), depth + 1);
}

struct Input {
  Written root = map_node();
  pannier::config::Environment::Variables variables;
};

Input input_of(std::string_view data) {
  Input input;
  while (!data.empty()) {
    std::string_view line = data.substr(0, data.find('\n'));
    data.remove_prefix(std::min(line.size() + 1, data.size()));
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view value = line.substr(equals + 1);
    if (line.starts_with('$'))
      input.variables.emplace(line.substr(1, equals - 1), value);
    else
      put(input.root, line.substr(0, equals), value_node(value), 0);
  }
  return input;
}

void check_printable(const pannier::config::Draft& draft) {
  for (const auto& mistake : draft.mistakes) {
    const std::string text = mistake.text();
    require(pannier::text::is_utf8(text) && !pannier::text::has_control_character(text));
    require(text.size() < 2000);
  }
}

bool holds_one_text(const pannier::config::Option& option) {
  using pannier::config::Kind;
  return !wants_list(option.kind) && option.kind != Kind::named_texts && option.kind != Kind::named_secrets;
}

void check_reads_back(const pannier::config::Settled& settled) {
  for (const auto& origin : settled.origins) {
    const auto* option = pannier::config::find_option(origin.path);
    if (option == nullptr || !holds_one_text(*option)) continue;
    pannier::config::Faults faults;
    const auto again = read_value(*option, Written::scalar(origin.value), faults);
    require(again && again->text == origin.value);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Input input = input_of({reinterpret_cast<const char*>(data), size});
  const pannier::config::Environment environment(input.variables);
  pannier::config::Draft draft;
  pannier::config::add_file(input.root, "fuzz.yaml", environment, draft);
  pannier::config::add_environment(environment, draft);
  const auto settled = pannier::config::settle(draft, pannier::config::Paths{}, "host");
  check_printable(draft);
  if (draft.mistakes.empty()) check_reads_back(settled);
  return 0;
}
