#include "net/unix_socket.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "net/holder.h"

namespace pannier::net {
namespace {

constexpr int backlog = 512;
constexpr gid_t no_group = static_cast<gid_t>(-1);

Error invalid(std::string message) {
  return {ErrorCode::invalid, std::move(message)};
}

Result<gid_t> find_group(const std::string& name) {
  if (name.empty()) return no_group;
  group entry{};
  group* found = nullptr;
  std::array<char, 16384> text{};
  ::getgrnam_r(name.c_str(), &entry, text.data(), text.size(), &found);
  if (found == nullptr) return invalid("there is no group \"" + name + "\"; try: groupadd --system " + name);
  return found->gr_gid;
}

Result<void> make_directory(const std::string& path, mode_t mode, gid_t owners) {
  // Born closed: the group gets its rights when it is the right group.
  if (::mkdir(path.c_str(), mode & 0700U) != 0)
    return errno == EEXIST ? Result<void>{} : errno_error("cannot make the directory " + path);
  const Fd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory) return errno_error("cannot open the directory " + path);
  if (owners != no_group && ::fchown(directory.get(), static_cast<uid_t>(-1), owners) != 0)
    return errno_error("cannot give the directory " + path + " to its group");
  if (::fchmod(directory.get(), mode) != 0)
    return errno_error("cannot set the mode of the directory " + path);
  return {};
}

Result<void> make_parents(const UnixPlace& place, gid_t owners) {
  const auto parent = std::filesystem::path(place.path).parent_path();
  std::error_code ec;
  if (parent.empty() || std::filesystem::is_directory(parent, ec)) return {};
  std::filesystem::path made;
  for (const auto& part : parent) {
    made /= part;
    if (std::filesystem::exists(made, ec)) continue;
    const bool last = made == parent;
    const auto result =
        make_directory(made.native(), last ? place.directory_mode : 0755U, last ? owners : no_group);
    if (!result) return result.error();
  }
  return {};
}

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.front() != '/') return invalid("\"" + path + "\" is not an absolute path");
  if (path.size() >= sizeof address.sun_path)
    return invalid(path + " is too long for a Unix socket: " + std::to_string(path.size()) +
                   " bytes, at most " + std::to_string(sizeof address.sun_path - 1) +
                   "; choose a shorter directory");
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

const sockaddr* generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

Error taken(const std::string& path) {
  return {ErrorCode::in_use, path + " is in use, held by " + holder_of_unix_path(path)};
}

// True if nobody listens there any more: then, and only then, it may be removed.
Result<bool> is_stale(int type, const sockaddr_un& address) {
  const Fd probe(::socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!probe) return errno_error("cannot make a socket");
  if (::connect(probe.get(), generic(address), sizeof address) == 0) return false;
  if (errno == ECONNREFUSED) return true;
  // EAGAIN is a full backlog, EPROTOTYPE a socket of the other kind: somebody is alive there.
  if (errno == EAGAIN || errno == EPROTOTYPE) return false;
  return errno_error(std::string("cannot tell whether somebody listens at ") + address.sun_path);
}

Result<void> clear_the_way(int type, const std::string& path, const sockaddr_un& address) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0)
    return errno == ENOENT ? Result<void>{} : errno_error("cannot look at " + path);
  if (!S_ISSOCK(status.st_mode))
    return invalid(path + " exists and is no socket; it is left alone: remove it or choose another path");
  if (status.st_uid != ::geteuid())
    return invalid(path + " is a socket of uid " + std::to_string(status.st_uid) +
                   "; it is left alone: remove it as that user or choose another path");
  const auto stale = is_stale(type, address);
  if (!stale) return stale.error();
  if (!*stale) return taken(path);
  if (::unlink(path.c_str()) != 0) return errno_error("cannot remove the stale socket " + path);
  return {};
}

// Group first, then the group's rights, both on the file itself and not on whatever its name leads to.
Result<FileId> hand_over(const UnixPlace& place, gid_t owners) {
  const Fd file(::open(place.path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat status{};
  if (!file || ::fstat(file.get(), &status) != 0) return errno_error("cannot look at " + place.path);
  if (!S_ISSOCK(status.st_mode))
    return invalid(place.path + " was replaced by something else while it was made");
  if (owners != no_group && ::fchownat(file.get(), "", static_cast<uid_t>(-1), owners, AT_EMPTY_PATH) != 0)
    return errno_error("cannot give " + place.path + " to the group " + place.group);
  // chmod follows no link here: an O_PATH descriptor is the file itself.
  const std::string itself = "/proc/self/fd/" + std::to_string(file.get());
  if ((status.st_mode & 07777U) != place.mode && ::chmod(itself.c_str(), place.mode) != 0)
    return errno_error("cannot set the mode of " + place.path);
  return FileId{status.st_dev, status.st_ino};
}

}  // namespace

Result<UnixSocket> bind_unix(int type, const UnixPlace& place) {
  const auto address = address_of(place.path);
  if (!address) return address.error();
  const auto owners = find_group(place.group);
  if (!owners) return owners.error();
  if (const auto made = make_parents(place, *owners); !made) return made.error();
  if (const auto clear = clear_the_way(type, place.path, *address); !clear) return clear.error();

  Fd fd(::socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return errno_error("cannot make a socket");
  // The file is born with this mode (less the umask): closed to a group that is not yet the right one.
  if (::fchmod(fd.get(), *owners == no_group ? place.mode : place.mode & 0700U) != 0)
    return errno_error("cannot set the mode of a socket");
  const int on = 1;
  if (type == SOCK_DGRAM) ::setsockopt(fd.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
  if (::bind(fd.get(), generic(*address), sizeof *address) != 0)
    return errno == EADDRINUSE ? taken(place.path) : errno_error("cannot bind " + place.path);
  const auto file = hand_over(place, *owners);
  if (!file) return file.error();
  return UnixSocket{std::move(fd), place.path, *file};
}

Result<UnixSocket> listen_unix(const UnixPlace& place) {
  auto bound = bind_unix(SOCK_STREAM, place);
  if (bound && ::listen(bound->fd.get(), backlog) != 0) return errno_error("cannot listen on " + place.path);
  return bound;
}

bool unlink_if_ours(const std::string& path, const FileId& file) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) return false;
  return FileId{status.st_dev, status.st_ino} == file && ::unlink(path.c_str()) == 0;
}

std::optional<PeerCredentials> peer_credentials(int fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.uid == static_cast<uid_t>(-1))
    return std::nullopt;
  return PeerCredentials{peer.uid, peer.gid, peer.pid};
}

}  // namespace pannier::net
