// The key files of deliver.malti.keys_directory: one a service, by its file's name. Only regular files count,
// and only names that the folder's listing gave are opened: nothing that a record says makes a path.
// User: finish.cpp; daemon/key_files.cpp asks for names. Threads: at start and at reload; it blocks on the
// disk. Bounded: `most` files of 64 KiB, 4,096 names.
#pragma once
#include <sys/types.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/small_file.h"

namespace pannier::config {

struct KeysDirectory {
  std::string path;
  std::size_t most = 64;  // files
  uid_t uid = 0;          // for messages
  std::string cure;       // where reading is denied
};

struct KeyFiles {
  std::map<std::string, SecretSource, std::less<>> keys;  // by service
  std::vector<Error> mistakes;                            // each names the file and its cure
  std::vector<std::string> warnings;
};

// Files of the services in `but` are left alone: their keys stand in the configuration.
KeyFiles read_keys_directory(const KeysDirectory& directory,
                             const std::map<std::string, SecretSource, std::less<>>& but);

// A service's name, and none of the dot-files that editors and Kubernetes leave.
bool is_key_file_name(std::string_view name);

}  // namespace pannier::config
