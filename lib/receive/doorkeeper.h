// Who may connect to a stream socket: the allowed uids, and how many at once, together and for one uid.
// Users: StreamListener. Threads: not safe. Pure.
#pragma once
#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/reasons.h"
#include "receive/options.h"

namespace pannier::receive {

class Doorkeeper {
 public:
  // Empty `allowed`: all. Those who are in stay in when this changes.
  void set(const Limits& limits, std::vector<uid_t> allowed);

  // The limit that shuts the door for this one; none: it may come in. `uid`: none where it is not known.
  [[nodiscard]] std::optional<Limit> refuses(std::optional<uid_t> uid) const;
  void came(std::optional<uid_t> uid);
  void left(std::optional<uid_t> uid);

 private:
  std::size_t limit_ = 0, limit_of_one_ = 0;
  std::vector<uid_t> allowed_;
  std::size_t inside_ = 0;
  std::unordered_map<uid_t, std::size_t> inside_of_;  // unknown ones count as one uid
};

}  // namespace pannier::receive
