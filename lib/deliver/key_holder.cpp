#include "deliver/key_holder.h"

#include <unistd.h>

#include "deliver/post.h"
#include "observe/log.h"

namespace pannier::deliver {

KeyHolder::KeyHolder(boost::asio::io_context& home, SecretSource key, RunBlocking run_blocking)
    : home_(home),
      run_blocking_(std::move(run_blocking)),
      key_(std::make_shared<SecretSource>(std::move(key))) {}

void KeyHolder::read_again(std::function<void(bool changed)> done) {
  if (key_->file.empty()) return post([done = std::move(done)] { done(false); });
  run_blocking_([&home = home_, file = key_->file, links = key_->links, watch = std::weak_ptr(key_),
                 done = std::move(done)] {
    post_to(home, [file, watch, done, secret = read_secret_file(file, ::geteuid(), {}, links)] {
      const auto key = watch.lock();
      if (!key) return;
      if (!secret)
        observe::log_seldom(observe::LogLevel::error, file,
                            "a key was refused and can't be read again: " + secret.error().message +
                                "; the old one stays in use");
      // A reload may have named another file meanwhile.
      const bool changed = secret && key->file == file && *secret != key->secret;
      if (changed) key->secret = *secret;
      done(changed);
    });
  });
}

void KeyHolder::post(std::function<void()> call) {
  post_to(home_, [watch = std::weak_ptr(key_), call = std::move(call)] {
    if (!watch.expired()) call();
  });
}

}  // namespace pannier::deliver
