#include "deliver/otlp/transport.h"

#include "deliver/judging.h"
#include "deliver/otlp/verdict.h"

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

std::vector<net::HttpClient::Header> headers_for(const Secret& key, Encoding encoding, bool is_packed) {
  std::vector<net::HttpClient::Header> headers{
      {"Content-Type", encoding == Encoding::json ? "application/json" : "application/x-protobuf"},
      {"Authorization", std::string(key.reveal())}};
  if (is_packed) headers.emplace_back("Content-Encoding", "gzip");
  return headers;
}

// A batch is of one format.
Encoding encoding_of(const Batch& batch) {
  return batch.slices.empty() ? Encoding::protobuf
                              : static_cast<Encoding>(batch.slices.front().segment->format());
}

std::vector<std::string_view> body_of(const std::vector<queue::Slice>& slices, Encoding encoding) {
  const bool is_json = encoding == Encoding::json;
  std::vector<std::string_view> parts;
  parts.reserve(slices.size() + 2);
  if (is_json) parts.push_back(json_begin);
  for (const queue::Slice& slice : slices) parts.push_back(slice.bytes());
  // Each fragment ends with its own comma; the last one's stays here.
  if (is_json && !slices.empty()) parts.back().remove_suffix(1);
  if (is_json) parts.push_back(json_end);
  return parts;
}

}  // namespace

OtlpTransport::OtlpTransport(boost::asio::io_context& home, net::HttpClientOptions client, bool gzip,
                             SecretSource key, RunBlocking run_blocking)
    : packs_(gzip),
      key_(home, std::move(key), std::move(run_blocking)),
      client_(home, without_target(std::move(client))) {}

void OtlpTransport::set_client(net::HttpClientOptions client, bool gzip) {
  client_.update(without_target(std::move(client)));
  packs_ = gzip;
}

// None: send it as it is.
std::shared_ptr<const std::string> OtlpTransport::packed(const Batch& batch,
                                                         const std::vector<std::string_view>& body) {
  if (!packs_) return nullptr;
  if (!batch.packed) batch.packed = std::make_shared<const std::string>(gzip_.pack(body));
  return batch.packed->empty() ? nullptr : batch.packed;
}

void OtlpTransport::send(const Batch& batch, std::function<void(Judgement)> done) {
  if (key_.key().empty()) return key_.post([done = std::move(done)] { done(no_key()); });
  auto slices = std::make_shared<const std::vector<queue::Slice>>(batch.slices);
  const Encoding encoding = encoding_of(batch);
  std::vector<std::string_view> body = body_of(*slices, encoding);
  const auto small = packed(batch, body);
  if (small) body = {*small};
  const std::shared_ptr<const void> kept = small ? std::shared_ptr<const void>(small) : slices;
  const Sent sent{batch.records, encoding, small != nullptr};
  client_.post(std::string(traces), headers_for(key_.key(), encoding, sent.packed), std::move(body), kept,
               [this, sent, done = std::move(done)](const net::HttpOutcome& outcome) {
                 Judgement judgement = judge(outcome, sent, system_now());
                 if (judgement.verdict == Verdict::send_again) packs_ = false;
                 done(std::move(judgement));
               });
}

}  // namespace pannier::deliver::otlp
