// How a backend is reached over HTTP: its TLS and its proxy, as written and as made ready for use.
// Filled by config, which reads the files, so that what is broken there is told of at start and at reload.
// Users: the destinations' options; the daemon, for their clients. Threads: a plain value.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/small_file.h"
#include "net/http_client.h"

namespace pannier::deliver {

struct Way {
  std::string ca;                        // a file; empty: the system's roots
  std::string certificate, private_key;  // files; empty: none
  bool verify = true;

  enum class ProxyFrom { environment, nowhere, url };
  ProxyFrom proxy_from = ProxyFrom::environment;
  std::string proxy_url;
  SecretSource proxy_auth;  // user:password

  // Made of the above.
  std::shared_ptr<net::TlsContext> tls;  // none: the backend's url is http
  std::optional<net::Proxy> proxy;
};

// Puts the way into a client's options. `run_blocking` reads the proxy's user and password again.
void set_way(net::HttpClientOptions& options, const Way& way,
             std::function<void(std::function<void()>)> run_blocking);

}  // namespace pannier::deliver
