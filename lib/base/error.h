// What went wrong, as a value: a code for programs and a sentence for the person at three in the morning.
// Used by every room. Threads: plain values.
#pragma once
#include <boost/system/result.hpp>
#include <string>
#include <string_view>

namespace pannier {

// The numbers never change; retired ones stay as comments.
enum class ErrorCode {
  invalid = 1,      // the input is wrong; the message names the place and the cure
  io = 2,           // the operating system refused; the message ends with its words
  in_use = 3,       // an address, a file or a lock is held by somebody else
  unavailable = 4,  // nobody answers
  not_built = 5,    // a setting of a part that is not built yet
  limit = 6,        // a bound was reached
};

struct Error {
  ErrorCode code{};
  std::string message;  // "spool.path: /var/lib/pannier is not writable (Permission denied)"

  // The same error, told from one level further up: "where: message".
  [[nodiscard]] Error within(std::string_view where) const;
};

// An `io` error whose sentence ends with errno's words. Reads errno: call it at once.
[[nodiscard]] Error errno_error(std::string_view what);

[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& where);

template <typename T>
using Result = boost::system::result<T, Error>;

}  // namespace pannier
