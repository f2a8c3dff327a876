// The file's tree against the table of options.
#include "base/text.h"
#include "config/given.h"
#include "config/option_table.h"
#include "config/placeholders.h"

namespace pannier::config {
namespace {

class FileReader {
 public:
  FileReader(const std::string& source, const Environment& environment, Draft& draft)
      : source_(source), environment_(environment), draft_(draft) {}

  void section(const Written& node, const std::string& path) {
    for (const Entry& entry : node.entries) setting(entry, path, below(path, entry.key));
  }

 private:
  static std::string below(const std::string& path, const std::string& key) {
    return path.empty() ? key : path + "." + key;
  }

  void setting(const Entry& entry, const std::string& section_path, const std::string& path) {
    const Option* option = find_option(path);
    if (entry.key.find('.') != std::string::npos || (option == nullptr && !is_section(path)))
      return unknown(entry, section_path, path);
    if (option == nullptr) return nested(entry, path);
    if (!option->built) return not_built(*option, entry, path);
    switch (option->kind) {
      case Kind::group: return group(*option, entry, path);
      case Kind::named_texts:
      case Kind::named_secrets: return free_names(*option, entry, path);
      default: break;
    }
    // A word, or settings below it.
    if (!is_section(path) || entry.value.kind == Written::Kind::scalar) return take(*option, {}, entry, path);
    if (entry.value.kind == Written::Kind::map) return section(entry.value, path);
    if (entry.value.kind != Written::Kind::null)
      mistake(entry.value.place, path,
              "expected a word, or settings below it; write " + std::string(option->fallback));
  }

  void nested(const Entry& entry, const std::string& path) {
    if (entry.value.kind == Written::Kind::map) return section(entry.value, path);
    if (entry.value.kind != Written::Kind::null)
      mistake(entry.value.place, path, "expected settings below it; write " + first_below(path) + ": …");
  }

  void group(const Option& option, const Entry& entry, const std::string& path) {
    if (entry.value.kind == Written::Kind::null) return;  // all below it is a comment
    const bool is_named = entry.value.kind == Written::Kind::map && entry.value.entries.empty();
    if (is_named && option.woken_by == "*")
      return take(option, {}, {entry.key, entry.place, Written::scalar("on", entry.value.place)}, path);
    if (entry.value.kind == Written::Kind::map) return section(entry.value, path);
    take(option, {}, entry, path);
  }

  void free_names(const Option& option, const Entry& entry, const std::string& path) {
    if (entry.value.kind == Written::Kind::null) return;
    if (entry.value.kind != Written::Kind::map)
      return mistake(entry.value.place, path, "expected names with values; write { name: value }");
    for (const Entry& named : entry.value.entries) take(option, named.key, named, below(path, named.key));
  }

  void not_built(const Option& option, const Entry& entry, const std::string& path) {
    const Written& node = entry.value;
    const bool asks_nothing =
        node.kind == Written::Kind::null ||
        (node.kind == Written::Kind::scalar && !option.harmless.empty() && node.text == option.harmless) ||
        (node.kind == Written::Kind::list && option.harmless == "[]" && node.items.empty());
    if (!asks_nothing) mistake(entry.place, path, "is not built yet; leave it out", ErrorCode::not_built);
  }

  void take(const Option& option, const std::string& name, const Entry& entry, const std::string& path) {
    Given given{.option = &option,
                .name = name,
                .node = entry.value,
                .key_place = entry.place,
                .source = source_,
                .subject = path,
                .where = "file " + source_ + ":" + std::to_string(entry.place.line)};
    Faults faults;
    given.from_variable = replace_placeholders(given.node, environment_, faults);
    for (Fault& fault : faults) mistake(fault.place, path, std::move(fault.what));
    if (faults.empty()) draft_.given.push_back(std::move(given));
  }

  void unknown(const Entry& entry, const std::string& section_path, const std::string& path) {
    const auto known = names_below(section_path);
    const std::string_view meant =
        entry.key.size() > 64 ? std::string_view() : text::nearest(entry.key, known);
    std::string what = "no such setting; ";
    if (!meant.empty())
      what.append("did you mean ").append(meant).append("?");
    else
      what.append("known here: ").append(joined(names_below(section_path, true)));
    mistake(entry.place, path, std::move(what));
  }

  static std::string joined(const std::vector<std::string_view>& names) {
    std::string out;
    for (const std::string_view name : names) out.append(out.empty() ? "" : ", ").append(name);
    return out;
  }
  static std::string first_below(const std::string& path) { return std::string(names_below(path).front()); }

  void mistake(Place place, const std::string& path, std::string what, ErrorCode code = ErrorCode::invalid) {
    draft_.mistakes.push_back({source_, place, path, std::move(what), code});
  }

  const std::string& source_;
  const Environment& environment_;
  Draft& draft_;
};

}  // namespace

void add_file(const Written& root, const std::string& source, const Environment& environment, Draft& draft) {
  FileReader(source, environment, draft).section(root, {});
}

}  // namespace pannier::config
