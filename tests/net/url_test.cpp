#include "net/url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pannier::net {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string message(std::string_view text) {
  const auto url = parse_url(text);
  return url ? "no error" : url.error().message;
}

TEST(UrlTest, HasItsParts) {
  EXPECT_EQ(parse_url("http://Malti.Example.com:8000/a/b/").value(),
            (Url{"http", "malti.example.com", 8000, "/a/b"}));
  EXPECT_EQ(parse_url("HTTPS://malti.example.com").value(), (Url{"https", "malti.example.com", 443, ""}));
  EXPECT_EQ(parse_url("http://localhost/").value(), (Url{"http", "localhost", 80, ""}));
  EXPECT_EQ(parse_url("http://localhost:/").value().port, 80);
  EXPECT_EQ(parse_url("http://h/a%20b").value().path, "/a%20b");
}

TEST(UrlTest, KnowsIpv6) {
  const auto url = parse_url("http://[::1]:8000/x").value();
  EXPECT_EQ(url, (Url{"http", "::1", 8000, "/x"}));
  EXPECT_EQ(url.authority(), "[::1]:8000");
  EXPECT_EQ(url.str(), "http://[::1]:8000/x");
}

TEST(UrlTest, TellsANameThatBeginsLikeAnAddressFromAnAddress) {
  EXPECT_EQ(parse_url("http://10.0.0.1:80/x").value(), (Url{"http", "10.0.0.1", 80, "/x"}));
  EXPECT_EQ(parse_url("http://10.0.0.1.nip.io/x").value(), (Url{"http", "10.0.0.1.nip.io", 80, "/x"}));
}

TEST(UrlTest, LeavesTheUsualPortOutOfItsAuthority) {
  EXPECT_EQ(parse_url("http://h:80").value().authority(), "h");
  EXPECT_EQ(parse_url("https://h:443").value().authority(), "h");
  EXPECT_EQ(parse_url("http://h:443").value().authority(), "h:443");
}

TEST(UrlTest, WithoutASchemeIsToldWhatToWrite) {
  EXPECT_EQ(message("malti.example.com"),
            "\"malti.example.com\" has no scheme; write https://malti.example.com");
  EXPECT_EQ(message("localhost:8000"), "\"localhost:8000\" has no scheme; write http://localhost:8000");
  EXPECT_THAT(message(""), HasSubstr("has no scheme"));
}

TEST(UrlTest, WithUserAndPasswordIsAnErrorThatDoesNotShowThem) {
  EXPECT_EQ(
      message("https://me:hunter2@malti.example.com/x"),
      "user and password can't stand in a URL; write https://malti.example.com and give the key by itself");
  for (const auto* text : {"https://me:hunter2@malti example.com", "me:hunter2@malti.example.com",
                           "https://me:hunter2@h:99999", "ftp://me:hunter2@h", "https://me:hunter2@"})
    EXPECT_THAT(message(text), Not(HasSubstr("hunter2"))) << text;
}

TEST(UrlTest, ThatIsNoneIsAnError) {
  EXPECT_THAT(message("ftp://h"), HasSubstr("write http:// or https://"));
  EXPECT_THAT(message("http://"), HasSubstr("names no host"));
  EXPECT_THAT(message("http://:80"), HasSubstr("names no host"));
  EXPECT_THAT(message("http://h:0"), HasSubstr("1 to 65535"));
  EXPECT_THAT(message("http://h:65536"), HasSubstr("1 to 65535"));
  EXPECT_THAT(message("http://h:99999"), HasSubstr("1 to 65535"));
  EXPECT_THAT(message("http://h:80a"), HasSubstr("is no URL"));
  EXPECT_THAT(message("http://h:80:90/"), HasSubstr("is no URL"));
  EXPECT_THAT(message("http://[::1]x/"), HasSubstr("is no URL"));
  EXPECT_THAT(message("http://[::1"), HasSubstr("is no URL"));
  EXPECT_THAT(message("http://h/a b"), HasSubstr("is no URL"));
  EXPECT_THAT(message("http://h?x=1"), HasSubstr("leave out"));
  EXPECT_THAT(message("http://h/#x"), HasSubstr("leave out"));
  EXPECT_THAT(message("http://a%0d%0aX:80"), HasSubstr("can't hold an escape"));
  EXPECT_THAT(message("http://h\n"), HasSubstr("\\n"));
}

}  // namespace
}  // namespace pannier::net
