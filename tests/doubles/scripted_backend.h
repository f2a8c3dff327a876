// A real HTTP/1.1 server on loopback that is a Malti (malti_contract.h) and, at /v1/traces, an OTLP backend
// (otlp_contract.h) until its script says otherwise.
// It keeps every request and every stored record, so that a test can count duplicates.
// Threads: every member may be called from any thread but start_again and stop: one thread. One thread
// accepts, one serves each connection.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "tests/doubles/behaviour.h"
#include "tests/doubles/event.h"
#include "tests/doubles/http_connection.h"
#include "tests/doubles/loopback_server.h"
#include "tests/doubles/malti_contract.h"

namespace pannier::doubles {

struct BackendOptions {
  std::uint16_t port = 0;  // 0: the kernel chooses
  Deadline idle{5000};     // a connection without request is closed
  std::map<std::string, std::string> keys{{"key-orders", "orders"}};  // key to service
};

struct SeenRequest {
  std::string method, target, body;
  Headers headers;
  std::size_t records = 0;       // that the body holds
  std::uint64_t connection = 0;  // the first is 1
  int status = 0;                // of the answer; 0: none was given
  bool stored = false;           // its records were stored
  bool answered = false;         // the answer's last byte was handed to the kernel
  std::chrono::steady_clock::time_point at;
};

class ScriptedBackend {
 public:
  explicit ScriptedBackend(BackendOptions options = {});

  [[nodiscard]] std::uint16_t port() const { return server_.port(); }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port()); }

  // As a server that was killed: open connections break, new ones are refused, the port stays ours.
  void stop() { server_.stop(); }
  void start_again() { server_.start(); }

  void next(const Behaviour& behaviour);  // for coming requests, behind what is already in the script
  void follow_contract();                 // forgets the script: a Malti again
  void release();                         // ends all that hang now, unanswered

  void set_key(const std::string& key, const std::string& service);
  void remove_key(const std::string& key);
  void poison(const std::string& context, Poison kind);
  void cure(const std::string& context);
  void limit_body(std::size_t bytes);  // more gets 413
  void refuse_gzip();                  // packed bodies at /v1/traces get 415

  // True as soon as so many distinct records are stored (or requests were read).
  [[nodiscard]] bool wait_for_records(std::size_t count, Deadline deadline) const;
  [[nodiscard]] bool wait_for_requests(std::size_t count, Deadline deadline) const;

  [[nodiscard]] std::vector<MaltiRecord> records() const;  // in the order of storing, duplicates too
  [[nodiscard]] std::size_t stored_records() const;        // duplicates too
  [[nodiscard]] std::size_t distinct_records() const;      // told apart by their bytes
  [[nodiscard]] std::set<std::string> contexts() const;
  [[nodiscard]] std::vector<SeenRequest> requests() const;  // to both routes
  [[nodiscard]] std::size_t request_count() const;
  [[nodiscard]] std::size_t open_requests() const { return open_requests_; }  // read, and not answered yet
  [[nodiscard]] std::uint64_t connections() const { return server_.connections(); }  // ever accepted
  [[nodiscard]] std::uint64_t bytes_written() const { return bytes_written_; }       // of endless answers

 private:
  void serve(int socket, std::uint64_t number, const Event& stopped);
  bool serve_request(HttpConnection& connection, std::uint64_t number);
  bool serve_ingest(HttpConnection& connection, std::uint64_t number, HttpRequest request);
  bool perform(HttpConnection& connection, const Behaviour& behaviour, const Answer& contract_answer,
               std::size_t request);
  bool send(HttpConnection& connection, const Answer& answer, int length_error, std::size_t request);
  bool hang(HttpConnection& connection);
  bool send_endlessly(HttpConnection& connection, std::string_view head, std::string_view piece);
  Behaviour take_behaviour();
  bool closes_unread();
  std::size_t note(HttpRequest request, std::uint64_t connection, bool stores, Ruling& ruling);

  const BackendOptions options_;
  std::atomic<std::uint64_t> bytes_written_ = 0;
  std::atomic<std::size_t> open_requests_ = 0;

  mutable std::mutex mutex_;  // guards all below
  mutable std::condition_variable changed_;
  Contract contract_;
  std::deque<Behaviour> script_;
  std::shared_ptr<Event> release_ = std::make_shared<Event>();
  std::vector<SeenRequest> requests_;
  std::vector<MaltiRecord> records_;
  std::set<std::string, std::less<>> distinct_;

  LoopbackServer server_;  // the last: its threads use all of the above
};

}  // namespace pannier::doubles
