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

// UDP's receive buffer decides what a burst costs, so a small one is worth a word.
void enlarge(const net::Fd& socket, std::string_view setting) {
  const std::size_t granted = net::enlarge_receive_buffer(socket.get(), wanted_receive_buffer);
  if (granted >= wanted_receive_buffer) return;
  observe::log(observe::LogLevel::info, std::string(setting) + ": the kernel grants a receive buffer of " +
                                            units::size_text(granted / 1024 * 1024) +
                                            "; for 8MiB: sysctl net.core.rmem_max=8388608");
}

}  // namespace

Result<std::unique_ptr<Doors>> Doors::open(boost::asio::io_context& intake, const receive::Options& options,
                                           observe::Ledger& ledger, const MakePipeline& make_pipeline) {
  std::unique_ptr<Doors> doors(new Doors(intake));
  if (options.unix_stream.enabled) {
    if (auto opened = doors->open_stream(options, make_pipeline); !opened)
      return opened.error().within("receive.unix_stream");
    ledger.open(ListenerId::unix_stream);
  }
  if (options.unix_datagram.enabled) {
    if (auto opened = doors->open_unix_datagram(options, make_pipeline); !opened)
      return opened.error().within("receive.unix_datagram");
    ledger.open(ListenerId::unix_datagram);
  }
  if (options.udp.enabled) {
    if (auto opened = doors->open_udp(options, make_pipeline); !opened)
      return opened.error().within("receive.udp");
    ledger.open(ListenerId::udp);
  }
  return doors;
}

Doors::~Doors() {
  for (const auto& [path, file] : paths_) net::unlink_if_ours(path, file);
}

Result<void> Doors::open_stream(const receive::Options& options, const MakePipeline& make_pipeline) {
  auto socket = net::listen_unix(place_of(options.unix_stream));
  if (!socket) return socket.error();
  paths_.emplace_back(socket->path, socket->file);
  descriptions_.push_back("unix stream " + socket->path);
  stream_pipeline_ = make_pipeline();
  stream_ = std::make_unique<receive::StreamListener>(intake_, std::move(socket->fd),
                                                      stream_settings(options), *stream_pipeline_);
  return {};
}

void Doors::add_datagrams(net::Fd socket, ListenerId id, const receive::Options& options,
                          const std::vector<uid_t>& allow_uids, const MakePipeline& make_pipeline) {
  Datagrams& datagrams = id == ListenerId::udp ? udp_ : unix_datagram_;
  datagrams.pipeline = make_pipeline();
  datagrams.listener = std::make_unique<receive::DatagramListener>(
      std::move(socket), id, receive::DatagramSettings{options.limits, allow_uids}, *datagrams.pipeline);
}

Result<void> Doors::open_unix_datagram(const receive::Options& options, const MakePipeline& make_pipeline) {
  auto socket = net::bind_unix(SOCK_DGRAM, place_of(options.unix_datagram));
  if (!socket) return socket.error();
  paths_.emplace_back(socket->path, socket->file);
  descriptions_.push_back("unix datagram " + socket->path);
  enlarge(socket->fd, "receive.unix_datagram");
  add_datagrams(std::move(socket->fd), ListenerId::unix_datagram, options, options.unix_datagram.allow_uids,
                make_pipeline);
  return {};
}

Result<void> Doors::open_udp(const receive::Options& options, const MakePipeline& make_pipeline) {
  auto socket = net::bind_udp(options.udp.address, options.udp.allow_remote);
  if (!socket) return socket.error();
  descriptions_.push_back("udp " + options.udp.address);
  enlarge(*socket, "receive.udp");
  add_datagrams(std::move(*socket), ListenerId::udp, options, {}, make_pipeline);
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
