// The key that a transport shows its backend, and where it is read again when it was refused.
// Users: MaltiTransport, OtlpTransport. Threads: T2, `run_blocking`'s work aside. A call that comes back
// after the holder is gone is dropped.
#pragma once
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>

#include "base/small_file.h"

namespace pannier::deliver {

// Runs `work` on a thread that may block.
using RunBlocking = std::function<void(std::function<void()> work)>;

class KeyHolder {
 public:
  // REQUIRES: `home` outlives this and all work that `run_blocking` was given.
  KeyHolder(boost::asio::io_context& home, SecretSource key, RunBlocking run_blocking);

  [[nodiscard]] const Secret& key() const { return key_->secret; }
  void set(SecretSource key) { *key_ = std::move(key); }
  // `done` later on T2: whether the file holds another key now. One that can't be read or is empty is said in
  // the log and changes nothing.
  void read_again(std::function<void(bool changed)> done);
  // Runs `call` later on T2, unless the holder is gone by then.
  void post(std::function<void()> call);

 private:
  boost::asio::io_context& home_;
  RunBlocking run_blocking_;
  std::shared_ptr<SecretSource> key_;  // work that is still under way asks whether it is there
};

}  // namespace pannier::deliver
