// TLS on one connection, without the connection: bytes that came go in, bytes to be sent come out, and the
// caller moves both. Users: http_connection only. Threads: one.
// Bounded: holds what was given to it and not yet taken; a record has at most 16 KiB.
#pragma once
#include <openssl/types.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "net/tls_context.h"
#include "net/tls_failure.h"

namespace pannier::net {

class TlsSession {
 public:
  enum class Step { more, done, failed };

  explicit TlsSession(std::shared_ptr<TlsContext> context);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  // Bytes from the peer are read into room(); then took() says how many.
  [[nodiscard]] std::array<char, 16384>& room() { return room_; }
  void took(std::size_t bytes);

  // more: output() is to be sent, then further bytes are wanted.
  Step shake_hands();
  // Plain bytes that came, at most `size`; 0: none for now, or none any more (ended(), failure()).
  std::size_t decrypt(char* out, std::size_t size);
  void encrypt(std::string_view plain);  // REQUIRES: shake_hands() was done.
  // True where nothing is left to be read: the connection may serve another request.
  bool is_quiet();
  void say_goodbye();  // into output()

  [[nodiscard]] std::size_t output_size() const;
  void move_output_to(std::string& out);  // replaces it

  [[nodiscard]] bool ended() const { return ended_; }  // the peer has said goodbye
  [[nodiscard]] bool failed() const { return failure_.kind != TlsFailure::Kind::none; }
  [[nodiscard]] const TlsFailure& failure() const { return failure_; }

 private:
  void fail();
  std::shared_ptr<TlsContext> context_;
  SSL* ssl_;
  BIO* in_;   // ssl_'s
  BIO* out_;  // ssl_'s
  bool ended_ = false;
  std::string verification_;  // why the certificate was refused
  TlsFailure failure_;
  std::array<char, 16384> room_{};
};

}  // namespace pannier::net
