#include "tests/soak/backend.h"

#include <algorithm>
#include <set>

#include "tests/doubles/malti_contract.h"
#include "tests/doubles/otlp_contract.h"
#include "tests/doubles/otlp_reader.h"
#include "tests/soak/lines.h"

namespace pannier::soak {

using doubles::Answer;
using doubles::Behaviour;
using doubles::HttpConnection;
using doubles::HttpRequest;

namespace {

constexpr std::uint64_t one_look_in = 16;
constexpr doubles::Deadline idle{5000}, longest_hang{20'000};

std::string header(const HttpRequest& request, const std::string& name) {
  const auto found = request.headers.find(name);
  return found == request.headers.end() ? std::string() : found->second;
}

bool is_refusal(int status) {
  return status == 400 || status == 413 || status == 422 || status == 500;
}

Answer stored_answer(Destination destination, std::size_t count, const std::string& service, bool is_json) {
  if (destination == Destination::malti)
    return {200, R"({"message":"Telemetry data ingested successfully","count":)" + std::to_string(count) +
                     R"(,"service":")" + service + "\"}"};
  if (is_json) return {200, R"({"partialSuccess":{}})"};
  return {200, "", {{"content-type", "application/x-protobuf"}}};
}

}  // namespace

Backend::Backend(Parts parts)
    : parts_(parts),
      weather_(parts.destination, parts.scale, parts.seed),
      server_(0,
              [this](int socket, std::uint64_t, const doubles::Event& stopped) { serve(socket, stopped); }) {
  server_.start();
  weatherman_ = std::thread([this] { follow_weather(); });
}

Backend::~Backend() {
  ends_ = true;
  weatherman_.join();
  server_.stop();
}

void Backend::follow_weather() {
  while (!ends_) {
    const bool is_down = weather_.is_down(Weather::Clock::now());
    if (is_down)
      server_.stop();
    else
      server_.start();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

void Backend::set_key(const std::string& old, const std::string& key, const std::string& service) {
  const std::lock_guard lock(mutex_);
  keys_.erase(old);
  keys_[key] = service;
}

std::map<std::string, std::uint64_t> Backend::failures() const {
  const std::lock_guard lock(mutex_);
  return failures_;
}

void Backend::count(std::string_view way) {
  const std::lock_guard lock(mutex_);
  ++failures_[std::string(way)];
}

void Backend::serve(int socket, const doubles::Event& stopped) {
  HttpConnection connection(socket, stopped);
  while (connection.wait_for_request(idle)) {
    const Way* const way = weather_.next_request();
    if (way != nullptr) count(way->name);
    if (way != nullptr && way->behaviour.kind == Behaviour::Kind::close_unread) return;
    auto request = connection.read_request();
    if (!request || !answer(connection, std::move(*request), way)) return;
  }
}

std::optional<std::string> Backend::service_of_key(const HttpRequest& request) const {
  const bool is_malti = parts_.destination == Destination::malti;
  const std::string key = header(request, is_malti ? "x-api-key" : "authorization");
  const std::lock_guard lock(mutex_);
  const auto found = keys_.find(key);
  return found == keys_.end() ? std::nullopt : std::optional(found->second);
}

std::string Backend::unpacked_body(const HttpRequest& request) const {
  if (header(request, "content-encoding") != "gzip") return request.body;
  auto body = doubles::unpacked(request.body);
  if (!body) parts_.complaints.add("a request was packed badly");
  return body.value_or("");
}

bool Backend::answer(HttpConnection& connection, HttpRequest request, const Way* way) {
  ++requests_;
  const std::string_view target = parts_.destination == Destination::malti ? "/api/v1/ingest" : "/v1/traces";
  if (request.target != target) parts_.complaints.add("a request to " + request.target);
  const auto service = service_of_key(request);
  if (!service) {
    count("401 of a changed key");
    return connection.write(doubles::http_bytes({401, R"({"detail":"Invalid API key"})"}));
  }
  const std::string body = unpacked_body(request);
  const bool is_json = header(request, "content-type") == "application/json";
  const Asked asked{std::move(request), numbers_in(body), *service, is_json};
  // An empty batch asks whether the key is good; nothing is stored.
  const bool is_question = parts_.destination == Destination::malti && asked.numbers.empty();
  if (requests_ % one_look_in == 0 && !is_question) look_closely(asked, body);
  if (way != nullptr) return misbehave(connection, asked, *way);
  if (is_question)
    return connection.write(
        doubles::http_bytes({400, R"({"detail":"Empty requests array is not allowed"})"}));
  if (const auto place = poison_in(asked)) return refuse_poison(connection, asked, *place);
  return store_and_say(connection, asked);
}

void Backend::look_closely(const Asked& asked, std::string_view body) {
  doubles::Contract contract;
  {
    const std::lock_guard lock(mutex_);
    contract.keys = keys_;
  }
  const HttpRequest& request = asked.request;
  const doubles::Ruling ruling = parts_.destination == Destination::malti
                                     ? doubles::rule(contract, request.headers, body)
                                     : doubles::rule_otlp(contract, request.headers, request.body);
  // The key may have changed meanwhile.
  if (ruling.answer.status != 200 && ruling.answer.status != 401)
    parts_.complaints.add("a request that the contract refuses: " + ruling.answer.body.substr(0, 300));
  if (ruling.answer.status == 200 && ruling.records.size() != asked.numbers.size())
    parts_.complaints.add("a batch with " + std::to_string(ruling.records.size()) + " records and " +
                          std::to_string(asked.numbers.size()) + " marks");
}

std::optional<std::size_t> Backend::poison_in(const Asked& asked) const {
  const Kind poison = parts_.destination == Destination::malti ? Kind::poison_malti : Kind::poison_otlp;
  const auto found = std::ranges::find(asked.numbers, poison, kind_of);
  if (found == asked.numbers.end()) return {};
  return static_cast<std::size_t>(found - asked.numbers.begin());
}

bool Backend::refuse_poison(HttpConnection& connection, const Asked& asked, std::size_t place) {
  const std::uint64_t number = asked.numbers[place];
  const bool is_malti = parts_.destination == Destination::malti;
  switch (is_malti ? number / services.size() % 4 : 4) {
    case 0:
      parts_.tally.set(parts_.destination, number, Tally::refused);
      return say(connection, asked, naming_answer(422, Naming::detail, {place}));
    case 1:
      parts_.tally.set(parts_.destination, number, Tally::refused);
      return say(connection, asked, naming_answer(500, Naming::element, {place}));
    case 2: return say(connection, asked, {422, R"({"detail":"Unprocessable Entity"})"});
    default: return say(connection, asked, {400, R"({"detail":"Bad Request"})"});
  }
}

// Whoever is refused alone is refused by its own fault, as far as the daemon can know.
bool Backend::say(HttpConnection& connection, const Asked& asked, const Answer& answer) {
  if (asked.numbers.size() == 1 && is_refusal(answer.status))
    parts_.tally.set(parts_.destination, asked.numbers.front(), Tally::refused);
  return connection.write(doubles::http_bytes(answer));
}

void Backend::store(const Asked& asked) {
  for (const std::uint64_t number : asked.numbers) {
    const Kind kind = kind_of(number);
    if (!parts_.tally.store(parts_.destination, number) || kind == Kind::faulty || kind == Kind::no_response)
      parts_.complaints.add("a record that is none: " + std::to_string(number));
    if (parts_.destination == Destination::malti && service_of(number) != asked.service)
      parts_.complaints.add("a record of another service: " + std::to_string(number));
  }
  stored_ += asked.numbers.size();
}

bool Backend::store_and_say(HttpConnection& connection, const Asked& asked) {
  store(asked);
  const Answer answer = stored_answer(parts_.destination, asked.numbers.size(), asked.service, asked.is_json);
  const bool written = connection.write(doubles::http_bytes(answer));
  if (written) confirmed_ += asked.numbers.size();
  return written;
}

bool Backend::store_some_and_say(HttpConnection& connection, const Asked& asked) {
  const std::size_t rejected = std::min<std::size_t>(asked.numbers.size(), 1 + weather_.below(3));
  Asked taken{{}, asked.numbers, asked.service, asked.is_json};
  for (std::size_t i = 0; i != rejected; ++i) {
    const std::size_t place = weather_.below(taken.numbers.size());
    parts_.tally.set(parts_.destination, taken.numbers[place], Tally::not_taken);
    taken.numbers.erase(taken.numbers.begin() + static_cast<std::ptrdiff_t>(place));
  }
  store(taken);
  const bool written = connection.write(doubles::http_bytes(partial_answer(rejected, asked.is_json)));
  if (written) confirmed_ += taken.numbers.size();
  return written;
}

bool Backend::name_some(HttpConnection& connection, const Asked& asked, const Way& way) {
  std::set<std::size_t> places;
  const std::size_t wanted = way.naming == Naming::element ? 1 : 1 + weather_.below(3);
  while (places.size() < std::min(wanted, asked.numbers.size()))
    places.insert(weather_.below(asked.numbers.size()));
  for (const std::size_t place : places)
    parts_.tally.set(parts_.destination, asked.numbers[place], Tally::refused);
  return say(connection, asked,
             naming_answer(way.behaviour.scripted->status, way.naming, {places.begin(), places.end()}));
}

bool Backend::misbehave(HttpConnection& connection, const Asked& asked, const Way& way) {
  using Kind = Behaviour::Kind;
  const Behaviour& behaviour = way.behaviour;
  const auto poison = poison_in(asked);
  if (asked.numbers.empty()) return say(connection, asked, {400, ""});
  if (way.naming != Naming::nobody) return name_some(connection, asked, way);
  if (way.is_partial && !poison) return store_some_and_say(connection, asked);
  if (behaviour.delay.count() > 0) connection.pause(nullptr, behaviour.delay);
  if (behaviour.kind == Kind::answer && !behaviour.scripted)
    return poison ? refuse_poison(connection, asked, *poison) : store_and_say(connection, asked);
  // A batch is stored whole or not at all.
  if (behaviour.stores && !poison && weather_.below(10) != 0) store(asked);
  switch (behaviour.kind) {
    case Kind::answer:
      return way.is_partial ? refuse_poison(connection, asked, *poison)
                            : say(connection, asked, *behaviour.scripted);
    case Kind::wrong_length:
      connection.write(doubles::http_bytes(
          stored_answer(parts_.destination, asked.numbers.size(), asked.service, asked.is_json),
          behaviour.length_error));
      return false;
    case Kind::hang: connection.pause(nullptr, longest_hang); return false;
    case Kind::garbage: connection.write("\x01\x02\xff\xfe not HTTP at all\r\n\r\n"); return false;
    case Kind::endless_headers:
      if (!connection.write("HTTP/1.1 200 OK\r\n")) return false;
      while (connection.write("x-filler: " + std::string(4096, 'x') + "\r\n")) continue;
      return false;
    case Kind::endless_body:
      if (!connection.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
                            "transfer-encoding: chunked\r\n\r\n"))
        return false;
      while (connection.write("1000\r\n" + std::string(4096, ' ') + "\r\n")) continue;
      return false;
    default: return false;
  }
}

}  // namespace pannier::soak
