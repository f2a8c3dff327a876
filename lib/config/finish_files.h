// The last look at the files that the daemon keeps: no two of them may be one. Users: finish.cpp, and
// validate, which also says what would keep the spool in memory. Threads: at start and at reload; looks at
// the file system.
#pragma once
#include <string>

#include "config/settings.h"

namespace pannier::config {

// Also by a link or another spelling; the files need not be there.
bool is_one_file(const std::string& one, const std::string& other);

// What keeps this process from writing the spool, and the cure; empty: nothing that can be seen, or the
// spool is off. No mistake: the daemon runs on in memory, and comes back by itself.
std::string spool_trouble(const queue::SpoolOptions& spool);

}  // namespace pannier::config
