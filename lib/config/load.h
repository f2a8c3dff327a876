// The configuration as a whole: flag, environment, file, default, in this order. All mistakes at once, or
// finished settings with the origin of each. Users: run, reload, validate, config. Threads: at start and at
// reload; it reads files and blocks on them.
#pragma once
#include <sys/types.h>

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "config/environment.h"
#include "config/mistake.h"
#include "config/settings.h"
#include "config/settle.h"

namespace pannier::config {

struct Request {
  std::optional<std::string> file;  // as named by the user; must be there. None: default_file, if it is there
  Environment environment;
  uid_t uid = 0;                             // effective: decides default places, and is named in messages
  std::map<std::string, std::string> flags;  // path to text: {"control.path", "/tmp/c.sock"}
  std::string default_file = "/etc/pannier/pannier.yaml";
  std::string host;  // empty: the system's name
  std::string own_cgroup = "/proc/self/cgroup";
  std::string cgroup_root = "/sys/fs/cgroup";
};

struct Loaded {
  Settings settings;
  std::string file;                   // empty: there was none
  std::vector<Origin> origins;        // every setting in force, in the table's order
  std::vector<std::string> warnings;  // for the log and for validate
  std::vector<std::string> notes;     // for `pannier config`
};

// Mistakes are sorted by place.
std::variant<Loaded, Mistakes> load(const Request& request);

struct Changes {
  std::vector<std::string> applied;  // paths whose new value a reload takes
  std::vector<std::string> restart;  // paths whose new value waits for a restart
  [[nodiscard]] bool empty() const { return applied.empty() && restart.empty(); }
};

// What a reload from `before` to `after` means; a changed key counts although it is not shown.
Changes compare(const Loaded& before, const Loaded& after);

}  // namespace pannier::config
