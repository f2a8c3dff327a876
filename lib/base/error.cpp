#include "base/error.h"

#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace pannier {

Error Error::within(std::string_view where) const {
  return {code, std::string(where).append(": ").append(message)};
}

Error errno_error(std::string_view what) {
  const int number = errno;
  return {ErrorCode::io,
          std::string(what).append(" (").append(std::generic_category().message(number)).append(")")};
}

void throw_exception_from_error(const Error& error, const boost::source_location&) {
  throw std::logic_error("a failed Result was read as a value: " + error.message);
}

}  // namespace pannier
