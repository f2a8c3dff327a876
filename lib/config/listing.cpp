#include "config/listing.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"

namespace pannier::config {
namespace {

constexpr std::size_t widest_value = 300;

void append_list(json::Writer& out, std::string_view name, const std::vector<std::string>& lines) {
  out.key(name).begin('[');
  for (const std::string& line : lines) out.text(text::shown(line, 2000));
  out.end(']');
}

}  // namespace

std::string listing_text(const Loaded& loaded) {
  std::size_t widest_path = 0;
  std::size_t widest = 0;
  for (const Origin& origin : loaded.origins) {
    widest_path = std::max(widest_path, origin.path.size());
    if (origin.value.size() <= 32) widest = std::max(widest, origin.value.size());
  }
  std::string out = "# config " + loaded.settings.version +
                    (loaded.file.empty() ? ", no file" : ", " + text::shown(loaded.file)) + "\n";
  for (const Origin& origin : loaded.origins) {
    const std::string value = text::shown(origin.value, widest_value);
    std::string line = text::shown(origin.path);
    line.append(widest_path - std::min(widest_path, line.size()), ' ').append(" = ").append(value);
    line.append(widest - std::min(widest, value.size()), ' ').append("  (");
    out.append(line).append(text::shown(origin.where)).append(")\n");
  }
  for (const std::string& note : loaded.notes) out.append("# ").append(text::shown(note, 2000)).append("\n");
  for (const std::string& warning : loaded.warnings)
    out.append("# warning: ").append(text::shown(warning, 2000)).append("\n");
  return out;
}

std::string listing_json(const Loaded& loaded) {
  json::Writer out;
  out.begin('{').key("config").text(loaded.settings.version).key("file");
  if (loaded.file.empty())
    out.null();
  else
    out.text(text::shown(loaded.file));
  out.key("settings").begin('{');
  for (const Origin& origin : loaded.origins) {
    out.key(text::shown(origin.path)).begin('{');
    out.key("value").text(text::shown(origin.value, widest_value));
    out.key("from").text(text::shown(origin.where)).end('}');
  }
  out.end('}');
  append_list(out, "warnings", loaded.warnings);
  append_list(out, "notes", loaded.notes);
  return out.end('}').str();
}

}  // namespace pannier::config
