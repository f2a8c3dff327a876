#include "tests/doubles/neighbour.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

#include "base/fd.h"
#include "tests/doubles/loopback.h"
#include "tests/doubles/wait.h"

namespace pannier::doubles {

namespace {

constexpr Deadline for_a_download{240'000};
constexpr Deadline for_a_start{30'000};

Fd tcp_socket() {
  Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) throw std::system_error(errno, std::generic_category(), "socket");
  return socket;
}

bool accepts(std::uint16_t port) {
  const Fd socket = tcp_socket();
  const sockaddr_in address = loopback(port);
  return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

std::filesystem::path unpacked(const std::string& package) {
  const std::filesystem::path folder = std::filesystem::path(PANNIER_NEIGHBOURS) / package;
  const CommandResult result = run_command(
      {{PANNIER_SOURCE_DIR "/tests/scripts/unpack_once.sh", package, folder}, {}, {}}, {}, for_a_download);
  if (result.exit_code != 0) ADD_FAILURE() << package << ": " << result.output << result.error;
  return folder;
}

// Only root may name a user, and root's workers could not reach a test's folder as anybody else.
std::string as_ourselves(const std::string& setting) {
  return ::geteuid() == 0 ? setting : std::string();
}

}  // namespace

std::uint16_t free_tcp_port() {
  const Fd socket = tcp_socket();
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size) != 0)
    throw std::system_error(errno, std::generic_category(), "bind");
  ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

Neighbour::Neighbour(const std::filesystem::path& folder, const Wish& wish) {
  const std::filesystem::path package = unpacked(wish.package);
  Program program{{package / wish.program}, {{"LD_LIBRARY_PATH", package / "libraries"}}, folder};
  program.arguments.insert(program.arguments.end(), wish.arguments.begin(), wish.arguments.end());
  const int output = ::open((folder / "output").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  child_ = Child(program, -1, output, output);
  ::close(output);
  for (const std::uint16_t port : wish.ports)
    if (!wait_until([&] { return accepts(port) || !child_.running(); }, for_a_start) || !child_.running())
      ADD_FAILURE() << wish.program << " does not accept on " << port << "\n" << read_file(folder / "output");
}

Neighbour::~Neighbour() {
  child_.kill();
}

Nginx::Nginx(const std::string& servers, const std::vector<std::uint16_t>& ports) {
  const std::string folder = folder_.path();
  std::string config = as_ourselves("user root;\n") + "daemon off;\nworker_processes 1;\npid " + folder +
                       "/pid;\nerror_log " + folder +
                       "/error.log;\nevents { worker_connections 64; }\nhttp {\n";
  for (const std::string kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
    config += kind + "_temp_path " + folder + "/" + kind + ";\n";
  config += "access_log off;\nclient_max_body_size 64m;\n" + servers + "}\n";
  write_file(folder_ / "nginx.conf", config);
  nginx_ = std::make_unique<Neighbour>(folder_.path(), Neighbour::Wish{"nginx",
                                                                       "usr/sbin/nginx",
                                                                       {"-e", folder + "/error.log", "-p",
                                                                        folder, "-c", folder + "/nginx.conf"},
                                                                       ports});
}

void Nginx::reload() const {
  nginx_->signal(SIGHUP);
}

Tinyproxy::Tinyproxy(const std::string& user, const std::string& password, std::uint16_t tunnels_to)
    : port_(free_tcp_port()) {
  write_file(folder_ / "tinyproxy.conf",
             "Port " + std::to_string(port_) +
                 "\nListen 127.0.0.1\nTimeout 60\nMaxClients 20\nAllow 127.0.0.1\n" + "LogFile \"" +
                 (folder_ / "log").string() + "\"\nBasicAuth " + user + " " + password + "\nConnectPort " +
                 std::to_string(tunnels_to) + "\n");
  proxy_ = std::make_unique<Neighbour>(
      folder_.path(),
      Neighbour::Wish{
          "tinyproxy-bin", "usr/bin/tinyproxy", {"-d", "-c", folder_ / "tinyproxy.conf"}, {port_}});
}

}  // namespace pannier::doubles
