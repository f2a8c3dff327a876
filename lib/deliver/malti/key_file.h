// Reads a key from its file, at start (config) and again when it was refused (MaltiTransport).
// Threads: any that may block. Errors: io, with the file's name and the cause.
#pragma once
#include <string>

#include "base/error.h"
#include "base/secret.h"

namespace pannier::deliver::malti {

inline constexpr std::size_t longest_key_file = 64 * 1024;

// The file's text without white space around it; an empty one is an error.
Result<Secret> read_key_file(const std::string& path);

}  // namespace pannier::deliver::malti
