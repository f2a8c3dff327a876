#include "net/tls_failure.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstdio>
#include <ctime>
#include <memory>

namespace pannier::net {
namespace {

constexpr std::size_t longest_name = 60;  // of what stands in a certificate
constexpr int most_names = 3;

std::string cut(std::string text) {
  if (text.size() > longest_name) text.resize(longest_name);
  return text;
}

std::string day(const ASN1_TIME* time) {
  std::tm parts{};
  std::array<char, 32> out{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return "?";
  std::snprintf(out.data(), out.size(), "%04d-%02d-%02d", parts.tm_year + 1900, parts.tm_mon + 1,
                parts.tm_mday);
  return out.data();
}

std::string text_of(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

std::string common_name(const X509_NAME* name) {
  const int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  if (at < 0) return "no name";
  return cut(text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at))));
}

std::string address_of(const ASN1_OCTET_STRING* bytes) {
  std::array<char, INET6_ADDRSTRLEN> out{};
  const int family = ASN1_STRING_length(bytes) == 4 ? AF_INET : AF_INET6;
  if (ASN1_STRING_length(bytes) != 4 && ASN1_STRING_length(bytes) != 16) return "?";
  ::inet_ntop(family, ASN1_STRING_get0_data(bytes), out.data(), out.size());
  return out.data();
}

// "a.example, b.example": what the certificate is for.
std::string names_of(X509* certificate) {
  const auto free = [](GENERAL_NAMES* names) { GENERAL_NAMES_free(names); };
  const std::unique_ptr<GENERAL_NAMES, decltype(free)> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
      free);
  std::string list;
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()) && i < most_names; ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DNS && name->type != GEN_IPADD) continue;
    list.append(list.empty() ? "" : ", ");
    list.append(name->type == GEN_DNS ? cut(text_of(name->d.dNSName)) : address_of(name->d.iPAddress));
  }
  return list.empty() ? common_name(X509_get_subject_name(certificate)) : list;
}

// "its certificate", or whose it is above that in the chain.
std::string whose(X509* certificate, int depth) {
  if (depth == 0) return "its certificate";
  return "the certificate of its CA " + common_name(X509_get_subject_name(certificate));
}

std::string verification_text(int code, X509* at, int depth) {
  switch (code) {
    case X509_V_ERR_CERT_HAS_EXPIRED: return whose(at, depth) + " expired on " + day(X509_get0_notAfter(at));
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return whose(at, depth) + " is valid from " + day(X509_get0_notBefore(at)) +
             " only; is this host's clock right?";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH: return "its certificate is for another name: " + names_of(at);
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return "its certificate is self-signed; if it is yours, name it in tls.ca";
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return "its certificate is signed by an unknown CA (" + common_name(X509_get_issuer_name(at)) +
             "); name that CA's certificate in tls.ca";
    default: return whose(at, depth) + " is refused (" + X509_verify_cert_error_string(code) + ")";
  }
}

TlsFailure certificate_failure(bool has_certificate, const std::string& reason) {
  if (!has_certificate)
    return {TlsFailure::Kind::certificate_wanted,
            "it wants a client certificate; set tls.certificate and tls.private_key"};
  return {TlsFailure::Kind::certificate_refused, "it refuses our client certificate (" + reason + ")"};
}

}  // namespace

std::string openssl_reason() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : "no reason given";
}

TlsFailure failure_in_queue(bool has_certificate) {
  // The first: those behind it are its consequences.
  const unsigned long code = ERR_peek_error();
  const char* words = ERR_reason_error_string(code);
  const std::string reason = words != nullptr ? words : "no reason given";
  ERR_clear_error();
  switch (ERR_GET_REASON(code)) {
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED: return certificate_failure(has_certificate, reason);
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
      return {TlsFailure::Kind::other,
              "it ended the handshake (" + reason +
                  "): it may want a client certificate, or shares no cipher with us"};
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
    case SSL_R_BAD_PROTOCOL_VERSION_NUMBER:
      return {TlsFailure::Kind::other, "it speaks no TLS 1.2 or newer (" + reason + ")"};
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
    case SSL_R_BAD_RECORD_TYPE:
    case SSL_R_UNEXPECTED_MESSAGE:
      return {TlsFailure::Kind::not_tls, "what answers there is not TLS (" + reason + ")"};
    case SSL_R_TLSV1_UNRECOGNIZED_NAME: return {TlsFailure::Kind::other, "it does not know this name"};
    default: return {TlsFailure::Kind::other, reason};
  }
}

std::string tls_complaint(std::string_view body) {
  // nginx's, Apache's and Go's words.
  const auto says = [&](std::string_view words) { return body.find(words) != std::string_view::npos; };
  if (says("No required SSL certificate was sent"))
    return "it wants a client certificate; set tls.certificate and tls.private_key";
  if (says("The SSL certificate error")) return "it refuses our client certificate";
  if (says("plain HTTP request was sent to HTTPS port") || says("speaking plain HTTP to an SSL-enabled") ||
      says("Client sent an HTTP request to an HTTPS server"))
    return "it speaks TLS; write https:// in the url";
  return {};
}

int note_verification(int is_right, X509_STORE_CTX* chain) {
  if (is_right == 1) return 1;
  const auto* session =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* note = static_cast<std::string*>(SSL_get_app_data(session));
  X509* at = X509_STORE_CTX_get_current_cert(chain);
  if (note != nullptr && note->empty() && at != nullptr)
    *note = verification_text(X509_STORE_CTX_get_error(chain), at, X509_STORE_CTX_get_error_depth(chain));
  return 0;
}

}  // namespace pannier::net
