#include "config/settle.h"

#include <algorithm>

#include "config/option_table.h"
#include "config/value.h"

namespace pannier::config {
namespace {

bool is_map(const Option& option) {
  return option.kind == Kind::named_texts || option.kind == Kind::named_secrets;
}

class Settling {
 public:
  Settling(Draft& draft, const Paths& paths, std::string_view host)
      : draft_(draft), paths_(paths), host_(host) {}

  Settled run() {
    for (const Given& given : draft_.given) read(given);
    for (const Option& option : all_options())
      if (option.built) put(option);
    return std::move(settled_);
  }

 private:
  struct Read {
    const Given* given = nullptr;
    Value value;
  };

  void read(const Given& given) {
    Faults faults;
    auto value = is_map(*given.option)
                     ? read_entry(*given.option, {given.name, given.key_place, given.node}, faults)
                     : read_value(*given.option, given.node, faults);
    for (Fault& fault : faults)
      draft_.mistakes.push_back(given.mistake(fault.place, std::move(fault.what), fault.code));
    if (!value) return;
    Read& best = best_[given.path()];
    if (best.given == nullptr || best.given->rank <= given.rank) best = {&given, std::move(*value)};
  }

  void put(const Option& option) {
    if (is_map(option)) return put_entries(option);
    if (option.kind == Kind::group) return put_group(option);
    const auto found = best_.find(option.path);
    if (found != best_.end()) return put_value(option, found->second.value, found->second.given);
    put_value(option, fallback(option), nullptr);
  }

  void put_entries(const Option& option) {
    const std::string below = std::string(option.path) + ".";
    for (const auto& [path, read] : best_)
      if (path.starts_with(below) && read.given->option == &option) put_value(option, read.value, read.given);
  }

  // Whoever ranks highest decides, by the switch itself or by naming what stands below it.
  void put_group(const Option& option) {
    const auto found = best_.find(option.path);
    const Given* given = found == best_.end() ? nullptr : found->second.given;
    const Given* waking = highest_waking(option);
    if (given != nullptr && (waking == nullptr || given->rank >= waking->rank))
      return put_value(option, found->second.value, given);
    Value value;
    value.truth = waking != nullptr || option.fallback == "on";
    value.text = value.truth ? "on" : "off";
    put_value(option, value, waking);
  }

  const Given* highest_waking(const Option& group) const {
    const Given* highest = nullptr;
    for (const Given& given : draft_.given)
      if (wakes(group, *given.option) && !asks_for_nothing(given) &&
          (highest == nullptr || highest->rank < given.rank))
        highest = &given;
    return highest;
  }

  static bool asks_for_nothing(const Given& given) {
    return given.option->fallback == "none" && given.node.text == "none";
  }

  static bool wakes(const Option& group, const Option& option) {
    if (group.woken_by.empty() || !option.path.starts_with(group.path) || &option == &group) return false;
    if (option.path[group.path.size()] != '.') return false;
    if (group.woken_by == "*") return true;
    const auto names = reading::words(group.woken_by);
    return std::ranges::find(names, option.path.substr(group.path.size() + 1)) != names.end();
  }

  Value fallback(const Option& option) const {
    Faults none;
    const auto value = read_value(option, node_of(option, filled(option.fallback, paths_, host_)), none);
    return value.value_or(Value{});
  }

  void put_value(const Option& option, const Value& value, const Given* given) {
    option.store(settled_.settings, value);
    const std::string path = given != nullptr && is_map(option) ? given->path() : std::string(option.path);
    settled_.winners[path] = given;
    settled_.origins.push_back({path, value.text, given != nullptr ? given->where : "default"});
  }

  Draft& draft_;
  const Paths& paths_;
  std::string_view host_;
  std::map<std::string, Read, std::less<>> best_;
  Settled settled_;
};

}  // namespace

Origin* Settled::origin(std::string_view path) {
  const auto found = std::ranges::find(origins, path, &Origin::path);
  return found == origins.end() ? nullptr : &*found;
}

Settled settle(Draft& draft, const Paths& paths, std::string_view host) {
  return Settling(draft, paths, host).run();
}

}  // namespace pannier::config
