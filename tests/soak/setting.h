// The configuration that the soak's daemon runs with, in several versions for reloads. Threads: pure
// functions.
#pragma once
#include <string>

namespace pannier::soak {

struct Setting {
  std::string malti_url, otlp_url;
  bool kills = false;
};

inline constexpr unsigned versions = 6;
inline constexpr unsigned usual_version = 0;

// Placeholders of DaemonProcess are left in it. The users' key is in the daemon's folder, users.key.
std::string config(const Setting& setting, unsigned version);
std::string faulty_config(const Setting& setting);

}  // namespace pannier::soak
