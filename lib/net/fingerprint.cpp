#include "net/fingerprint.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

namespace pannier::net {

std::string fingerprint(std::string_view key, std::span<const std::uint8_t> salt) {
  constexpr std::size_t told_bytes = 4;
  constexpr std::string_view figures = "0123456789abcdef";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  HMAC(EVP_sha256(), salt.data(), static_cast<int>(salt.size()),
       reinterpret_cast<const unsigned char*>(key.data()), key.size(), digest.data(), &size);
  std::string text;
  for (std::size_t i = 0; i < told_bytes; ++i) {
    text += figures[digest[i] >> 4U];
    text += figures[digest[i] & 0xfU];
  }
  return text;
}

}  // namespace pannier::net
