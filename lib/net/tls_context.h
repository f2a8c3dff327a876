// How TLS is spoken with one backend: TLS 1.2 or newer, the roots that are trusted, the name that its
// certificate must bear, our own certificate, and the last session's ticket, so that the next handshake is
// short. Made when the configuration is read, so that a broken file is told of there; never while sending.
// Users: config (makes it), http_connection. Threads: make() any; tickets: the thread that sends.
// Cost: the system's roots take a megabyte and 20 ms once; a session about 40 KiB.
#pragma once
#include <openssl/types.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/secret.h"

struct ssl_session_st;

namespace pannier::net {

// A file's name, for messages, and its text.
struct Pem {
  std::string file, text;
};

struct TlsFiles {
  std::optional<Pem> ca;  // none: the system's roots
  std::optional<Pem> certificate;
  std::string private_key_file;
  Secret private_key;  // with a certificate only
  bool verify = true;  // false: any certificate will do
};

// Which file it is, and what to do.
struct TlsFault {
  enum class Of { ca, certificate, private_key };
  Of of = Of::ca;
  std::string what;
};

class TlsContext {
 public:
  // `host` as in a Url: a name or an IP address.
  static std::variant<std::shared_ptr<TlsContext>, TlsFault> make(const TlsFiles& files, std::string host);
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  ~TlsContext();

  [[nodiscard]] SSL* new_session();  // the caller's; with the last ticket, if there is one
  [[nodiscard]] const std::string& host() const { return host_; }
  [[nodiscard]] bool has_certificate() const { return has_certificate_; }

 private:
  explicit TlsContext(std::string host);
  std::optional<TlsFault> trust(const TlsFiles& files);
  std::optional<TlsFault> identify(const TlsFiles& files);
  void check_name();
  void keep_tickets();

  SSL_CTX* context_;
  ssl_session_st* ticket_ = nullptr;
  std::string host_;  // without a dot at its end
  bool is_address_ = false;
  bool has_certificate_ = false;
};

}  // namespace pannier::net
