#include "base/error.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <stdexcept>

namespace pannier {
namespace {

TEST(ErrorTest, TellsWhereItWasOnTheWayUp) {
  const Error error{ErrorCode::io, "is not writable"};
  const Error told = error.within("/var/spool").within("spool.path");
  EXPECT_EQ(told.message, "spool.path: /var/spool: is not writable");
  EXPECT_EQ(told.code, ErrorCode::io);
}

TEST(ErrorTest, EndsWithTheSystemsWords) {
  errno = ENOENT;
  const Error error = errno_error("cannot open x");
  EXPECT_EQ(error.message, "cannot open x (No such file or directory)");
  EXPECT_EQ(error.code, ErrorCode::io);
}

TEST(ErrorTest, AFailedResultReadAsAValueIsABug) {
  const Result<int> failed = Error{ErrorCode::limit, "too many"};
  EXPECT_FALSE(failed.has_value());
  EXPECT_THROW((void)failed.value(), std::logic_error);
}

}  // namespace
}  // namespace pannier
