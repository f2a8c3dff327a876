// Unix sockets as a daemon binds them: a dead predecessor's socket is replaced, anything else never, no link
// is followed, and at no moment may somebody connect who may not. Users: daemon and receive, at start and
// stop. Threads: any; plain system calls, none of them waits. Errors: in_use names the holder; the others
// name the place and the cure.
#pragma once
#include <sys/socket.h>
#include <sys/stat.h>

#include <optional>
#include <string>

#include "base/error.h"
#include "base/fd.h"

namespace pannier::net {

// Which file it is, whatever its name is now.
struct FileId {
  dev_t device = 0;
  ino_t inode = 0;
  bool operator==(const FileId&) const = default;
};

struct UnixPlace {
  std::string path;
  mode_t mode = 0660;
  std::string group = {};        // empty: the process's own
  mode_t directory_mode = 0755;  // of the parent, where it is missing; 0710 gives it to the group, too
};

struct UnixSocket {
  Fd fd;  // non-blocking, close-on-exec
  std::string path;
  FileId file;  // for unlink_if_ours
};

// `type` is SOCK_STREAM or SOCK_DGRAM; the latter learns its senders (SO_PASSCRED).
Result<UnixSocket> bind_unix(int type, const UnixPlace& place);
// The same for a stream, listening with a backlog of 512.
Result<UnixSocket> listen_unix(const UnixPlace& place);

// Removes the path if it is still the socket that was bound there; true if so.
bool unlink_if_ours(const std::string& path, const FileId& file);

struct PeerCredentials {
  uid_t uid = static_cast<uid_t>(-1);
  gid_t gid = static_cast<gid_t>(-1);
  pid_t pid = 0;
};
// Who connected (SO_PEERCRED); none where the socket is no connected Unix socket.
std::optional<PeerCredentials> peer_credentials(int fd);

}  // namespace pannier::net
