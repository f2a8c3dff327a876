#include "config/finish_way.h"

#include <array>

#include "base/small_file.h"
#include "base/text.h"

namespace pannier::config {
namespace {

constexpr std::size_t longest_pem = 4U << 20U;

class Finishing {
 public:
  Finishing(const WayToFinish& of, const Surroundings& surroundings, const Telling& tell, net::Url url)
      : path_(of.path), way_(of.way), url_(std::move(url)), surroundings_(surroundings), tell_(tell) {}

  void run() {
    decide_proxy();
    if (url_.scheme == "https")
      prepare_tls();
    else
      warn_of_idle_tls();
  }

 private:
  void mistake(std::string_view below, std::string what, ErrorCode code = ErrorCode::invalid) {
    is_right_ = false;
    tell_.mistake(path_ + std::string(below), std::move(what), code);
  }

  [[nodiscard]] bool is_given(std::string_view below) const {
    return tell_.giver(path_ + std::string(below)) != nullptr;
  }

  // Whoever ranks highest decides: the word, or the address below it.
  [[nodiscard]] bool has_own_proxy() const {
    if (way_.proxy_url.empty()) return false;
    const Given* word = tell_.giver(path_ + ".proxy");
    const Given* url = tell_.giver(path_ + ".proxy.url");
    return word == nullptr || url == nullptr || word->rank <= url->rank;
  }

  void decide_proxy() {
    if (has_own_proxy()) return take_own_proxy();
    if (!way_.proxy_auth.secret.empty())
      return mistake(".proxy.auth", "nothing says whose; write proxy.url, too");
    if (way_.proxy_from == deliver::Way::ProxyFrom::environment) take_proxy_of_environment();
  }

  void take_own_proxy() {
    way_.proxy_from = deliver::Way::ProxyFrom::url;
    auto proxy = net::parse_proxy(way_.proxy_url, false);
    if (!proxy) return mistake(".proxy.url", proxy.error().message);
    proxy->auth = way_.proxy_auth.secret;
    if (!proxy->auth.empty() && proxy->auth.reveal().find(':') == std::string_view::npos)
      return mistake(".proxy.auth", "is not user:password; write both, with a colon between them");
    way_.proxy = std::move(*proxy);
  }

  void take_proxy_of_environment() {
    if (surroundings_.environment == nullptr) return;
    auto found = net::environment_proxy(
        [this](std::string_view name) { return surroundings_.environment->text(name); }, url_);
    if (!found) return mistake(".proxy", found.error().message + "; or write " + path_ + ".proxy: none");
    if (!*found) return;
    way_.proxy = std::move((*found)->proxy);
    tell_.note(path_ + " goes through the proxy " + text::shown(way_.proxy->authority()) + ", as " +
               (*found)->variable + " says");
  }

  std::optional<net::Pem> read(std::string_view below, const std::string& file) {
    const std::string cure = "try: sudo -u pannier pannier validate " + text::shown(surroundings_.source);
    auto read = read_small_file(file, longest_pem, surroundings_.uid, cure);
    if (read) return net::Pem{file, std::move(read->text)};
    mistake(below, read.error().message, read.error().code);
    return std::nullopt;
  }

  void prepare_tls() {
    net::TlsFiles files;
    files.verify = way_.verify;
    if (!way_.ca.empty()) files.ca = read(".tls.ca", way_.ca);
    read_own_certificate(files);
    if (!way_.verify)
      tell_.warn(path_ + ".tls.verify is false: whoever answers as " + text::shown(url_.str()) +
                 " is believed and gets keys and records; name your CA in " + path_ + ".tls.ca instead");
    if (!is_right_) return;
    auto made = net::TlsContext::make(files, url_.host);
    if (auto* fault = std::get_if<net::TlsFault>(&made)) return mistake(place_of(fault->of), fault->what);
    way_.tls = std::move(std::get<std::shared_ptr<net::TlsContext>>(made));
  }

  void read_own_certificate(net::TlsFiles& files) {
    if (way_.certificate.empty() != way_.private_key.empty())
      return way_.certificate.empty()
                 ? mistake(".tls.private_key", "is of no use alone; write tls.certificate, too")
                 : mistake(".tls.certificate", "has no key; write tls.private_key, too");
    if (way_.certificate.empty()) return;
    files.certificate = read(".tls.certificate", way_.certificate);
    auto key = read(".tls.private_key", way_.private_key);
    if (!key) return;
    files.private_key_file = way_.private_key;
    files.private_key = Secret(std::move(key->text));
  }

  static std::string_view place_of(net::TlsFault::Of of) {
    switch (of) {
      case net::TlsFault::Of::ca: return ".tls.ca";
      case net::TlsFault::Of::certificate: return ".tls.certificate";
      case net::TlsFault::Of::private_key: return ".tls.private_key";
    }
    return {};
  }

  void warn_of_idle_tls() {
    constexpr std::array<std::string_view, 4> names{".tls.ca", ".tls.certificate", ".tls.private_key",
                                                    ".tls.verify"};
    for (const std::string_view name : names)
      if (is_given(name))
        tell_.warn(path_ + std::string(name) + " is without effect: the url is " + text::shown(url_.str()));
  }

  const std::string& path_;
  deliver::Way& way_;
  const net::Url url_;
  const Surroundings& surroundings_;
  const Telling& tell_;
  bool is_right_ = true;
};

}  // namespace

void finish_way(const WayToFinish& of, const Surroundings& surroundings, const Telling& tell) {
  auto url = net::parse_url(of.url);
  if (url) Finishing(of, surroundings, tell, std::move(*url)).run();
}

}  // namespace pannier::config
