// Settings of the doors. Filled by config, read by the listeners.
#pragma once
#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/small_file.h"

namespace pannier::receive {

struct UnixOptions {
  bool enabled = true;
  std::string path;
  mode_t mode = 0660;
  std::string group;              // empty: the daemon's own
  std::vector<uid_t> allow_uids;  // empty: all
};

struct UdpOptions {
  bool enabled = false;
  std::string address;  // "127.0.0.1:6258", "[::1]:6258"
  bool allow_remote = false;
};

// Malti's own ingest.
struct HttpOptions {
  bool enabled = false;
  std::string address;  // "127.0.0.1:4318"
  bool allow_remote = false;
  std::vector<std::string> hosts, origins;  // lower case
  std::map<std::string, SecretSource, std::less<>>
      keys;              // by service; empty: a sender's key is not checked here
  bool process = false;  // all our steps, although the SDK has done its own
};

struct Limits {
  std::size_t line = 256 * 1024;     // bytes
  std::size_t datagram = 64 * 1024;  // bytes
  std::size_t connections = 512;
  std::size_t connections_per_uid = 128;
  std::size_t lanes = 64;
  std::chrono::seconds unfinished_line{600};
};

struct Options {
  std::chrono::milliseconds max_pause{1000};
  UnixOptions unix_stream;
  UnixOptions unix_datagram;
  UdpOptions udp;
  HttpOptions http;
  Limits limits;
};

}  // namespace pannier::receive
