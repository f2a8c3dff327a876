#include "config/given.h"

#include "base/text.h"
#include "config/option_table.h"

namespace pannier::config {

std::string Given::path() const {
  std::string path(option->path);
  if (!name.empty()) path.append(".").append(name);
  return path;
}

Mistake Given::mistake(Place place, std::string what, ErrorCode code) const {
  return {source, place, subject, std::move(what), code};
}

Written node_of(const Option& option, std::string_view text) {
  return wants_list(option.kind) ? Written::commas(text) : Written::scalar(text);
}

void add_flags(const std::map<std::string, std::string>& flags, Draft& draft) {
  for (const auto& [path, text] : flags) {
    const Option* option = find_option(path);
    if (option == nullptr || !option->built || !has_variable(*option)) {
      draft.mistakes.push_back({"command line", {}, path, "no such setting"});
      continue;
    }
    draft.given.push_back({.option = option,
                           .node = node_of(*option, text),
                           .rank = Rank::flag,
                           .source = "command line",
                           .subject = path,
                           .where = "command line"});
  }
}

}  // namespace pannier::config
