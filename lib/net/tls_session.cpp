#include "net/tls_session.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <new>
#include <utility>

namespace pannier::net {

TlsSession::TlsSession(std::shared_ptr<TlsContext> context)
    : context_(std::move(context)),
      ssl_(context_->new_session()),
      in_(BIO_new(BIO_s_mem())),
      out_(BIO_new(BIO_s_mem())) {
  if (ssl_ == nullptr || in_ == nullptr || out_ == nullptr) throw std::bad_alloc();
  SSL_set_bio(ssl_, in_, out_);
  SSL_set_app_data(ssl_, &verification_);
  SSL_set_connect_state(ssl_);
}

TlsSession::~TlsSession() {
  // Else OpenSSL takes the session for a broken one and its ticket for worthless.
  SSL_set_shutdown(ssl_, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  SSL_free(ssl_);
}

void TlsSession::took(std::size_t bytes) {
  BIO_write(in_, room_.data(), static_cast<int>(bytes));
}

TlsSession::Step TlsSession::shake_hands() {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_);
  if (result == 1) return Step::done;
  if (SSL_get_error(ssl_, result) == SSL_ERROR_WANT_READ) return Step::more;
  fail();
  return Step::failed;
}

std::size_t TlsSession::decrypt(char* out, std::size_t size) {
  if (ended_ || failed()) return 0;
  ERR_clear_error();
  std::size_t bytes = 0;
  const int result = SSL_read_ex(ssl_, out, size, &bytes);
  if (result == 1) return bytes;
  const int what = SSL_get_error(ssl_, result);
  if (what == SSL_ERROR_ZERO_RETURN)
    ended_ = true;
  else if (what != SSL_ERROR_WANT_READ)
    fail();
  return 0;
}

void TlsSession::encrypt(std::string_view plain) {
  if (failed() || plain.empty()) return;
  ERR_clear_error();
  std::size_t bytes = 0;
  // Into memory, so all of it or an error.
  if (SSL_write_ex(ssl_, plain.data(), plain.size(), &bytes) != 1) fail();
}

bool TlsSession::is_quiet() {
  char byte = 0;
  return decrypt(&byte, 1) == 0 && !ended_ && !failed();
}

void TlsSession::say_goodbye() {
  ERR_clear_error();
  if (!failed() && SSL_is_init_finished(ssl_) == 1) SSL_shutdown(ssl_);
  ERR_clear_error();
}

std::size_t TlsSession::output_size() const {
  return BIO_ctrl_pending(out_);
}

void TlsSession::move_output_to(std::string& out) {
  out.resize(output_size());
  if (!out.empty()) BIO_read(out_, out.data(), static_cast<int>(out.size()));
}

void TlsSession::fail() {
  failure_ = failure_in_queue(context_->has_certificate());
  if (!verification_.empty()) failure_ = {TlsFailure::Kind::other, verification_};
}

}  // namespace pannier::net
