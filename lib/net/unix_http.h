// One HTTP request over a Unix socket, blocking: how our own commands talk to the daemon.
// Users: daemon's subcommands. Threads: any. Waits at most `timeout` in all.
// Errors: a sentence that names the path and what to do; unavailable where nobody answers.
#pragma once
#include <chrono>
#include <string>
#include <string_view>

#include "base/error.h"
#include "net/http_answer.h"

namespace pannier::net {

// An answer of over 64 MiB is an error.
Result<HttpAnswer> unix_request(const std::string& socket_path, std::string_view method,
                                std::string_view target, std::string_view body,
                                std::chrono::milliseconds timeout);

}  // namespace pannier::net
