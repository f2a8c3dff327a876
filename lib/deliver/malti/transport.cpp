#include "deliver/malti/transport.h"

#include <unistd.h>

#include "deliver/malti/verdict.h"
#include "deliver/post.h"
#include "observe/log.h"

namespace pannier::deliver::malti {
namespace {

constexpr std::string_view body_begin = R"({"requests":[)";
constexpr std::string_view body_end = "]}";

std::vector<std::string_view> body_of(const std::vector<queue::Slice>& slices) {
  std::vector<std::string_view> parts{body_begin};
  parts.reserve(slices.size() + 2);
  for (const queue::Slice& slice : slices) parts.push_back(slice.bytes());
  // Each fragment ends with its own comma; the last one's stays here.
  if (!slices.empty()) parts.back().remove_suffix(1);
  parts.push_back(body_end);
  return parts;
}

}  // namespace

MaltiTransport::MaltiTransport(boost::asio::io_context& home, net::HttpClientOptions client, KeySource key,
                               RunBlocking run_blocking)
    : home_(home),
      client_(home, std::move(client)),
      run_blocking_(std::move(run_blocking)),
      key_(std::make_shared<KeySource>(std::move(key))) {}

void MaltiTransport::send(const Batch& batch, std::function<void(Judgement)> done) {
  if (key_->secret.empty()) {
    Judgement no_key;
    no_key.verdict = Verdict::blocked_key;
    no_key.why = "no key";
    return post([done = std::move(done), no_key] { done(no_key); });
  }
  auto slices = std::make_shared<const std::vector<queue::Slice>>(batch.slices);
  std::vector<std::string_view> body = body_of(*slices);
  client_.post("/api/v1/ingest",
               {{"Content-Type", "application/json"}, {"X-API-Key", std::string(key_->secret.reveal())}},
               std::move(body), std::move(slices),
               [records = batch.records, done = std::move(done)](const net::HttpOutcome& outcome) {
                 done(judge(outcome, records, system_now()));
               });
}

void MaltiTransport::read_key(std::function<void(bool changed)> done) {
  if (key_->file.empty()) return post([done = std::move(done)] { done(false); });
  run_blocking_([&home = home_, file = key_->file, watch = std::weak_ptr(key_), done = std::move(done)] {
    post_to(home, [file, watch, done, secret = read_secret_file(file, ::geteuid())] {
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

void MaltiTransport::post(std::function<void()> call) {
  post_to(home_, [watch = std::weak_ptr(key_), call = std::move(call)] {
    if (!watch.expired()) call();
  });
}

}  // namespace pannier::deliver::malti
