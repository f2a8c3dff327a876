#include "base/small_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/doubles/temporary_folder.h"

namespace pannier {
namespace {

class SmallFileTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string refusal() const {
    const auto secret = read_secret_file(path_, ::geteuid());
    return secret ? "" : secret.error().message;
  }
  void write(const std::string& text) const { doubles::write_file(path_, text); }

  doubles::TemporaryFolder folder_;
  std::string path_ = folder_ / "key";
};

TEST_F(SmallFileTest, AKeysWhiteSpaceAtTheEndsIsLeftOut) {
  write("  the-key \r\n\n");
  EXPECT_EQ(read_secret_file(path_, ::geteuid()).value().reveal(), "the-key");
}

TEST_F(SmallFileTest, AKeyFileThatIsMissingIsNamedWithItsCure) {
  EXPECT_EQ(refusal(), "cannot read " + path_ + " as uid " + std::to_string(::geteuid()) +
                           " (no such file or directory); write the file, or correct the path");
}

TEST_F(SmallFileTest, AnEmptyKeyFileIsRefused) {
  for (const char* nothing : {"", "\n", " \t\r\n"}) {
    write(nothing);
    EXPECT_EQ(refusal(), path_ + " is empty; write the key into it");
  }
}

TEST_F(SmallFileTest, AKeyMustBeOneLineOfPrintableAscii) {
  using std::string_literals::operator""s;
  for (const std::string& text :
       {"two\nlines"s, "two words"s, "a\rb"s, "nul\0byte"s, "k\xc3\xa9y"s, std::string(4097, 'k')}) {
    write(text);
    EXPECT_EQ(refusal(), path_ + " is not one key on one line; write nothing else into it") << text;
  }
}

TEST_F(SmallFileTest, AFolderOrPipeInAKeyFilesPlaceIsRefusedWithoutWaiting) {
  ASSERT_EQ(::mkdir(path_.c_str(), 0700), 0);
  EXPECT_EQ(refusal(), path_ + " is not a regular file; write one");
  ASSERT_EQ(::rmdir(path_.c_str()), 0);
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(refusal(), path_ + " is not a regular file; write one");
}

TEST_F(SmallFileTest, ALinkIsFollowedUnlessItIsNotWanted) {
  doubles::write_file(folder_ / "there", "the-key");
  ASSERT_EQ(::symlink("there", path_.c_str()), 0);
  EXPECT_EQ(refusal(), "");
  const auto secret = read_secret_file(path_, ::geteuid(), {}, Links::refused);
  ASSERT_FALSE(secret);
  EXPECT_EQ(secret.error().message, path_ + " is a link, which is not followed here; write a regular file");
  EXPECT_TRUE(read_secret_file(folder_ / "there", ::geteuid(), {}, Links::refused));
}

TEST_F(SmallFileTest, ReadsNothingBeyondItsBound) {
  write(std::string(100, 'x'));
  EXPECT_EQ(read_small_file(path_, 100, 0).value().text.size(), 100);
  EXPECT_EQ(read_small_file(path_, 99, 0).error().code, ErrorCode::limit);
}

}  // namespace
}  // namespace pannier
