#include "config/load.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>

#include "base/small_file.h"
#include "base/text.h"
#include "config/cgroup.h"
#include "config/finish.h"
#include "config/given.h"
#include "config/option_table.h"
#include "config/yaml_source.h"

namespace pannier::config {
namespace {

// Reads and understands the file, if there is one; what is wrong with it goes into the draft.
void add_source(const Request& request, Surroundings& around, Draft& draft) {
  const std::string path = request.file.value_or(request.default_file);
  const auto refuse = [&](Error error) {
    draft.mistakes.push_back({path, {}, {}, std::move(error.message), error.code});
  };
  const std::string cure = "try: sudo -u pannier pannier validate " + text::shown(path);
  const auto file = read_if_there(path, longest_yaml, request.uid, cure);
  if (!file) return refuse(file.error());
  if (!*file && request.file) return refuse({ErrorCode::io, "no such file; correct the path"});
  if (!*file) return;
  around.source = path;
  around.is_world_readable = ((*file)->mode & S_IROTH) != 0;
  if (((*file)->mode & S_IWOTH) != 0)
    return refuse({ErrorCode::invalid, "everybody can write this file; chmod o-w " + text::shown(path)});
  if (const auto root = read_yaml((*file)->text, path, draft.mistakes))
    add_file(*root, path, request.environment, draft);
}

// FNV-1a: the same on every machine, so that two hosts can be compared.
std::string version_of(const std::vector<Origin>& origins) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  const auto add = [&](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    hash = (hash ^ 0xffU) * 0x100000001b3U;
  };
  for (const Origin& origin : origins) {
    add(origin.path);
    add(origin.value);
  }
  constexpr std::string_view figures = "0123456789abcdef";
  std::string version;
  for (int shift = 20; shift >= 0; shift -= 4)
    version += figures[((hash ^ (hash >> 24U)) >> static_cast<unsigned>(shift)) & 0xfU];
  return version;
}

bool needs_restart(std::string_view path) {
  const Option* option = find_option(path);
  return option != nullptr && option->restart;
}

using Values = std::map<std::string, std::string, std::less<>>;

Values values_of(const Loaded& loaded) {
  Values values;
  for (const Origin& origin : loaded.origins) values.emplace(origin.path, origin.value);
  return values;
}

// The settings of a part that is switched on or off change with it, and need no mention.
bool stands_below_switched(std::string_view path, const std::vector<std::string>& changed) {
  return std::ranges::any_of(changed, [&](const std::string& other) {
    const Option* option = find_option(other);
    return option != nullptr && option->kind == Kind::group && path.starts_with(other + ".");
  });
}

void changed_keys(const Loaded& before, const Loaded& after, std::vector<std::string>& changed) {
  if (before.settings.malti.way.proxy_auth != after.settings.malti.way.proxy_auth)
    changed.emplace_back("deliver.malti.proxy.auth");
  if (before.settings.multiplayer.way.proxy_auth != after.settings.multiplayer.way.proxy_auth)
    changed.emplace_back("deliver.multiplayer.proxy.auth");
  for (const auto& [service, source] : after.settings.malti.keys) {
    const auto old = before.settings.malti.keys.find(service);
    if (old != before.settings.malti.keys.end() && old->second != source)
      changed.push_back("deliver.malti.keys." + service);
  }
  for (const auto& [service, source] : after.settings.receive.http.keys) {
    const auto old = before.settings.receive.http.keys.find(service);
    if (old != before.settings.receive.http.keys.end() && old->second != source)
      changed.push_back("receive.http.malti.keys." + service);
  }
  if (before.settings.multiplayer.key != after.settings.multiplayer.key)
    changed.emplace_back("deliver.multiplayer.key");
}

}  // namespace

std::variant<Loaded, Mistakes> load(const Request& request) {
  Draft draft;
  Surroundings around;
  around.uid = request.uid;
  around.environment = &request.environment;
  around.credentials = request.environment.text("CREDENTIALS_DIRECTORY");
  around.memory_limit = cgroup_memory_limit(request.own_cgroup, request.cgroup_root);
  add_source(request, around, draft);
  add_environment(request.environment, draft);
  add_flags(request.flags, draft);
  Settled settled = settle(draft, default_paths(request.environment, request.uid),
                           request.host.empty() ? host_name() : request.host);
  finish(settled, around, draft);
  if (!draft.mistakes.empty()) {
    sort_by_place(draft.mistakes);
    return std::move(draft.mistakes);
  }
  settled.settings.version = version_of(settled.origins);
  return Loaded{std::move(settled.settings), around.source, std::move(settled.origins),
                std::move(draft.warnings), std::move(draft.notes)};
}

Changes compare(const Loaded& before, const Loaded& after) {
  Values old = values_of(before);
  std::vector<std::string> changed;
  for (const auto& [path, value] : values_of(after)) {
    const auto found = old.find(path);
    if (found == old.end() || found->second != value) changed.push_back(path);
    if (found != old.end()) old.erase(found);
  }
  for (const auto& [path, value] : old) changed.push_back(path);
  changed_keys(before, after, changed);
  std::ranges::sort(changed);
  changed.erase(std::ranges::unique(changed).begin(), changed.end());
  Changes changes;
  for (const std::string& path : changed)
    if (!stands_below_switched(path, changed))
      (needs_restart(path) ? changes.restart : changes.applied).push_back(path);
  return changes;
}

}  // namespace pannier::config
