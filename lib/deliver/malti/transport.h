// One Malti lane's way out: a batch becomes one POST of views into its segments, the answer a Judgement and,
// for whoever wants it, news of the key.
// Users: LaneShell. Threads: T2, `run_blocking`'s work aside.
// Bounded: a request ends within the client's timeout; a key file is read to 64 KiB at most.
#pragma once
#include <boost/asio/io_context.hpp>
#include <functional>

#include "deliver/key_holder.h"
#include "deliver/malti/verdict.h"
#include "deliver/transport.h"
#include "net/http_client.h"

namespace pannier::deliver::malti {

class MaltiTransport : public Transport {
 public:
  // `client.url` is Malti's base URL. REQUIRES: `home` outlives this and all work that `run_blocking` was
  // given.
  MaltiTransport(boost::asio::io_context& home, net::HttpClientOptions client, SecretSource key,
                 RunBlocking run_blocking);

  // Without a key nothing is sent: blocked_key, "no key".
  void send(const Batch& batch, std::function<void(Judgement)> done) override;
  // An empty batch: Malti refuses it, and tells by how whether it knows the key.
  [[nodiscard]] bool can_probe() const override { return true; }
  void probe(std::function<void(Judgement)> done) override;
  // A key file that can't be read or is empty changes nothing.
  void read_key(std::function<void(bool changed)> done) override { key_.read_again(std::move(done)); }
  void stop() override { client_.stop(); }

  // Called on T2 for every answer that tells something of the key, before the lane hears of it.
  void on_key_news(std::function<void(const KeyNews&)> callback) { on_key_news_ = std::move(callback); }

  // For the next requests, after a reload.
  void set_key(SecretSource key) { key_.set(std::move(key)); }
  void set_client(net::HttpClientOptions client) { client_.update(std::move(client)); }

 private:
  using Judge = std::function<Judgement(const net::HttpOutcome&)>;
  void post(std::vector<std::string_view> body, std::shared_ptr<const void> kept, Judge judge,
            std::function<void(Judgement)> done);

  std::function<void(const KeyNews&)> on_key_news_;
  KeyHolder key_;
  net::HttpClient client_;  // goes first: what it would still tell is told to nobody
};

}  // namespace pannier::deliver::malti
