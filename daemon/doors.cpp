#include "daemon/doors.h"

#include <pthread.h>

#include <array>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <thread>

#include "base/units.h"
#include "net/tcp_socket.h"
#include "net/udp_socket.h"
#include "observe/log.h"

namespace pannier::daemon {

using observe::ListenerId;

namespace {

constexpr std::size_t wanted_receive_buffer = 8 * 1024 * 1024;
constexpr std::chrono::milliseconds datagram_read_out{1000};

net::UnixPlace place_of(const receive::UnixOptions& options) {
  return {.path = options.path, .mode = options.mode, .group = options.group};
}

receive::StreamSettings stream_settings(const receive::Options& options) {
  return {options.limits, options.unix_stream.allow_uids, options.max_pause};
}

// A receive buffer decides what a burst costs, so a small one is worth a word.
void enlarge(const Fd& socket, std::string_view setting) {
  const std::size_t granted = net::enlarge_receive_buffer(socket.get(), wanted_receive_buffer);
  if (granted >= wanted_receive_buffer) return;
  observe::log(observe::LogLevel::info, std::string(setting) + ": the kernel grants a receive buffer of " +
                                            units::size_text(granted / 1024 * 1024) +
                                            "; for 8MiB: sysctl net.core.rmem_max=8388608");
}

// Ours might only make it smaller: the service manager may go beyond the system's limit, we may not.
void look_at_buffer(const net::HandedSocket& socket, std::string_view setting) {
  if (socket.receive_buffer >= wanted_receive_buffer) return;
  observe::log(observe::LogLevel::info, std::string(setting) + ": was handed over with a receive buffer of " +
                                            units::size_text(socket.receive_buffer / 1024 * 1024) +
                                            "; write ReceiveBuffer=8M into its socket unit");
}

// The kernel counts for a socket, not for a daemon: what an earlier one had counted is in our number, too.
void tell_of_earlier_drops(const net::HandedSocket& socket) {
  const std::uint64_t drops = net::kernel_drops(socket.fd.get()).value_or(0);
  if (drops != 0)
    observe::log(observe::LogLevel::warn,
                 "receive.udp: the kernel dropped " + std::to_string(drops) +
                     " datagrams at this socket before this start; they are counted");
}

Error open_to_others(const std::string& place, const std::string& line, const std::string& setting) {
  return {ErrorCode::invalid, "the socket that was handed over, " + place +
                                  ", is open to other hosts; write " + line +
                                  " into its socket unit, or set " + setting + ": true"};
}

receive::MaltiSettings malti_settings(const receive::HttpOptions& options, const std::string& own_id) {
  return {{.hosts = options.hosts, .origins = options.origins, .own_via = own_id}, options.process};
}

}  // namespace

// A loop and a thread of its own: a large body holds up nobody else.
struct Doors::Http {
  boost::asio::io_context io{1};
  std::unique_ptr<Pipeline> pipeline;
  std::unique_ptr<receive::MaltiListener> listener;
  std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work;
  std::thread thread;

  void start() {
    work.emplace(io.get_executor());
    thread = std::thread([this] {
      ::pthread_setname_np(::pthread_self(), "http");
      io.run();
    });
  }
  void stop() {
    io.stop();
    if (thread.joinable()) thread.join();
    listener.reset();
  }
};

Doors::Doors(Parts parts) : parts_(std::move(parts)) {}

Result<std::unique_ptr<Doors>> Doors::open(Parts parts, const receive::Options& options,
                                           HandedSockets handed) {
  std::unique_ptr<Doors> doors(new Doors(std::move(parts)));
  using Open = Result<void> (Doors::*)(const receive::Options&, Handed);
  struct Door {
    ListenerId id;
    std::string place;  // empty: it is off
    std::string setting;
    Open open;
  };
  const auto place = [](const auto& listener, const std::string& where) {
    return listener.enabled ? where : std::string();
  };
  const std::array<Door, 4> all{
      {{ListenerId::unix_stream, place(options.unix_stream, options.unix_stream.path), "receive.unix_stream",
        &Doors::open_stream},
       {ListenerId::unix_datagram, place(options.unix_datagram, options.unix_datagram.path),
        "receive.unix_datagram", &Doors::open_unix_datagram},
       {ListenerId::udp, place(options.udp, options.udp.address), "receive.udp", &Doors::open_udp},
       {ListenerId::http_malti, place(options.http, options.http.address), "receive.http",
        &Doors::open_http}}};
  for (const Door& door : all) {
    auto socket = handed.take(door.id, door.place);
    if (!socket && door.place.empty()) continue;
    if (auto opened = (*doors.*door.open)(options, std::move(socket)); !opened)
      return opened.error().within(door.setting);
    doors->parts_.ledger.open(door.id);
  }
  return doors;
}

Doors::~Doors() {
  if (http_) http_->stop();
  for (const auto& [path, file] : paths_) net::unlink_if_ours(path, file);
}

Fd Doors::keep_bound(net::UnixSocket socket, std::string_view title) {
  descriptions_.push_back(std::string(title) + socket.path);
  paths_.emplace_back(std::move(socket.path), socket.file);
  return std::move(socket.fd);
}

// Not among paths_: it is the service manager's, and clients wait at it for the next daemon.
Fd Doors::keep_handed(net::HandedSocket socket, std::string_view title) {
  descriptions_.push_back(std::string(title) + socket.place + " (handed over)");
  return std::move(socket.fd);
}

Result<void> Doors::open_stream(const receive::Options& options, Handed handed) {
  constexpr std::string_view title = "unix stream ";
  Fd fd;
  if (handed) {
    fd = keep_handed(std::move(*handed), title);
  } else {
    auto socket = net::listen_unix(place_of(options.unix_stream));
    if (!socket) return socket.error();
    fd = keep_bound(std::move(*socket), title);
  }
  stream_pipeline_ = parts_.make_pipeline();
  stream_ = std::make_unique<receive::StreamListener>(parts_.intake, std::move(fd), stream_settings(options),
                                                      *stream_pipeline_);
  return {};
}

void Doors::add_datagrams(Fd socket, ListenerId id, const receive::Options& options,
                          const std::vector<uid_t>& allow_uids) {
  Datagrams& datagrams = id == ListenerId::udp ? udp_ : unix_datagram_;
  datagrams.pipeline = parts_.make_pipeline();
  datagrams.listener = std::make_unique<receive::DatagramListener>(
      std::move(socket), id, receive::DatagramSettings{options.limits, allow_uids}, *datagrams.pipeline);
}

Result<void> Doors::open_unix_datagram(const receive::Options& options, Handed handed) {
  constexpr std::string_view title = "unix datagram ";
  Fd fd;
  if (handed) {
    look_at_buffer(*handed, "receive.unix_datagram");
    fd = keep_handed(std::move(*handed), title);
  } else {
    auto socket = net::bind_unix(SOCK_DGRAM, place_of(options.unix_datagram));
    if (!socket) return socket.error();
    fd = keep_bound(std::move(*socket), title);
    enlarge(fd, "receive.unix_datagram");
  }
  add_datagrams(std::move(fd), ListenerId::unix_datagram, options, options.unix_datagram.allow_uids);
  return {};
}

Result<void> Doors::open_udp(const receive::Options& options, Handed handed) {
  Fd fd;
  if (handed) {
    if (!handed->is_loopback && !options.udp.allow_remote)
      return open_to_others(handed->place, "ListenDatagram=127.0.0.1:6258", "receive.udp.allow_remote");
    look_at_buffer(*handed, "receive.udp");
    tell_of_earlier_drops(*handed);
    fd = keep_handed(std::move(*handed), "udp ");
  } else {
    auto socket = net::bind_udp(options.udp.address, options.udp.allow_remote);
    if (!socket) return socket.error();
    fd = std::move(*socket);
    descriptions_.push_back("udp " + options.udp.address);
    enlarge(fd, "receive.udp");
  }
  add_datagrams(std::move(fd), ListenerId::udp, options, {});
  return {};
}

Result<void> Doors::open_http(const receive::Options& options, Handed handed) {
  const receive::HttpOptions& http = options.http;
  Fd fd;
  if (handed) {
    if (!handed->is_loopback && !http.allow_remote)
      return open_to_others(handed->place, "ListenStream=127.0.0.1:4318", "receive.http.allow_remote");
    fd = keep_handed(std::move(*handed), "http ");
  } else {
    auto socket = net::listen_tcp(http.address, http.allow_remote, "127.0.0.1:4318");
    if (!socket) return socket.error();
    fd = std::move(*socket);
    descriptions_.push_back("http " + http.address);
  }
  http_ = std::make_unique<Http>();
  http_->pipeline = parts_.make_pipeline();
  http_->listener = std::make_unique<receive::MaltiListener>(
      http_->io, std::move(fd), malti_settings(http, parts_.own_id), *http_->pipeline, parts_.keys);
  return {};
}

void Doors::start() {
  if (http_) http_->start();
  if (stream_) stream_->start();
  for (Datagrams* datagrams : {&unix_datagram_, &udp_})
    if (datagrams->listener) datagrams->listener->start();
}

void Doors::set(const receive::Options& options, const std::shared_ptr<const Routing>& routing) {
  if (http_) {
    http_->pipeline->set(routing);
    boost::asio::post(http_->io, [this, settings = malti_settings(options.http, parts_.own_id)] {
      http_->listener->set(settings);
    });
  }
  if (stream_) {
    stream_pipeline_->set(routing);
    boost::asio::post(parts_.intake, [this, settings = stream_settings(options)] { stream_->set(settings); });
  }
  for (Datagrams* datagrams : {&unix_datagram_, &udp_}) {
    if (!datagrams->listener) continue;
    datagrams->pipeline->set(routing);
    const bool is_udp = datagrams == &udp_;
    datagrams->listener->set(
        {options.limits, is_udp ? std::vector<uid_t>() : options.unix_datagram.allow_uids});
  }
}

boost::asio::io_context* Doors::http_loop() {
  return http_ ? &http_->io : nullptr;
}

HttpFacts Doors::http_facts() const {
  return {std::string(observe::name(ListenerId::http_malti)), http_->listener->connections(),
          http_->listener->counts()};
}

void Doors::disk_works(bool works) {
  if (http_) boost::asio::post(http_->io, [this, works] { http_->listener->disk_works(works); });
}

void Doors::room_came() {
  if (http_) boost::asio::post(http_->io, [this] { http_->listener->room_came(); });
  if (stream_) boost::asio::post(parts_.intake, [this] { stream_->room_came(); });
}

void Doors::committed(std::uint64_t watermark) {
  if (http_) boost::asio::post(http_->io, [this, watermark] { http_->listener->committed(watermark); });
  if (stream_) boost::asio::post(parts_.intake, [this, watermark] { stream_->committed(watermark); });
}

// Together, unless clients are waited for: those of HTTP come and go, so that nobody knows when they have
// gone.
void Doors::drain(const receive::Drain& bounds, std::function<void()> done) {
  const auto end = [this, done = std::move(done)] {
    close_datagrams();
    done();
  };
  if (bounds.wait_for_clients.count() > 0)
    return drain_streams(bounds, [this, bounds, end] { drain_http(bounds, end); });
  const auto left = std::make_shared<int>(2);
  const auto one_less = [left, end] {
    if (--*left == 0) end();
  };
  drain_streams(bounds, one_less);
  drain_http(bounds, one_less);
}

// `done` is called on T1, as by drain_http.
void Doors::drain_streams(const receive::Drain& bounds, std::function<void()> done) {
  boost::asio::post(parts_.intake, [this, bounds, done = std::move(done)]() mutable {
    if (!stream_) return done();
    stream_->drain(bounds, std::move(done));
  });
}

void Doors::drain_http(const receive::Drain& bounds, std::function<void()> done) {
  auto at_intake = [this, done = std::move(done)] { boost::asio::post(parts_.intake, done); };
  if (!http_) return at_intake();
  boost::asio::post(http_->io,
                    [this, bounds, done = std::move(at_intake)] { http_->listener->drain(bounds, done); });
}

void Doors::close_datagrams() {
  for (Datagrams* datagrams : {&unix_datagram_, &udp_})
    if (datagrams->listener) datagrams->listener->stop(datagram_read_out);
}

std::optional<std::uint64_t> Doors::kernel_dropped(ListenerId listener) const {
  switch (listener) {
    case ListenerId::udp: return udp_.listener ? udp_.listener->kernel_dropped() : 0;
    case ListenerId::unix_datagram: return std::nullopt;
    default: return 0;
  }
}

std::vector<std::string> Doors::descriptions() const {
  return descriptions_;
}

}  // namespace pannier::daemon
