#include "receive/doorkeeper.h"

#include <algorithm>

namespace pannier::receive {

namespace {
constexpr auto unknown = static_cast<uid_t>(-1);
}

void Doorkeeper::set(const Limits& limits, std::vector<uid_t> allowed) {
  limit_ = limits.connections;
  limit_of_one_ = limits.connections_per_uid;
  allowed_ = std::move(allowed);
}

std::optional<Limit> Doorkeeper::refuses(std::optional<uid_t> uid) const {
  const auto is_allowed = [&] {
    return uid && std::find(allowed_.begin(), allowed_.end(), *uid) != allowed_.end();
  };
  if (!allowed_.empty() && !is_allowed()) return Limit::uid;
  if (inside_ >= limit_) return Limit::connections;
  const auto its = inside_of_.find(uid.value_or(unknown));
  if (its != inside_of_.end() && its->second >= limit_of_one_) return Limit::connections_per_uid;
  return std::nullopt;
}

void Doorkeeper::came(std::optional<uid_t> uid) {
  ++inside_;
  ++inside_of_[uid.value_or(unknown)];
}

void Doorkeeper::left(std::optional<uid_t> uid) {
  --inside_;
  const auto its = inside_of_.find(uid.value_or(unknown));
  if (--its->second == 0) inside_of_.erase(its);
}

}  // namespace pannier::receive
