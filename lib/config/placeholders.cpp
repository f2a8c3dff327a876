#include "config/placeholders.h"

namespace pannier::config {
namespace {

constexpr std::size_t longest = 64U << 10U;  // a short file must not become a long one

bool is_variable_name(std::string_view name) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
  return !name.empty() && name.find_first_not_of(letters) == std::string_view::npos &&
         (name.front() < '0' || name.front() > '9');
}

// What stands for `inside`, the text between ${ and }.
std::string replacement(std::string_view inside, Place place, const Environment& environment,
                        Faults& faults) {
  const std::size_t colon = inside.find(":-");
  const std::string_view name = inside.substr(0, colon);
  if (!is_variable_name(name)) {
    faults.push_back({place, quoted(name) + " is no variable's name; write ${NAME} or ${NAME:-default}"});
    return {};
  }
  const auto found = environment.get(name);
  if (found && !found->empty()) return std::string(*found);
  if (colon != std::string_view::npos) return std::string(inside.substr(colon + 2));
  if (found) return {};
  faults.push_back({place, "the variable " + std::string(name) + " is not set; set it, or write ${" +
                               std::string(name) + ":-default}"});
  return {};
}

bool replace_in(std::string& text, Place place, const Environment& environment, Faults& faults) {
  std::string out;
  std::string_view rest = text;
  for (;;) {
    const std::size_t open = rest.find("${");
    if (open == std::string_view::npos) break;
    const std::size_t close = rest.find('}', open);
    if (close == std::string_view::npos) {
      faults.push_back({place, "${ without its }; write ${NAME}"});
      return true;
    }
    out.append(rest.substr(0, open));
    out.append(replacement(rest.substr(open + 2, close - open - 2), place, environment, faults));
    rest.remove_prefix(close + 1);
    if (out.size() > longest) {
      faults.push_back({place, "is longer than 64KiB with its variables; write less"});
      return true;
    }
  }
  if (rest.size() == text.size()) return false;
  text = out.append(rest);
  return true;
}

}  // namespace

bool replace_placeholders(Written& node, const Environment& environment, Faults& faults) {
  bool replaced = replace_in(node.text, node.place, environment, faults);
  for (Written& item : node.items) replaced |= replace_placeholders(item, environment, faults);
  for (Entry& entry : node.entries) replaced |= replace_placeholders(entry.value, environment, faults);
  return replaced;
}

}  // namespace pannier::config
