// Where the key of each lane is read from, or would be, for status to say: a file of its own, or the one in
// deliver.malti.keys_directory that bears the service's name. Threads: pure functions; nothing is opened.
#pragma once
#include <map>
#include <string>

#include "config/settings.h"
#include "observe/ledger.h"

namespace pannier::daemon {

// By the lane's name; lanes whose key stands elsewhere, and guests, are not in it.
std::map<std::string, std::string, std::less<>> key_files(const config::Settings& settings,
                                                          const observe::Books& books);

}  // namespace pannier::daemon
