// Real servers of Debian's packages beside pannier: unpacked, not installed, run in a folder of the test.
// Users: end-to-end tests. Threads: one.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/doubles/process.h"
#include "tests/doubles/temporary_folder.h"

namespace pannier::doubles {

class Neighbour {
 public:
  // Runs `program` (a path inside Debian's `package`) with `arguments`, and waits until it accepts on each of
  // `ports`. Fails the test where it does not; running() tells.
  struct Wish {
    std::string package, program;
    std::vector<std::string> arguments;
    std::vector<std::uint16_t> ports;
  };
  Neighbour(const std::filesystem::path& folder, const Wish& wish);
  ~Neighbour();
  Neighbour(const Neighbour&) = delete;
  Neighbour& operator=(const Neighbour&) = delete;

  [[nodiscard]] bool running() { return child_.running(); }
  void signal(int number) const { child_.signal(number); }

 private:
  Child child_;
};

std::uint16_t free_tcp_port();

// nginx with these `server { … }` blocks; its folder's name stands for @folder@ in them.
class Nginx {
 public:
  Nginx(const std::string& servers, const std::vector<std::uint16_t>& ports);
  void reload() const;  // reads its certificates again
  [[nodiscard]] std::string error_log() const { return read_file(folder_ / "error.log"); }

 private:
  TemporaryFolder folder_;
  std::unique_ptr<Neighbour> nginx_;
};

// tinyproxy that wants user and password and opens tunnels to one port.
class Tinyproxy {
 public:
  Tinyproxy(const std::string& user, const std::string& password, std::uint16_t tunnels_to);
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string log() const { return read_file(folder_ / "log"); }

 private:
  TemporaryFolder folder_;
  std::uint16_t port_;
  std::unique_ptr<Neighbour> proxy_;
};

}  // namespace pannier::doubles
