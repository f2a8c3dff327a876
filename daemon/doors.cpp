#include "daemon/doors.h"

#include <boost/asio/post.hpp>

#include "base/units.h"
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

Error open_to_others(const std::string& place) {
  return {ErrorCode::invalid, "the socket that was handed over, " + place +
                                  ", is open to other hosts; write ListenDatagram=127.0.0.1:6258 into its "
                                  "socket unit, or set receive.udp.allow_remote: true"};
}

}  // namespace

Result<std::unique_ptr<Doors>> Doors::open(boost::asio::io_context& intake, const receive::Options& options,
                                           HandedSockets handed, observe::Ledger& ledger,
                                           const MakePipeline& make_pipeline) {
  std::unique_ptr<Doors> doors(new Doors(intake));
  const auto place = [](const auto& listener, const std::string& where) {
    return listener.enabled ? where : std::string();
  };
  auto stream = handed.take(ListenerId::unix_stream, place(options.unix_stream, options.unix_stream.path));
  if (stream || options.unix_stream.enabled) {
    if (auto opened = doors->open_stream(options, std::move(stream), make_pipeline); !opened)
      return opened.error().within("receive.unix_stream");
    ledger.open(ListenerId::unix_stream);
  }
  auto datagram =
      handed.take(ListenerId::unix_datagram, place(options.unix_datagram, options.unix_datagram.path));
  if (datagram || options.unix_datagram.enabled) {
    if (auto opened = doors->open_unix_datagram(options, std::move(datagram), make_pipeline); !opened)
      return opened.error().within("receive.unix_datagram");
    ledger.open(ListenerId::unix_datagram);
  }
  auto udp = handed.take(ListenerId::udp, place(options.udp, options.udp.address));
  if (udp || options.udp.enabled) {
    if (auto opened = doors->open_udp(options, std::move(udp), make_pipeline); !opened)
      return opened.error().within("receive.udp");
    ledger.open(ListenerId::udp);
  }
  return doors;
}

Doors::~Doors() {
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

Result<void> Doors::open_stream(const receive::Options& options, Handed handed,
                                const MakePipeline& make_pipeline) {
  constexpr std::string_view title = "unix stream ";
  Fd fd;
  if (handed) {
    fd = keep_handed(std::move(*handed), title);
  } else {
    auto socket = net::listen_unix(place_of(options.unix_stream));
    if (!socket) return socket.error();
    fd = keep_bound(std::move(*socket), title);
  }
  stream_pipeline_ = make_pipeline();
  stream_ = std::make_unique<receive::StreamListener>(intake_, std::move(fd), stream_settings(options),
                                                      *stream_pipeline_);
  return {};
}

void Doors::add_datagrams(Fd socket, ListenerId id, const receive::Options& options,
                          const std::vector<uid_t>& allow_uids, const MakePipeline& make_pipeline) {
  Datagrams& datagrams = id == ListenerId::udp ? udp_ : unix_datagram_;
  datagrams.pipeline = make_pipeline();
  datagrams.listener = std::make_unique<receive::DatagramListener>(
      std::move(socket), id, receive::DatagramSettings{options.limits, allow_uids}, *datagrams.pipeline);
}

Result<void> Doors::open_unix_datagram(const receive::Options& options, Handed handed,
                                       const MakePipeline& make_pipeline) {
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
  add_datagrams(std::move(fd), ListenerId::unix_datagram, options, options.unix_datagram.allow_uids,
                make_pipeline);
  return {};
}

Result<void> Doors::open_udp(const receive::Options& options, Handed handed,
                             const MakePipeline& make_pipeline) {
  Fd fd;
  if (handed) {
    if (!handed->is_loopback && !options.udp.allow_remote) return open_to_others(handed->place);
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
  add_datagrams(std::move(fd), ListenerId::udp, options, {}, make_pipeline);
  return {};
}

void Doors::start() {
  if (stream_) stream_->start();
  for (Datagrams* datagrams : {&unix_datagram_, &udp_})
    if (datagrams->listener) datagrams->listener->start();
}

void Doors::set(const receive::Options& options, const std::shared_ptr<const Routing>& routing) {
  if (stream_) {
    stream_pipeline_->set(routing);
    boost::asio::post(intake_, [this, settings = stream_settings(options)] { stream_->set(settings); });
  }
  for (Datagrams* datagrams : {&unix_datagram_, &udp_}) {
    if (!datagrams->listener) continue;
    datagrams->pipeline->set(routing);
    const bool is_udp = datagrams == &udp_;
    datagrams->listener->set(
        {options.limits, is_udp ? std::vector<uid_t>() : options.unix_datagram.allow_uids});
  }
}

void Doors::room_came() {
  if (stream_) boost::asio::post(intake_, [this] { stream_->room_came(); });
}

void Doors::committed(std::uint64_t watermark) {
  if (stream_) boost::asio::post(intake_, [this, watermark] { stream_->committed(watermark); });
}

void Doors::drain(const receive::Drain& bounds, std::function<void()> done) {
  boost::asio::post(intake_, [this, bounds, done = std::move(done)] {
    const auto end = [this, done] {
      close_datagrams();
      done();
    };
    if (!stream_) return end();
    stream_->drain(bounds, end);
  });
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
