// Makes the file of a database before SQLite sees it: SQLite gives its log and index the mode of the file.
// Users: the local store, the spool. Threads: any that may block on the disk. Errors: sentences that name the
// path and end with errno's words.
#pragma once
#include <string>

#include "base/error.h"

namespace pannier {

// Mode 0640 whatever the umask is, its folders 0750 where they are missing. A file that is there stays as it
// is, if it may be read and written.
Result<void> make_file(const std::string& path);

}  // namespace pannier
