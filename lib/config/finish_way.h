// The last look at the way to a backend: reads the TLS files and makes them ready, decides the proxy.
// Users: finish.cpp, once for each destination that is reached over HTTP. Threads: at start and at reload.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "config/finish.h"
#include "deliver/way.h"

namespace pannier::config {

struct WayToFinish {
  std::string path;  // "deliver.malti"
  const std::string& url;
  deliver::Way& way;
};

struct Telling {
  std::function<const Given*(std::string_view path)> giver;
  std::function<void(std::string_view path, std::string what, ErrorCode code)> mistake;
  std::function<void(std::string what)> warn, note;
};

// REQUIRES: way.proxy_auth was read.
void finish_way(const WayToFinish& of, const Surroundings& surroundings, const Telling& tell);

}  // namespace pannier::config
