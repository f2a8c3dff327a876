#include "daemon/roles.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <vector>

namespace pannier::daemon {
namespace {

// The calls that are safe beside other threads want room for the entry's texts.
constexpr std::size_t entry_bytes = 64 * 1024;

std::optional<gid_t> group_named(const std::string& name) {
  std::vector<char> texts(entry_bytes);
  group entry{};
  group* found = nullptr;
  getgrnam_r(name.c_str(), &entry, texts.data(), texts.size(), &found);
  return found == nullptr ? std::nullopt : std::optional(entry.gr_gid);
}

std::vector<gid_t> groups_of(uid_t uid) {
  std::vector<char> texts(entry_bytes);
  passwd entry{};
  passwd* found = nullptr;
  getpwuid_r(uid, &entry, texts.data(), texts.size(), &found);
  if (found == nullptr) return {};
  int count = 1024;
  std::vector<gid_t> groups(static_cast<std::size_t>(count));
  if (getgrouplist(entry.pw_name, entry.pw_gid, groups.data(), &count) < 0) return {};
  groups.resize(static_cast<std::size_t>(count));
  return groups;
}

bool is_member(const net::PeerCredentials& peer, const std::string& group_name) {
  const auto wanted = group_named(group_name);
  if (!wanted) return false;
  return peer.gid == *wanted || std::ranges::count(groups_of(peer.uid), *wanted) > 0;
}

}  // namespace

Role role_of(const net::PeerCredentials& peer, const std::string& read_group) {
  if (peer.uid == 0 || peer.uid == geteuid()) return Role::all;
  return !read_group.empty() && is_member(peer, read_group) ? Role::read : Role::none;
}

}  // namespace pannier::daemon
