// One question to the running daemon over its control socket. Users: status, health, reload. Threads: one;
// waits at most `timeout`. Errors: a sentence with its cure; invalid where the socket's place is wrong.
#pragma once
#include <chrono>
#include <string_view>

#include "daemon/commands/invocation.h"
#include "net/http_answer.h"

namespace pannier::daemon::commands {

// An answer that says that we may not ask is an error, too.
Result<net::HttpAnswer> ask(const Invocation& invocation, std::string_view method, std::string_view target,
                            std::chrono::milliseconds timeout, std::string_view body = {});

// For an answer that nothing else is known about.
Error unexpected(const net::HttpAnswer& answer);

}  // namespace pannier::daemon::commands
