// receive.http: Malti's own ingest.
#include "tests/config/fixture.h"

namespace pannier::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class HttpSettingsTest : public ConfigTest {};

TEST_F(HttpSettingsTest, IsOffUntilItIsNamedAndThenOnLoopback) {
  EXPECT_FALSE(loaded("{}").settings.receive.http.enabled);
  const receive::HttpOptions http = loaded("receive: { http: { hosts: [] } }").settings.receive.http;
  EXPECT_TRUE(http.enabled);
  EXPECT_EQ(http.address, "127.0.0.1:4318");
  EXPECT_FALSE(http.process);
  EXPECT_FALSE(loaded("receive: { http: off }").settings.receive.http.enabled);
}

TEST_F(HttpSettingsTest, HoldsTheKeysThatSendersMustShow) {
  const std::string file = write("orders", "from-a-file");
  const auto keys =
      loaded("receive: { http: { malti: { keys: { orders: { file: \"" + file + "\" }, users: inline } } } }")
          .settings.receive.http.keys;
  EXPECT_EQ(keys.at("orders").secret.reveal(), "from-a-file");
  EXPECT_EQ(keys.at("users").secret.reveal(), "inline");
}

TEST_F(HttpSettingsTest, AKeyOfTwoServicesSaysWhoseItIs) {
  EXPECT_THAT(mistakes("receive: { http: { malti: { keys: { orders: same, users: same } } } }"),
              ElementsAre(HasSubstr("receive.http.malti.keys.users: is the key of orders, too")));
}

TEST_F(HttpSettingsTest, NamesAndOriginsAreCheckedAndLowered) {
  const receive::HttpOptions http =
      loaded("receive: { http: { hosts: [Pannier.Example], origins: [\"https://App.Example:8443\"] } }")
          .settings.receive.http;
  EXPECT_THAT(http.hosts, ElementsAre("pannier.example"));
  EXPECT_THAT(http.origins, ElementsAre("https://app.example:8443"));
  for (const char* origin : {"app.example", "https://", "ftp://a", "https://a/b", "https://a:b"})
    EXPECT_THAT(mistakes("receive: { http: { origins: [\"" + std::string(origin) + "\"] } }"),
                ElementsAre(HasSubstr("is not an origin; write https://app.example.com")))
        << origin;
}

TEST_F(HttpSettingsTest, BeyondLoopbackMustBeAllowed) {
  EXPECT_THAT(mistakes("receive: { http: { address: \"0.0.0.0:4318\" } }"),
              ElementsAre(HasSubstr("receive.http.address")));
  EXPECT_TRUE(loaded("receive: { http: { address: \"0.0.0.0:4318\", allow_remote: true } }")
                  .settings.receive.http.allow_remote);
}

TEST_F(HttpSettingsTest, ABackendThatLeadsBackHereIsAMistake) {
  EXPECT_THAT(mistakes("{ receive: { http: { address: \"127.0.0.1:8000\" } }, deliver: { malti: { url: "
                       "\"http://localhost:8000\", keys: { a: k } } } }"),
              ElementsAre(HasSubstr("deliver.malti.url: leads to pannier itself (receive.http.address)")));
}

TEST_F(HttpSettingsTest, SharesItsAddressWithNobody) {
  EXPECT_THAT(mistakes("{ receive: { http: { address: \"127.0.0.1:6000\" } }, observe: { address: "
                       "\"127.0.0.1:6000\" } }"),
              ElementsAre(HasSubstr("observe.address: is the address of receive.http, too")));
}

TEST_F(HttpSettingsTest, IsEnoughAsTheOnlyListener) {
  EXPECT_TRUE(loaded("receive: { unix_stream: off, unix_datagram: off, http: { hosts: [] } }")
                  .settings.receive.http.enabled);
}

}  // namespace
}  // namespace pannier::config
