// Certificates of every kind, made by the openssl command in a folder of the test: a CA, and what it or
// nobody has signed. Users: tests of TLS. Threads: a plain value.
#pragma once
#include <filesystem>
#include <string>

namespace pannier::doubles {

struct CertificateWish {
  std::string name;                                           // the files' name, and the common name
  std::string subject = "DNS:localhost,IP:127.0.0.1,IP:::1";  // subjectAltName
  std::string from = "20200101000000Z", until = "20991231000000Z";
  bool self_signed = false;
};

class Certificates {
 public:
  // Makes ca.pem ("Test CA"); throws where openssl fails.
  explicit Certificates(std::filesystem::path folder);

  // NAME.pem and NAME.key; made at the first call, and again where `wish` differs.
  void make(const CertificateWish& wish) const;

  [[nodiscard]] std::string ca() const { return folder_ / "ca.pem"; }
  [[nodiscard]] std::string certificate(const std::string& name) const { return folder_ / (name + ".pem"); }
  [[nodiscard]] std::string key(const std::string& name) const { return folder_ / (name + ".key"); }

 private:
  void openssl(const std::string& arguments) const;
  std::filesystem::path folder_;
};

}  // namespace pannier::doubles
