// tls and proxy of a destination: files that are wrong are told of, the proxy is decided, warnings are given.
#include "tests/config/fixture.h"
#include "tests/doubles/certificates.h"

namespace pannier::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class WayTest : public ConfigTest {
 protected:
  // Malti at https://malti.example.com with what stands below it.
  static std::string malti(const std::string& below, const std::string& url = "https://malti.example.com") {
    return "deliver: { malti: { url: \"" + url + "\", keys: { a: k }, " + below + " } }";
  }
  // "proxy:3128", or "none".
  std::string proxy(const std::string& yaml) {
    const Loaded it = loaded(yaml);
    return it.settings.malti.way.proxy ? it.settings.malti.way.proxy->authority() : "none";
  }
  [[nodiscard]] doubles::Certificates certificates() const {
    doubles::Certificates made(path("certificates"));
    made.make({.name = "client"});
    return made;
  }
  static std::string files(const doubles::Certificates& of) {
    return "tls: { ca: \"" + of.ca() + "\", certificate: \"" + of.certificate("client") +
           "\", private_key: \"" + of.key("client") + "\" }";
  }
};

TEST_F(WayTest, HttpsIsReadyWithTheSystemsRoots) {
  const Loaded it = loaded(malti("timeout: 1s"));
  ASSERT_TRUE(it.settings.malti.way.tls);
  EXPECT_EQ(it.settings.malti.way.tls->host(), "malti.example.com");
  EXPECT_FALSE(it.settings.malti.way.tls->has_certificate());
  EXPECT_THAT(it.warnings, IsEmpty());
}

TEST_F(WayTest, HttpPreparesNoTls) {
  EXPECT_FALSE(loaded(malti("timeout: 1s", "http://localhost:8000")).settings.malti.way.tls);
}

TEST_F(WayTest, FilesAreRead) {
  const Loaded it = loaded(malti(files(certificates())));
  ASSERT_TRUE(it.settings.malti.way.tls);
  EXPECT_TRUE(it.settings.malti.way.tls->has_certificate());
}

TEST_F(WayTest, AFileThatIsNotThereIsNamedWithItsSetting) {
  EXPECT_THAT(
      mistakes(malti("tls: { ca: /nowhere/ca.pem }")),
      ElementsAre(HasSubstr("deliver.malti.tls.ca: cannot read /nowhere/ca.pem as uid 1000 (no such file")));
  EXPECT_THAT(mistakes(malti("tls: { certificate: /nowhere/a.pem, private_key: /nowhere/a.key }")),
              ElementsAre(HasSubstr("deliver.malti.tls.certificate: cannot read"),
                          HasSubstr("deliver.malti.tls.private_key: cannot read")));
  EXPECT_THAT(mistakes(malti("tls: { ca: /dev/zero }")), ElementsAre(HasSubstr("not a regular file")));
}

TEST_F(WayTest, AFileThatIsNoCertificateIsNamedWithItsSettingAndPlace) {
  const std::string file = write("ca.pem", "hello");
  EXPECT_THAT(
      mistakes(malti("tls: { ca: \"" + file + "\" }")),
      ElementsAre(StartsWith("pannier.yaml:1:82: deliver.malti.tls.ca: ca.pem holds no certificate; write")));
}

TEST_F(WayTest, TheKeyOfAnotherCertificateIsNamed) {
  const doubles::Certificates made = certificates();
  std::string with = files(made);
  const std::string key = made.key("client");
  made.make({.name = "other"});
  with.replace(with.find(key), key.size(), made.key("other"));
  EXPECT_THAT(
      mistakes(malti(with)),
      ElementsAre(HasSubstr("deliver.malti.tls.private_key: certificates/other.key is not the key of")));
}

TEST_F(WayTest, ACertificateAndItsKeyBelongTogether) {
  EXPECT_THAT(mistakes(malti("tls: { certificate: /a }")),
              ElementsAre(HasSubstr("tls.certificate: has no key; write tls.private_key, too")));
  EXPECT_THAT(mistakes(malti("tls: { private_key: /a }")),
              ElementsAre(HasSubstr("tls.private_key: is of no use alone")));
}

TEST_F(WayTest, NotVerifyingIsWarnedOf) {
  EXPECT_THAT(loaded(malti("tls: { verify: false }")).warnings,
              ElementsAre(StartsWith(
                  "deliver.malti.tls.verify is false: whoever answers as https://malti.example.com "
                  "is believed")));
}

TEST_F(WayTest, TlsSettingsForPlainHttpAreWarnedOf) {
  EXPECT_THAT(loaded(malti("tls: { ca: /nowhere }", "http://localhost:8000")).warnings,
              ElementsAre("deliver.malti.tls.ca is without effect: the url is http://localhost:8000"));
}

TEST_F(WayTest, KeysOverPlainHttpToElsewhereAreWarnedOfAndOverTlsAreNot) {
  EXPECT_THAT(loaded(malti("timeout: 1s", "http://malti.example.com")).warnings,
              ElementsAre(HasSubstr("keys go unencrypted over http")));
  EXPECT_THAT(loaded(malti("timeout: 1s", "http://127.8.8.8:8000")).warnings, IsEmpty());
  EXPECT_THAT(loaded(malti("timeout: 1s")).warnings, IsEmpty());
}

TEST_F(WayTest, TheEnvironmentsProxyIsTakenUnlessTheFileSaysOtherwise) {
  environment({{"HTTPS_PROXY", "http://user:hunter2@env:3128"}, {"NO_PROXY", "inner.example"}});
  EXPECT_EQ(proxy(malti("timeout: 1s")), "env:3128");
  EXPECT_EQ(proxy(malti("proxy: env")), "env:3128");
  EXPECT_EQ(proxy(malti("proxy: none")), "none");
  EXPECT_EQ(proxy(malti("proxy: { url: http://own:8080 }")), "own:8080");
  EXPECT_EQ(proxy(malti("timeout: 1s", "https://malti.inner.example")), "none");
  EXPECT_EQ(proxy(malti("timeout: 1s", "http://malti.example.com")), "none");
  const Loaded it = loaded(malti("timeout: 1s"));
  EXPECT_EQ(it.settings.malti.way.proxy->auth.reveal(), "user:hunter2");
  EXPECT_THAT(it.notes, ElementsAre("deliver.malti goes through the proxy env:3128, as HTTPS_PROXY says"));
}

TEST_F(WayTest, AVariableThatIsNoProxyIsAMistakeThatShowsNoPassword) {
  environment({{"HTTPS_PROXY", "socks5://user:hunter2@env"}});
  const auto told = mistakes(malti("timeout: 1s"));
  EXPECT_THAT(
      told, ElementsAre(HasSubstr("deliver.malti.proxy: HTTPS_PROXY: a proxy is spoken to over plain HTTP")));
  EXPECT_THAT(told, ElementsAre(Not(HasSubstr("hunter2"))));
  EXPECT_THAT(mistakes(malti("proxy: none")), IsEmpty());
}

TEST_F(WayTest, TheHigherRankDecidesOfTheProxy) {
  environment({{"PANNIER__DELIVER__MALTI__PROXY", "none"}});
  EXPECT_EQ(proxy(malti("proxy: { url: http://own:8080 }")), "none");
  environment({{"PANNIER__DELIVER__MALTI__PROXY__URL", "http://variable:1"}});
  EXPECT_EQ(proxy(malti("proxy: none")), "variable:1");
}

TEST_F(WayTest, AProxysUserAndPasswordComeFromAFile) {
  const std::string file = write("auth", "user:hunter2\n");
  const Loaded it = loaded(malti("proxy: { url: http://own:8080, auth: { file: \"" + file + "\" } }"));
  ASSERT_TRUE(it.settings.malti.way.proxy);
  EXPECT_EQ(it.settings.malti.way.proxy->auth.reveal(), "user:hunter2");
  EXPECT_EQ(without_folder(origin(it, "deliver.malti.proxy.auth")->value), "*** in auth");
  EXPECT_EQ(origin(it, "deliver.malti.proxy")->value, "url");
}

TEST_F(WayTest, AProxysMistakesAreNamed) {
  EXPECT_THAT(mistakes(malti("proxy: { url: https://own }")),
              ElementsAre(HasSubstr("deliver.malti.proxy.url: a proxy is spoken to over plain HTTP")));
  EXPECT_THAT(mistakes(malti("proxy: { url: \"http://a:hunter2@own\" }")),
              ElementsAre(HasSubstr("user and password have no place in a URL")));
  EXPECT_THAT(mistakes(malti("proxy: { url: http://own, auth: \"hunter2\" }")),
              ElementsAre(HasSubstr("deliver.malti.proxy.auth: is not user:password")));
  EXPECT_THAT(mistakes(malti("proxy: { auth: \"a:hunter2\" }")),
              ElementsAre(HasSubstr("deliver.malti.proxy.auth: nothing says whose; write proxy.url, too")));
  EXPECT_THAT(mistakes(malti("proxy: { ulr: x }")), ElementsAre(HasSubstr("did you mean url?")));
  EXPECT_THAT(mistakes(malti("proxy: always")), ElementsAre(HasSubstr("\"always\" is not known here")));
  EXPECT_THAT(mistakes(malti("proxy: [x]")), ElementsAre(HasSubstr("expected a word, or settings below it")));
}

TEST_F(WayTest, AChangedPasswordOfTheProxyIsAChange) {
  const std::string with = malti("proxy: { url: http://own, auth: \"a:b\" }");
  const Loaded before = loaded(with);
  EXPECT_THAT(compare(before, loaded(malti("proxy: { url: http://own, auth: \"a:c\" }"))).applied,
              ElementsAre("deliver.malti.proxy.auth"));
  EXPECT_TRUE(compare(before, loaded(with)).empty());
}

TEST_F(WayTest, WhatIsOffNeedsNothing) {
  environment({{"HTTPS_PROXY", "socks5://env"}});
  EXPECT_THAT(mistakes("deliver: { local: { keep: 1h } }"), IsEmpty());
}

}  // namespace
}  // namespace pannier::config
