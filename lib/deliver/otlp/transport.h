// The way out to an OTLP/HTTP backend: a batch becomes one POST, packed once and kept for its retries, the
// answer a Judgement. Users: LaneShell. Threads: T2, `run_blocking`'s work aside.
// Bounded: a request ends within the client's timeout; what is packed goes with its batch.
#pragma once
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "deliver/key_holder.h"
#include "deliver/otlp/options.h"
#include "deliver/transport.h"
#include "net/gzip.h"
#include "net/http_client.h"

namespace pannier::deliver::otlp {

class OtlpTransport : public Transport {
 public:
  // `client.url` is the backend's, with or without /v1/traces. How a batch is written is its segments'
  // format. REQUIRES: `home` outlives this and all work that `run_blocking` was given.
  OtlpTransport(boost::asio::io_context& home, net::HttpClientOptions client, bool gzip, SecretSource key,
                RunBlocking run_blocking);

  // Without a key nothing is sent: blocked_key, "no key".
  void send(const Batch& batch, std::function<void(Judgement)> done) override;
  // A key file that can't be read or is empty changes nothing.
  void read_key(std::function<void(bool changed)> done) override { key_.read_again(std::move(done)); }
  void stop() override { client_.stop(); }

  // For the next requests, after a reload. A backend that took no gzip is asked once more.
  void set_key(SecretSource key) { key_.set(std::move(key)); }
  void set_client(net::HttpClientOptions client, bool gzip);

 private:
  std::shared_ptr<const std::string> packed(const Batch& batch, const std::vector<std::string_view>& body);

  bool packs_;  // false: not wanted, or the backend took none
  net::Gzip gzip_;
  KeyHolder key_;
  net::HttpClient client_;  // goes first: what it would still tell is told to nobody
};

}  // namespace pannier::deliver::otlp
