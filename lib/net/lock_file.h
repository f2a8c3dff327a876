// The file whose lock says that a daemon is alive; it lies beside the control socket or the spool and is
// never removed, for a removed lock file would let two daemons hold "the" lock. The lock goes with the
// process, however it ends. Users: daemon, at start; queue, for the spool. Threads: a plain value; move only.
// Errors: in_use names the holder's pid; a symlink or an unwritable directory is io.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/fd.h"

namespace pannier::net {

class LockFile {
 public:
  // Never waits. Writes our pid into the file, for whoever comes second; `why` ends his message.
  static Result<LockFile> take(const std::string& path,
                               std::string_view why = "a second one can't use the same sockets");
  // It was not removed or replaced.
  [[nodiscard]] bool is_at(const std::string& path) const;

 private:
  explicit LockFile(Fd file) : file_(std::move(file)) {}
  Fd file_;
};

}  // namespace pannier::net
