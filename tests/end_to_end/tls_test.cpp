// TLS as an operator meets it: a real nginx, each thing that can be wrong with it, its line and its cure.
#include "tests/end_to_end/tls_setup.h"

namespace pannier::end_to_end {
namespace {

TEST(TlsTest, RecordsArriveOverTls) {
  TlsMalti malti;
  DaemonProcess daemon(malti.options(malti.url("good")));
  ASSERT_TRUE(daemon.start());
  send_records(daemon, 0, 5000);
  expect_cured(daemon, malti.backend(), 5000);
  EXPECT_EQ(daemon.status_json().string(std::string(orders) + "/state"), "healthy");
  EXPECT_FALSE(daemon.status_json().has("/warnings/0"));
}

// What is wrong with the way, what is said of it, and the members and server that mend it.
struct Trouble {
  std::string name, server, members, why, cured_server, cured_members;
};

class TlsTrouble : public testing::TestWithParam<Trouble> {};

TEST_P(TlsTrouble, HasItsOwnLineAndItsCureDeliversAll) {
  const auto& [name, server, members, why, cured_server, cured_members] = GetParam();
  TlsMalti malti;
  const auto filled = [&](std::string text) {
    const std::string mark = "@certificates@";
    for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark))
      text.replace(at, mark.size(), std::filesystem::path(malti.certificates().ca()).parent_path().string());
    return text;
  };
  DaemonProcess daemon(malti.options(malti.url(server), filled(members)));
  ASSERT_TRUE(daemon.start());
  send_records(daemon, 0, 1000);
  expect_trouble(daemon, "no answer (TLS with 127.0.0.1:" + std::to_string(malti.port(server)) + ": " + why);
  daemon.write_config(malti.config(malti.url(cured_server), filled(cured_members)));
  EXPECT_EQ(daemon.reload().exit_code, 0);
  expect_cured(daemon, malti.backend(), 1000);
}

const std::string client_pair =
    "tls: { ca: @certificates@/ca.pem, certificate: @certificates@/client.pem, "
    "private_key: @certificates@/client.key }";

INSTANTIATE_TEST_SUITE_P(
    All, TlsTrouble,
    testing::Values(
        Trouble{"UnknownCa", "good", "tls: { ca: system }",
                "its certificate is signed by an unknown CA (Test CA); name that CA's certificate in tls.ca",
                "good", ""},
        Trouble{"WrongName", "elsewhere", "", "its certificate is for another name: other.test", "elsewhere",
                "tls: { verify: false }"},
        Trouble{"Expired", "expired", "", "its certificate expired on 2020-01-02", "good", ""},
        Trouble{"NotYetValid", "early", "", "its certificate is valid from 2098-01-01 only", "good", ""},
        Trouble{"SelfSigned", "selfmade", "",
                "its certificate is self-signed; if it is yours, name it in tls.ca", "selfmade",
                "tls: { ca: @certificates@/selfmade.pem }"},
        Trouble{"OnlyOldTls", "old", "", "it speaks no TLS 1.2 or newer", "good", ""}),
    [](const auto& trouble) { return trouble.param.name; });

TEST(TlsTest, AnNginxThatDemandsACertificateLosesNothing) {
  TlsMalti malti;
  DaemonProcess daemon(malti.options(malti.url("demanding")));
  ASSERT_TRUE(daemon.start());
  send_records(daemon, 0, 1000);
  // nginx shakes hands and then answers 400, which else makes dead letters.
  expect_trouble(daemon, "no answer (127.0.0.1:" + std::to_string(malti.port("demanding")) +
                             ": it wants a client certificate; set tls.certificate and tls.private_key)");
  const Certificates& files = malti.certificates();
  daemon.write_config(
      malti.config(malti.url("demanding"), "tls: { ca: \"" + files.ca() + "\", certificate: \"" +
                                               files.certificate("client") + "\", private_key: \"" +
                                               files.key("client") + "\" }"));
  EXPECT_EQ(daemon.reload().exit_code, 0);
  expect_cured(daemon, malti.backend(), 1000);
}

TEST(TlsTest, ACertificateThatIsRenewedOnTheServerIsTakenWithoutAReload) {
  TlsMalti malti;
  DaemonProcess daemon(malti.options(malti.url("expired")));
  ASSERT_TRUE(daemon.start());
  send_records(daemon, 0, 100);
  expect_trouble(daemon, "no answer (TLS with 127.0.0.1:" + std::to_string(malti.port("expired")) +
                             ": its certificate expired");
  malti.certificates().make({.name = "expired"});
  malti.nginx().reload();
  expect_cured(daemon, malti.backend(), 100);
}

TEST(TlsTest, PlainHttpToAPortOfTlsSaysSoAndLosesNothing) {
  TlsMalti malti;
  const std::string port = std::to_string(malti.port("good"));
  DaemonOptions options;
  options.config = malti_config("http://127.0.0.1:" + port);
  DaemonProcess daemon(options);
  ASSERT_TRUE(daemon.start());
  send_records(daemon, 0, 100);
  expect_trouble(daemon, "no answer (127.0.0.1:" + port + ": it speaks TLS; write https:// in the url)");
  daemon.write_config(malti.config(malti.url("good")));
  EXPECT_EQ(daemon.reload().exit_code, 0);
  expect_cured(daemon, malti.backend(), 100);
}

TEST(TlsTest, ANameThatIsUnknownIsNamed) {
  TlsMalti malti;
  const std::string nobody(70, 'a');  // longer than a name may be: no name server is asked
  DaemonProcess daemon(malti.options("https://" + nobody));
  ASSERT_TRUE(daemon.start());
  send_records(daemon, 0, 100);
  expect_trouble(daemon, "no answer (look up " + nobody + ": Host not found");
  daemon.write_config(malti.config(malti.url("good", "localhost")));
  EXPECT_EQ(daemon.reload().exit_code, 0);
  expect_cured(daemon, malti.backend(), 100);
}

TEST(TlsTest, AReloadWithABrokenFileChangesNothing) {
  TlsMalti malti;
  DaemonProcess daemon(malti.options(malti.url("good"), "tls: { ca: \"@folder@/ca.pem\" }"));
  write_file(daemon.folder() / "ca.pem", read_file(malti.certificates().ca()));
  ASSERT_TRUE(daemon.start());
  send_records(daemon, 0, 100);
  write_file(daemon.folder() / "ca.pem", "-----BEGIN CERTIFICATE-----\nMIIB");
  const std::string told = "deliver.malti.tls.ca: " + (daemon.folder() / "ca.pem").string() +
                           ": certificate 1 in it is damaged; write it anew";
  const CommandResult reload = daemon.reload();
  EXPECT_NE(reload.exit_code, 0);
  EXPECT_NE((reload.output + reload.error).find(told), std::string::npos) << reload.output << reload.error;
  const CommandResult validate = daemon.command({"validate", daemon.config_path()});
  EXPECT_EQ(validate.exit_code, 2);
  EXPECT_NE((validate.output + validate.error).find(told), std::string::npos)
      << validate.output << validate.error;
  send_records(daemon, 100, 100);
  expect_cured(daemon, malti.backend(), 200);
}

TEST(TlsTest, NotVerifyingIsWarnedOfInLogAndStatus) {
  TlsMalti malti;
  DaemonProcess daemon(malti.options(malti.url("elsewhere"), "tls: { verify: false }"));
  ASSERT_TRUE(daemon.start());
  send_records(daemon, 0, 100);
  expect_cured(daemon, malti.backend(), 100);
  const std::string told = "deliver.malti.tls.verify is false: whoever answers as ";
  EXPECT_TRUE(daemon.status_json().string("/warnings/0").starts_with(told)) << daemon.status_json().text();
  EXPECT_NE(daemon.command({"status", "--control", daemon.control_path()}).output.find("warning: " + told),
            std::string::npos);
  expect_logged(daemon, told);
}

}  // namespace
}  // namespace pannier::end_to_end
