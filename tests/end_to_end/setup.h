// What most end-to-end tests begin and end with: a daemon in front of a scripted Malti, and its books.
// Threads: one.
#pragma once
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "tests/doubles/clients.h"
#include "tests/doubles/daemon_process.h"
#include "tests/doubles/records.h"
#include "tests/doubles/scripted_backend.h"

namespace pannier::end_to_end {

using namespace std::chrono_literals;
using namespace doubles;  // NOLINT: these tests speak of nothing else

// Long, because the sanitizers' builds share a busy machine; nothing waits for it where all is well.
inline constexpr Deadline patience = 60s;

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif
#else
inline constexpr bool sanitized = false;
#endif
// What the daemon may grow by where its buffers are bounded; sanitizers keep freed memory for a while.
inline constexpr std::uint64_t bounded_growth = (sanitized ? 400ULL : 24ULL) << 20U;

inline constexpr const char* orders = "/lanes/malti~1orders";
inline constexpr const char* users = "/lanes/malti~1users";

// A backend with keys for orders and users.
BackendOptions two_services();
// A configuration for it: all three sockets, small intervals, quick retries, one key a service.
std::string malti_config(const std::string& url);
DaemonOptions malti_options(const ScriptedBackend& backend, Environment environment = {});

// Sums over what a status says.
std::uint64_t over_listeners(const JsonDocument& status, const std::string& member);
std::uint64_t over_lanes(const JsonDocument& status, const std::string& member);

// Asks until the number at `pointer` is `value`; fails the test with the whole status otherwise.
void wait_for_number(const DaemonProcess& daemon, const std::string& pointer, std::uint64_t value);
// Until the lane's state is `state` (and `why` begins so).
void wait_for_state(const DaemonProcess& daemon, const std::string& lane, const std::string& state,
                    const std::string& why = "");
// Until so many lines were seen by all listeners together, those that the kernel dropped included.
void wait_for_lines(const DaemonProcess& daemon, std::uint64_t lines);
// Until no lane holds anything. The books must balance.
JsonDocument settled(const DaemonProcess& daemon);
void expect_balanced(const DaemonProcess& daemon);

// The log is written beside all else: what was done may stand there a moment later.
void expect_logged(const DaemonProcess& daemon, const std::string& words);

// Sends `count` numbered records from `first` on over a stream of its own; all are taken when it returns.
void send_records(const DaemonProcess& daemon, std::uint64_t first, std::uint64_t count,
                  Overrides overrides = {});

// The last line that is not empty.
std::string last_line(const std::string& text);

}  // namespace pannier::end_to_end
