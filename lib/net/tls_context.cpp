#include "net/tls_context.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <filesystem>
#include <utility>

#include "base/text.h"
#include "net/tls_failure.h"

namespace pannier::net {
namespace {

template <auto Free>
struct FreedBy {
  template <typename Of>
  void operator()(Of* pointer) const {
    Free(pointer);
  }
};
using Bio = std::unique_ptr<BIO, FreedBy<BIO_free>>;
using Certificate = std::unique_ptr<X509, FreedBy<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, FreedBy<EVP_PKEY_free>>;

bool is_address(const std::string& host) {
  std::array<unsigned char, 16> bytes{};
  return ::inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

Bio reading(std::string_view text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// Nobody is asked for a password: the daemon has no terminal.
int no_password(char*, int, int, void* was_asked) {
  *static_cast<bool*>(was_asked) = true;
  return -1;
}

bool at_the_end() {
  const unsigned long last = ERR_peek_last_error();
  return ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE;
}

// Gives each certificate to `take`; the fault, or empty where there is at least one and none is broken.
template <typename Take>
std::string each_certificate(const Pem& pem, Take take) {
  ERR_clear_error();
  const Bio bio = reading(pem.text);
  int count = 0;
  while (const Certificate next{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
    ++count;
    if (!take(next.get(), count))
      return text::shown(pem.file) + ": OpenSSL does not take certificate " + std::to_string(count) +
             " in it; " + openssl_reason();
  }
  const bool whole = at_the_end();
  ERR_clear_error();
  if (!whole)
    return text::shown(pem.file) + ": certificate " + std::to_string(count + 1) +
           " in it is damaged; write it anew";
  if (count == 0)
    return text::shown(pem.file) +
           " holds no certificate; write it as PEM, from -----BEGIN CERTIFICATE----- on";
  return {};
}

// Of the system's roots; where OpenSSL looks for them can be moved by SSL_CERT_FILE and SSL_CERT_DIR.
bool has_roots(SSL_CTX* context) {
  if (sk_X509_OBJECT_num(X509_STORE_get0_objects(SSL_CTX_get_cert_store(context))) > 0) return true;
  std::error_code fault;
  return !std::filesystem::is_empty(X509_get_default_cert_dir(), fault) && !fault;
}

int keep_ticket(SSL* session, SSL_SESSION* ticket) {
  auto** slot = static_cast<SSL_SESSION**>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(session)));
  SSL_SESSION_free(std::exchange(*slot, ticket));
  return 1;  // it is ours now
}

}  // namespace

TlsContext::TlsContext(std::string host)
    : context_(SSL_CTX_new(TLS_client_method())), host_(std::move(host)) {
  if (host_.ends_with('.')) host_.pop_back();
  is_address_ = is_address(host_);
}

TlsContext::~TlsContext() {
  SSL_SESSION_free(ticket_);
  SSL_CTX_free(context_);
}

std::variant<std::shared_ptr<TlsContext>, TlsFault> TlsContext::make(const TlsFiles& files,
                                                                     std::string host) {
  std::shared_ptr<TlsContext> made(new TlsContext(std::move(host)));
  SSL_CTX* context = made->context_;
  if (context == nullptr) return TlsFault{TlsFault::Of::ca, "OpenSSL does not start: " + openssl_reason()};
  // The system's OpenSSL may be set to newer only.
  if (SSL_CTX_get_min_proto_version(context) < TLS1_2_VERSION)
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  if (auto fault = made->trust(files)) return std::move(*fault);
  if (auto fault = made->identify(files)) return std::move(*fault);
  if (files.verify) made->check_name();
  made->keep_tickets();
  return made;
}

std::optional<TlsFault> TlsContext::trust(const TlsFiles& files) {
  SSL_CTX_set_verify(context_, files.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE,
                     files.verify ? note_verification : nullptr);
  if (files.ca) {
    X509_STORE* store = SSL_CTX_get_cert_store(context_);
    std::string fault =
        each_certificate(*files.ca, [&](X509* ca, int) { return X509_STORE_add_cert(store, ca) == 1; });
    if (!fault.empty()) return TlsFault{TlsFault::Of::ca, std::move(fault)};
    // An intermediate CA, or the server's own certificate, may be all that is trusted.
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context_), X509_V_FLAG_PARTIAL_CHAIN);
    return {};
  }
  if (!files.verify) return {};
  SSL_CTX_set_default_verify_paths(context_);
  ERR_clear_error();
  if (has_roots(context_)) return {};
  return TlsFault{TlsFault::Of::ca, "this system has no root certificates (" +
                                        std::string(X509_get_default_cert_file()) +
                                        "); install ca-certificates, or name a file of your own"};
}

std::optional<TlsFault> TlsContext::identify(const TlsFiles& files) {
  if (!files.certificate) return {};
  std::string fault = each_certificate(*files.certificate, [&](X509* next, int count) {
    return count == 1 ? SSL_CTX_use_certificate(context_, next) == 1
                      : SSL_CTX_add1_chain_cert(context_, next) == 1;
  });
  if (!fault.empty()) return TlsFault{TlsFault::Of::certificate, std::move(fault)};
  const auto refuse = [&](const std::string& what) {
    ERR_clear_error();
    return TlsFault{TlsFault::Of::private_key, text::shown(files.private_key_file) + what};
  };
  bool was_asked = false;
  const Bio bio = reading(files.private_key.reveal());
  const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, &was_asked));
  if (was_asked)
    return refuse(" is locked with a password; write it without: openssl pkey -in FILE -out NEW");
  if (!key) return refuse(" holds no private key; write it as PEM, from -----BEGIN PRIVATE KEY----- on");
  if (SSL_CTX_use_PrivateKey(context_, key.get()) != 1)
    return refuse(" is not the key of " + text::shown(files.certificate->file));
  has_certificate_ = true;
  return {};
}

void TlsContext::check_name() {
  X509_VERIFY_PARAM* wanted = SSL_CTX_get0_param(context_);
  X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (is_address_)
    X509_VERIFY_PARAM_set1_ip_asc(wanted, host_.c_str());
  else
    X509_VERIFY_PARAM_set1_host(wanted, host_.data(), host_.size());
}

void TlsContext::keep_tickets() {
  SSL_CTX_set_app_data(context_, &ticket_);
  SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context_, keep_ticket);
}

SSL* TlsContext::new_session() {
  SSL* session = SSL_new(context_);
  if (session == nullptr) return nullptr;
  if (!is_address_) SSL_set_tlsext_host_name(session, host_.c_str());
  if (ticket_ == nullptr) return session;
  SSL_set_session(session, ticket_);
  // TLS 1.3 wants each ticket used once, TLS 1.2 gives no new one for it.
  if (SSL_SESSION_get_protocol_version(ticket_) >= TLS1_3_VERSION)
    SSL_SESSION_free(std::exchange(ticket_, nullptr));
  return session;
}

}  // namespace pannier::net
