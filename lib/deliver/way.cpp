#include "deliver/way.h"

#include <unistd.h>

namespace pannier::deliver {

void set_way(net::HttpClientOptions& options, const Way& way,
             std::function<void(std::function<void()>)> run_blocking) {
  options.tls = way.tls;
  options.proxy = way.proxy;
  if (!way.proxy || way.proxy_auth.file.empty()) return;
  options.read_proxy_auth = [file = way.proxy_auth.file] { return read_secret_file(file, ::geteuid()); };
  options.run_blocking = std::move(run_blocking);
}

}  // namespace pannier::deliver
