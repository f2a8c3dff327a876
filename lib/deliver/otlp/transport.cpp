#include "deliver/otlp/transport.h"

#include <unistd.h>

#include "deliver/otlp/verdict.h"
#include "deliver/post.h"
#include "observe/log.h"

namespace pannier::deliver::otlp {
namespace {

constexpr std::string_view traces = "/v1/traces";
constexpr std::string_view json_begin = R"({"resourceSpans":[)";
constexpr std::string_view json_end = "]}";

// Some write the whole address, some the server's alone.
net::HttpClientOptions without_target(net::HttpClientOptions client) {
  std::string& path = client.url.path;
  if (path.ends_with(traces)) path.resize(path.size() - traces.size());
  return client;
}

std::vector<net::HttpClient::Header> headers_for(const KeySource& key, Encoding encoding, bool is_packed) {
  std::vector<net::HttpClient::Header> headers{
      {"Content-Type", encoding == Encoding::json ? "application/json" : "application/x-protobuf"},
      {"Authorization", std::string(key.secret.reveal())}};
  if (is_packed) headers.emplace_back("Content-Encoding", "gzip");
  return headers;
}

}  // namespace

OtlpTransport::OtlpTransport(boost::asio::io_context& home, net::HttpClientOptions client, Encoding encoding,
                             bool gzip, KeySource key, RunBlocking run_blocking)
    : home_(home),
      encoding_(encoding),
      packs_(gzip),
      run_blocking_(std::move(run_blocking)),
      key_(std::make_shared<KeySource>(std::move(key))),
      client_(home, without_target(std::move(client))) {}

void OtlpTransport::set_client(net::HttpClientOptions client, bool gzip) {
  client_.update(without_target(std::move(client)));
  packs_ = gzip;
}

std::vector<std::string_view> OtlpTransport::body_of(const std::vector<queue::Slice>& slices) const {
  const bool is_json = encoding_ == Encoding::json;
  std::vector<std::string_view> parts;
  parts.reserve(slices.size() + 2);
  if (is_json) parts.push_back(json_begin);
  for (const queue::Slice& slice : slices) parts.push_back(slice.bytes());
  // Each fragment ends with its own comma; the last one's stays here.
  if (is_json && !slices.empty()) parts.back().remove_suffix(1);
  if (is_json) parts.push_back(json_end);
  return parts;
}

// None: send it as it is.
std::shared_ptr<const std::string> OtlpTransport::packed(const Batch& batch,
                                                         const std::vector<std::string_view>& body) {
  if (!packs_) return nullptr;
  if (!batch.packed) batch.packed = std::make_shared<const std::string>(gzip_.pack(body));
  return batch.packed->empty() ? nullptr : batch.packed;
}

void OtlpTransport::send(const Batch& batch, std::function<void(Judgement)> done) {
  if (key_->secret.empty()) {
    Judgement no_key;
    no_key.verdict = Verdict::blocked_key;
    no_key.why = "no key";
    return post([done = std::move(done), no_key] { done(no_key); });
  }
  auto slices = std::make_shared<const std::vector<queue::Slice>>(batch.slices);
  std::vector<std::string_view> body = body_of(*slices);
  const auto small = packed(batch, body);
  if (small) body = {*small};
  const std::shared_ptr<const void> kept = small ? std::shared_ptr<const void>(small) : slices;
  const Sent sent{batch.records, encoding_, small != nullptr};
  client_.post(std::string(traces), headers_for(*key_, encoding_, sent.packed), std::move(body), kept,
               [this, sent, done = std::move(done)](const net::HttpOutcome& outcome) {
                 Judgement judgement = judge(outcome, sent, system_now());
                 if (judgement.verdict == Verdict::send_again) packs_ = false;
                 done(std::move(judgement));
               });
}

void OtlpTransport::read_key(std::function<void(bool changed)> done) {
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

void OtlpTransport::post(std::function<void()> call) {
  post_to(home_, [watch = std::weak_ptr(key_), call = std::move(call)] {
    if (!watch.expired()) call();
  });
}

}  // namespace pannier::deliver::otlp
