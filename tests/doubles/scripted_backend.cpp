#include "tests/doubles/scripted_backend.h"

#include <utility>

#include "tests/doubles/otlp_contract.h"

namespace pannier::doubles {

namespace {

using namespace std::string_view_literals;

constexpr std::string_view ingest = "/api/v1/ingest";
constexpr std::string_view traces = "/v1/traces";
constexpr std::string_view garbage = "\x01\x02\xff\xfe not HTTP at all \0\r\n\r\n"sv;

// Counts a request while it is open.
class OpenRequest {
 public:
  explicit OpenRequest(std::atomic<std::size_t>& count) : count_(count) { ++count_; }
  ~OpenRequest() { --count_; }
  OpenRequest(const OpenRequest&) = delete;
  OpenRequest& operator=(const OpenRequest&) = delete;

 private:
  std::atomic<std::size_t>& count_;
};

Answer simple(int status, std::string body) {
  return {status, std::move(body)};
}

}  // namespace

ScriptedBackend::ScriptedBackend(BackendOptions options)
    : options_(std::move(options)),
      server_(options_.port, [this](int socket, std::uint64_t connection, const Event& stopped) {
        serve(socket, connection, stopped);
      }) {
  contract_.keys = options_.keys;
  server_.start();
}

void ScriptedBackend::serve(int socket, std::uint64_t number, const Event& stopped) {
  HttpConnection connection(socket, stopped);
  while (connection.wait_for_request(options_.idle) && !closes_unread()) {
    if (!serve_request(connection, number)) return;
  }
}

bool ScriptedBackend::closes_unread() {
  const std::lock_guard lock(mutex_);
  if (script_.empty() || script_.front().kind != Behaviour::Kind::close_unread) return false;
  if (--script_.front().times == 0) script_.pop_front();
  return true;
}

Behaviour ScriptedBackend::take_behaviour() {
  if (script_.empty()) return Behaviour{}.storing();
  Behaviour behaviour = script_.front();
  if (--script_.front().times == 0) script_.pop_front();
  return behaviour;
}

bool ScriptedBackend::serve_request(HttpConnection& connection, std::uint64_t number) {
  auto request = connection.read_request();
  if (!request) return false;
  const bool is_known = request->target == ingest || request->target == traces;
  if (is_known && request->method == "POST") return serve_ingest(connection, number, std::move(*request));
  if (request->target == ingest)
    return connection.write(http_bytes(simple(405, R"({"detail":"Method Not Allowed"})")));
  if (request->target == "/health")
    return connection.write(http_bytes(simple(200, R"({"status":"healthy"})")));
  return connection.write(http_bytes(simple(404, R"({"detail":"Not Found"})")));
}

bool ScriptedBackend::serve_ingest(HttpConnection& connection, std::uint64_t number, HttpRequest request) {
  const OpenRequest open(open_requests_);
  std::unique_lock lock(mutex_);
  const Behaviour behaviour = take_behaviour();
  const Contract contract = contract_;
  lock.unlock();  // reading a large body holds nobody else up
  Ruling ruling = request.target == traces ? rule_otlp(contract, request.headers, request.body)
                                           : rule(contract, request.headers, request.body);
  const std::size_t index = note(std::move(request), number, behaviour.stores, ruling);
  return perform(connection, behaviour, ruling.answer, index);
}

std::size_t ScriptedBackend::note(HttpRequest request, std::uint64_t connection, bool stores,
                                  Ruling& ruling) {
  const std::lock_guard lock(mutex_);
  const bool stored = stores && ruling.answer.status == 200;
  requests_.push_back({std::move(request.method), std::move(request.target), std::move(request.body),
                       std::move(request.headers), ruling.records.size(), connection, 0, stored, false,
                       std::chrono::steady_clock::now()});
  const std::size_t index = requests_.size() - 1;
  if (stored) {
    for (MaltiRecord& record : ruling.records) {
      record.request = index;
      distinct_.insert(record.raw);
      records_.push_back(std::move(record));
    }
  }
  changed_.notify_all();
  return index;
}

bool ScriptedBackend::perform(HttpConnection& connection, const Behaviour& behaviour,
                              const Answer& contract_answer, std::size_t request) {
  if (behaviour.delay.count() > 0) connection.pause(nullptr, behaviour.delay);
  const Answer& answer = behaviour.scripted ? *behaviour.scripted : contract_answer;
  switch (behaviour.kind) {
    case Behaviour::Kind::answer: return send(connection, answer, 0, request);
    case Behaviour::Kind::wrong_length:
      send(connection, answer, behaviour.length_error, request);
      return false;
    case Behaviour::Kind::close_unread:
    case Behaviour::Kind::close_unanswered: return false;
    case Behaviour::Kind::hang: return hang(connection);
    case Behaviour::Kind::garbage: connection.write(garbage); return false;
    case Behaviour::Kind::endless_body:
      return send_endlessly(
          connection,
          "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n",
          "1000\r\n" + std::string(4096, ' ') + "\r\n");
    case Behaviour::Kind::endless_headers:
      return send_endlessly(connection, "HTTP/1.1 200 OK\r\n",
                            "x-filler: " + std::string(4096, 'x') + "\r\n");
  }
  return false;
}

bool ScriptedBackend::send(HttpConnection& connection, const Answer& answer, int length_error,
                           std::size_t request) {
  const bool answered = connection.write(http_bytes(answer, length_error));
  const std::lock_guard lock(mutex_);
  requests_[request].status = answer.status;
  requests_[request].answered = answered;
  changed_.notify_all();
  return answered;
}

bool ScriptedBackend::hang(HttpConnection& connection) {
  std::unique_lock lock(mutex_);
  const auto wake = release_;
  lock.unlock();
  connection.pause(wake.get());
  return false;
}

bool ScriptedBackend::send_endlessly(HttpConnection& connection, std::string_view head,
                                     std::string_view piece) {
  if (!connection.write(head)) return false;
  while (connection.write(piece)) bytes_written_ += piece.size();
  return false;
}

void ScriptedBackend::next(const Behaviour& behaviour) {
  const std::lock_guard lock(mutex_);
  if (behaviour.times != 0) script_.push_back(behaviour);
}

void ScriptedBackend::follow_contract() {
  const std::lock_guard lock(mutex_);
  script_.clear();
}

void ScriptedBackend::release() {
  const std::lock_guard lock(mutex_);
  std::exchange(release_, std::make_shared<Event>())->happen();
}

void ScriptedBackend::set_key(const std::string& key, const std::string& service) {
  const std::lock_guard lock(mutex_);
  contract_.keys[key] = service;
}

void ScriptedBackend::remove_key(const std::string& key) {
  const std::lock_guard lock(mutex_);
  contract_.keys.erase(key);
}

void ScriptedBackend::poison(const std::string& context, Poison kind) {
  const std::lock_guard lock(mutex_);
  contract_.poison[context] = kind;
}

void ScriptedBackend::cure(const std::string& context) {
  const std::lock_guard lock(mutex_);
  contract_.poison.erase(context);
}

void ScriptedBackend::refuse_gzip() {
  const std::lock_guard lock(mutex_);
  contract_.takes_gzip = false;
}

void ScriptedBackend::limit_body(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  contract_.largest_body = bytes;
}

bool ScriptedBackend::wait_for_records(std::size_t count, Deadline deadline) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, deadline, [&] { return distinct_.size() >= count; });
}

bool ScriptedBackend::wait_for_requests(std::size_t count, Deadline deadline) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, deadline, [&] { return requests_.size() >= count; });
}

std::vector<MaltiRecord> ScriptedBackend::records() const {
  const std::lock_guard lock(mutex_);
  return records_;
}

std::size_t ScriptedBackend::stored_records() const {
  const std::lock_guard lock(mutex_);
  return records_.size();
}

std::size_t ScriptedBackend::distinct_records() const {
  const std::lock_guard lock(mutex_);
  return distinct_.size();
}

std::set<std::string> ScriptedBackend::contexts() const {
  const std::lock_guard lock(mutex_);
  std::set<std::string> result;
  for (const MaltiRecord& record : records_) result.insert(record.context);
  return result;
}

std::vector<SeenRequest> ScriptedBackend::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::size_t ScriptedBackend::request_count() const {
  const std::lock_guard lock(mutex_);
  return requests_.size();
}

}  // namespace pannier::doubles
