// One Malti lane's way out: a batch becomes one POST of views into its segments, the answer a Judgement.
// Users: LaneShell. Threads: T2, `run_blocking`'s work aside.
// Bounded: a request ends within the client's timeout; a key file is read to 64 KiB at most.
#pragma once
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>

#include "deliver/malti/options.h"
#include "deliver/transport.h"
#include "net/http_client.h"

namespace pannier::deliver::malti {

// Runs `work` on a thread that may block.
using RunBlocking = std::function<void(std::function<void()> work)>;

class MaltiTransport : public Transport {
 public:
  // `client.url` is Malti's base URL. REQUIRES: `home` outlives this and all work that `run_blocking` was
  // given.
  MaltiTransport(boost::asio::io_context& home, net::HttpClientOptions client, KeySource key,
                 RunBlocking run_blocking);

  // Without a key nothing is sent: blocked_key, "no key".
  void send(const Batch& batch, std::function<void(Judgement)> done) override;
  // A key file that can't be read or is empty changes nothing.
  void read_key(std::function<void(bool changed)> done) override;
  void stop() override { client_.stop(); }

  // For the next requests, after a reload.
  void set_key(KeySource key) { *key_ = std::move(key); }
  void set_client(net::HttpClientOptions client) { client_.update(std::move(client)); }

 private:
  void post(std::function<void()> call);  // dropped with the transport

  boost::asio::io_context& home_;
  net::HttpClient client_;
  RunBlocking run_blocking_;
  std::shared_ptr<KeySource> key_;  // T2; work that is still under way asks whether it is there
};

}  // namespace pannier::deliver::malti
