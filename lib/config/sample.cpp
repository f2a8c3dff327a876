#include "config/sample.h"

#include <vector>

#include "config/option_table.h"
#include "config/paths.h"
#include "config/value.h"

namespace pannier::config {
namespace {

constexpr std::string_view header =
    "# pannier's settings, each with its default. Take the # before a name away to change it.\n"
    "# In brackets: the range, the SDK's variable of the same meaning, and whether a change needs a "
    "restart.\n"
    "# Each can also come from PANNIER__ and its path in upper case: PANNIER__RECEIVE__UDP__ADDRESS.\n"
    "# Sizes: 16MiB. Times: ms, s, min, h, d. Values may hold ${NAME} and ${NAME:-default}.\n"
    "# Check a change with: pannier validate FILE\n"
    "#\n"
    "# Made from the table of options in lib/config; a test holds the two together.\n";

// The settings that the sample sets, so that it names every listener that is built.
bool is_live(std::string_view path) {
  return path == "receive.udp.address" || path == "receive.http.address";
}

std::string yaml_value(const Option& option) {
  if (!option.example.empty()) return std::string(option.example);
  std::string text = filled(option.fallback, Paths{}, "web-7");
  if (option.kind == Kind::mode) return "\"" + text + "\"";
  if (!wants_list(option.kind) || text == "none") return text;
  std::string list = "[";
  for (const Written& item : Written::commas(text).items)
    list.append(list.size() > 1 ? ", " : "").append(item.text);
  return list + "]";
}

std::string comment(const Option& option) {
  std::string text(option.help);
  if (const std::string range = range_text(option); !range.empty())
    text.append(" [").append(range).append("]");
  if (option.kind == Kind::choice)
    text.append(" [").append(reading::listed(option.choices, ", ")).append("]");
  if (!option.variable.empty()) text.append(" [").append(option.variable).append("]");
  if (option.restart && option.kind != Kind::group) text.append(" [restart]");
  return text;
}

class SampleWriter {
 public:
  void add(const Option& option) {
    const std::size_t dot = option.path.rfind('.');
    const std::string_view section = dot == std::string_view::npos ? "" : option.path.substr(0, dot);
    open(section);
    const std::string indent(2 * open_.size(), ' ');
    if (option.kind == Kind::group && open_.empty()) out_.append("\n");
    out_.append(indent).append("# ").append(comment(option)).append("\n");
    const std::string_view name = dot == std::string_view::npos ? option.path : option.path.substr(dot + 1);
    if (option.kind == Kind::group || is_section(option.path)) return name_section(name);
    out_.append(indent).append(is_live(option.path) ? "" : "#").append(name).append(": ");
    out_.append(yaml_value(option)).append("\n");
  }
  std::string take() { return std::move(out_); }

 private:
  // Leaves the sections that end here and enters those that begin.
  void open(std::string_view section) {
    std::vector<std::string_view> wanted;
    for (std::size_t begin = 0; begin < section.size();) {
      const std::size_t end = std::min(section.find('.', begin), section.size());
      wanted.push_back(section.substr(begin, end - begin));
      begin = end + 1;
    }
    std::size_t same = 0;
    while (same < open_.size() && same < wanted.size() && open_[same] == wanted[same]) ++same;
    open_.resize(same);
    for (; same < wanted.size(); ++same) enter(wanted[same]);
  }

  void enter(std::string_view name) {
    if (open_.empty()) out_.append("\n");
    name_section(name);
  }

  void name_section(std::string_view name) {
    out_.append(2 * open_.size(), ' ').append(name).append(":\n");
    open_.push_back(name);
  }

  std::string out_{header};
  std::vector<std::string_view> open_;
};

}  // namespace

std::string sample_yaml() {
  SampleWriter writer;
  for (const Option& option : all_options())
    if (option.built) writer.add(option);
  return writer.take();
}

std::string options_help() {
  std::string out;
  for (const Option& option : all_options()) {
    if (!option.built) continue;
    out.append(option.path).append(" = ").append(yaml_value(option)).append("\n    ");
    out.append(comment(option)).append("\n");
  }
  return out;
}

}  // namespace pannier::config
