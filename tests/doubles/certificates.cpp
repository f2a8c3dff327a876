#include "tests/doubles/certificates.h"

#include <stdexcept>

#include "tests/doubles/process.h"
#include "tests/doubles/temporary_folder.h"

namespace pannier::doubles {

namespace {

constexpr const char* new_key = " -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes ";

// What `openssl ca` wants to know; only it can date a certificate as one likes.
constexpr const char* ca_settings =
    "[ca]\ndefault_ca=own\n[own]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\nunique_subject=no\n"
    "default_md=sha256\npolicy=any\nprivate_key=ca.key\ncertificate=ca.pem\n[any]\ncommonName=supplied\n"
    "[req]\ndistinguished_name=nobody\n[nobody]\n";

}  // namespace

Certificates::Certificates(std::filesystem::path folder) : folder_(std::move(folder)) {
  std::filesystem::create_directories(folder_);
  write_file(folder_ / "ca.cnf", ca_settings);
  write_file(folder_ / "index.txt", "");
  write_file(folder_ / "serial", "01\n");
  openssl(std::string("req -config ca.cnf -x509 -days 3650 -keyout ca.key -out ca.pem -subj '/CN=Test CA'") +
          " -addext basicConstraints=critical,CA:TRUE" + new_key);
}

void Certificates::make(const CertificateWish& wish) const {
  const std::string& name = wish.name;
  write_file(folder_ / (name + ".ext"), "subjectAltName=" + wish.subject + "\nbasicConstraints=CA:FALSE\n");
  openssl("req -config ca.cnf -new -keyout " + name + ".key -out " + name + ".csr -subj /CN=" + name +
          new_key);
  const std::string signer = wish.self_signed ? " -selfsign -keyfile " + name + ".key" : "";
  openssl("ca -config ca.cnf -batch -notext -in " + name + ".csr -out " + name + ".pem -startdate " +
          wish.from + " -enddate " + wish.until + " -extfile " + name + ".ext" + signer);
}

void Certificates::openssl(const std::string& arguments) const {
  const CommandResult result =
      run_command({{"sh", "-c", "exec openssl " + arguments}, {}, folder_}, {}, std::chrono::seconds(60));
  if (result.exit_code != 0) throw std::runtime_error("openssl " + arguments + ": " + result.error);
}

}  // namespace pannier::doubles
