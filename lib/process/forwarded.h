// Who called, where proxies stand between: X-Forwarded-For, as far as it can be believed.
// Users: consumer. Threads: pure functions. Cost: no allocation; a walk along the header.
#pragma once
#include <string_view>

#include "process/networks.h"
#include "record/record.h"

namespace pannier::process {

struct Client {
  std::string_view address;  // without port and brackets; empty: nobody can tell
  bool is_forwarded = false;
};

// Without `trusted`: the first address of X-Forwarded-For, else client_ip, as Malti's SDKs do. With it, the
// header counts only where client_ip is trusted (or absent): read from its end, the first address that is
// none of the trusted; at something that is no address the walk ends with the last that was.
Client client_of(const record::Record& record, const Networks& trusted);

}  // namespace pannier::process
