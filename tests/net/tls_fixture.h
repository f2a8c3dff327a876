// Servers with certificates of every kind, and a client that trusts the test's CA or does not.
#pragma once
#include <openssl/ssl.h>

#include <fstream>
#include <sstream>

#include "tests/doubles/certificates.h"
#include "tests/net/client_fixture.h"
#include "tests/net/scratch.h"

namespace pannier::net::test {

// Made once for all tests of this process.
inline const doubles::Certificates& certificates() {
  static const Scratch folder;
  static const doubles::Certificates made = [] {
    doubles::Certificates certificates(folder.path("certificates"));
    certificates.make({.name = "good"});
    certificates.make({.name = "client"});
    certificates.make({.name = "expired", .until = "20200102000000Z"});
    certificates.make({.name = "early", .from = "20980101000000Z"});
    certificates.make({.name = "elsewhere", .subject = "DNS:other.example,DNS:*.more.example,IP:192.0.2.1"});
    certificates.make({.name = "selfmade", .self_signed = true});
    return certificates;
  }();
  return made;
}

inline Pem pem(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return {file, text.str()};
}

inline TlsFiles trusting_the_ca() {
  TlsFiles files;
  files.ca = pem(certificates().ca());
  return files;
}

inline TlsFiles with_certificate(const std::string& name) {
  TlsFiles files = trusting_the_ca();
  files.certificate = pem(certificates().certificate(name));
  files.private_key_file = certificates().key(name);
  files.private_key = Secret(pem(files.private_key_file).text);
  return files;
}

inline std::shared_ptr<TlsContext> context_of(const TlsFiles& files, const std::string& host = "127.0.0.1") {
  auto made = TlsContext::make(files, host);
  if (auto* context = std::get_if<std::shared_ptr<TlsContext>>(&made)) return *context;
  ADD_FAILURE() << std::get<TlsFault>(made).what;
  return nullptr;
}

// A server's side of TLS.
class TlsServerSide {
 public:
  explicit TlsServerSide(const std::string& certificate = "good")
      : context_(SSL_CTX_new(TLS_server_method())) {
    SSL_CTX_use_certificate_chain_file(context_, certificates().certificate(certificate).c_str());
    SSL_CTX_use_PrivateKey_file(context_, certificates().key(certificate).c_str(), SSL_FILETYPE_PEM);
  }
  ~TlsServerSide() { SSL_CTX_free(context_); }
  TlsServerSide(const TlsServerSide&) = delete;
  TlsServerSide& operator=(const TlsServerSide&) = delete;

  TlsServerSide& only(int version) {
    SSL_CTX_set_min_proto_version(context_, version);
    SSL_CTX_set_max_proto_version(context_, version);
    if (version < TLS1_2_VERSION) SSL_CTX_set_cipher_list(context_, "ALL:@SECLEVEL=0");
    return *this;
  }
  TlsServerSide& demands_certificate() {
    SSL_CTX_load_verify_file(context_, certificates().ca().c_str());
    SSL_CTX_set_verify(context_, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    return *this;
  }
  [[nodiscard]] SSL_CTX* get() const { return context_; }

  // Answers every request of a connection the same way.
  [[nodiscard]] ScriptedServer::Script always(std::string answer) const {
    return [this, answer = std::move(answer)](Peer& peer) {
      if (!peer.accept_tls(context_)) return;
      while (!peer.read_request().empty() && peer.send(answer)) {
      }
    };
  }

 private:
  SSL_CTX* context_;
};

// A client of https://127.0.0.1:port.
struct TlsClientFixture : ClientFixture {
  explicit TlsClientFixture(std::uint16_t port, const TlsFiles& files = trusting_the_ca())
      : ClientFixture(port) {
    options.url.scheme = "https";
    options.tls = context_of(files);
  }
  // The same server under another name.
  void call_it(const std::string& host, const TlsFiles& files = trusting_the_ca()) {
    options.url.host = host;
    options.tls = context_of(files, host);
  }
};

}  // namespace pannier::net::test
