// Why TLS failed, in words that tell a person what to do. Texts from certificates are hostile: whoever shows
// them escapes them. Users: tls_context, tls_session. Threads: any; OpenSSL keeps its errors by thread.
#pragma once
#include <openssl/types.h>

#include <string>
#include <string_view>

namespace pannier::net {

struct TlsFailure {
  enum class Kind { none, certificate_wanted, certificate_refused, not_tls, other };
  Kind kind = Kind::none;
  std::string what;  // "its certificate expired on 2026-01-01"
};

// The newest of OpenSSL's errors in its own words; clears them.
std::string openssl_reason();

// What OpenSSL's newest error means while speaking with a server; clears them.
TlsFailure failure_in_queue(bool has_certificate);

// What web servers say over HTTP (400) of TLS that is missing or of a certificate; empty where it is none of
// that.
std::string tls_complaint(std::string_view body);

// OpenSSL's verify callback: leaves the first fault of a chain, as text, in the std::string that is the
// session's app data.
int note_verification(int is_right, X509_STORE_CTX* chain);

}  // namespace pannier::net
