// Files that are no certificates and no keys are told of before anything is sent.
#include "net/tls_context.h"

#include <gmock/gmock.h>

#include "tests/net/tls_fixture.h"

namespace pannier::net::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TlsFault fault_of(const TlsFiles& files) {
  auto made = TlsContext::make(files, "malti.example.com");
  if (auto* fault = std::get_if<TlsFault>(&made)) return *fault;
  return {TlsFault::Of::ca, "no fault"};
}

TlsFiles with_ca(const std::string& text) {
  TlsFiles files;
  files.ca = Pem{"/etc/ca.pem", text};
  return files;
}

std::string good_ca() {
  return pem(certificates().ca()).text;
}

TEST(TlsContextTest, TakesSeveralCertificatesAndWordsBetweenThem) {
  EXPECT_EQ(fault_of(with_ca("# ours\n" + good_ca() + "\n# and yours\n" + good_ca() + "\n")).what,
            "no fault");
}

TEST(TlsContextTest, ACaFileWithoutACertificateIsNamed) {
  for (const std::string& text :
       {std::string(), std::string("hello\n"), pem(certificates().key("good")).text}) {
    const TlsFault fault = fault_of(with_ca(text));
    EXPECT_EQ(fault.of, TlsFault::Of::ca);
    EXPECT_THAT(fault.what, StartsWith("/etc/ca.pem holds no certificate; write it as PEM"));
  }
}

TEST(TlsContextTest, ADamagedCertificateIsNamedByItsNumber) {
  const std::string cut = good_ca().substr(0, good_ca().size() / 2);
  EXPECT_THAT(fault_of(with_ca(good_ca() + cut)).what,
              StartsWith("/etc/ca.pem: certificate 2 in it is damaged"));
  std::string changed = good_ca();
  changed[changed.size() / 2] = '!';
  EXPECT_THAT(fault_of(with_ca(changed)).what, StartsWith("/etc/ca.pem: certificate 1 in it is damaged"));
}

TEST(TlsContextTest, ACertificateWithItsKeyIsTaken) {
  EXPECT_EQ(fault_of(with_certificate("client")).what, "no fault");
}

TEST(TlsContextTest, TheKeyOfAnotherCertificateIsNamed) {
  TlsFiles files = with_certificate("client");
  files.private_key = Secret(pem(certificates().key("good")).text);
  const TlsFault fault = fault_of(files);
  EXPECT_EQ(fault.of, TlsFault::Of::private_key);
  EXPECT_THAT(fault.what, HasSubstr("client.key is not the key of "));
}

TEST(TlsContextTest, AFileWithoutAKeyIsNamed) {
  TlsFiles files = with_certificate("client");
  files.private_key = Secret(good_ca());
  EXPECT_THAT(fault_of(files).what, HasSubstr("client.key holds no private key"));
}

TEST(TlsContextTest, AKeyWithAPasswordIsNamedAndNobodyIsAsked) {
  TlsFiles files = with_certificate("client");
  const Scratch folder;
  const std::string locked = folder.path("locked.key");
  const std::string command =
      "openssl pkey -aes128 -passout pass:x -in " + files.private_key_file + " -out " + locked;
  ASSERT_EQ(std::system(command.c_str()), 0);
  files.private_key = Secret(pem(locked).text);
  EXPECT_THAT(fault_of(files).what, HasSubstr("client.key is locked with a password; write it without"));
}

}  // namespace
}  // namespace pannier::net::test
