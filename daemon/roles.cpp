#include "daemon/roles.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

namespace pannier::daemon {
namespace {

bool is_member(const net::PeerCredentials& peer, const std::string& group_name) {
  const group* group = getgrnam(group_name.c_str());
  if (group == nullptr) return false;
  const gid_t wanted = group->gr_gid;
  if (peer.gid == wanted) return true;
  const passwd* user = getpwuid(peer.uid);
  if (user == nullptr) return false;
  int count = 256;
  std::vector<gid_t> groups(static_cast<std::size_t>(count));
  if (getgrouplist(user->pw_name, user->pw_gid, groups.data(), &count) < 0) return false;
  return std::find(groups.begin(), groups.begin() + count, wanted) != groups.begin() + count;
}

}  // namespace

Role role_of(const net::PeerCredentials& peer, const std::string& read_group) {
  if (peer.uid == 0 || peer.uid == geteuid()) return Role::all;
  return !read_group.empty() && is_member(peer, read_group) ? Role::read : Role::none;
}

}  // namespace pannier::daemon
