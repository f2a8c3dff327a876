// The last look at the places where the daemon listens: addresses, sockets that are one, backends that are
// the daemon itself. User: finish.cpp. Threads: pure function.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "config/settings.h"

namespace pannier::config {

using Mistaken = std::function<void(std::string_view path, std::string what, ErrorCode code)>;

void check_listeners(const Settings& settings, const Mistaken& mistaken);

}  // namespace pannier::config
