// One connection to a backend and the request that is open on it. A chain of callbacks rather than a
// coroutine, because it writes and reads at once: an answer may come before the body is written (401, 413).
// Users: http_client only. Threads: one, that of the io_context.
#pragma once
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include "base/clock.h"
#include "net/answer_parser.h"
#include "net/http_client.h"
#include "net/tls_session.h"

namespace pannier::net {

struct HttpRequest {
  std::string head;
  std::vector<std::string_view> body;
  std::shared_ptr<const void> keeps_body_alive;
  HttpClient::Done done;
};

class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
 public:
  using Endpoint = boost::asio::ip::tcp::endpoint;
  HttpConnection(boost::asio::io_context& io, const std::shared_ptr<const HttpClientOptions>& options);
  // With its addresses given there is no look-up. REQUIRES: at least one.
  HttpConnection(boost::asio::io_context& io, std::shared_ptr<const HttpClientOptions> options,
                 std::vector<Endpoint> endpoints);

  [[nodiscard]] bool is_closed() const { return stage_ == Stage::closed; }
  [[nodiscard]] bool is_idle() const { return stage_ == Stage::idle; }
  // An idle connection that may serve another request: young enough, and the server has neither closed it nor
  // sent anything unasked. Closes it otherwise.
  bool check_reusable();

  void start(HttpRequest request);      // REQUIRES: fresh, or check_reusable().
  void retire();                        // closes it when its request is through
  void fail(std::string_view failure);  // ends the request, if one is open, and closes
  void abandon();                       // the same without a word to anybody

 private:
  using Ec = boost::system::error_code;
  static constexpr std::size_t read_size = 16 * 1024;
  enum class Stage { fresh, looking_up, connecting, tunnelling, handshaking, exchanging, idle, closed };

  // How it comes about: http_connection_open.cpp.
  void look_up();
  void looked_up(const Ec& ec, const boost::asio::ip::tcp::resolver::results_type& results);
  void connect();
  void connect_next(std::string_view last_failure);
  void connected(const Ec& ec);
  void ask_for_tunnel();
  void tunnel_answered(AnswerReader::State state);
  void begin_tls();
  void shake_hands();
  [[nodiscard]] bool has_tunnel() const { return options_->proxy && options_->url.scheme == "https"; }
  [[nodiscard]] std::string stage_name() const;  // the beginning of a failure: "TLS with h: "
  [[nodiscard]] std::string tls_failure() const;
  std::string proxy_auth_failure();

  // The request and its answer: http_connection.cpp.
  void exchange();
  void written(const Ec& ec);
  void read_more();
  void read(const Ec& ec, std::size_t bytes);
  [[nodiscard]] bool is_refused();
  void ended();
  void write_encrypted();
  void encrypt_more();
  void written_encrypted(const Ec& ec);
  void decrypt_more();
  [[nodiscard]] std::string refusal();
  void answered(AnswerReader::State state);
  void finish_when_quiet();
  void close();
  void say_goodbye();

  void wake_at(SteadyTime when);
  void on_timer();
  void give_up_waiting();

  std::shared_ptr<const HttpClientOptions> options_;
  boost::asio::ip::tcp::socket socket_;
  boost::asio::ip::tcp::resolver resolver_;
  boost::asio::steady_timer
      timer_;  // armed once and looked at when it fires: moving it would cost each request
  bool timer_is_armed_ = false;

  Stage stage_ = Stage::fresh;
  bool retires_ = false;
  bool is_through_ = false;  // the outcome is known; only the kernel's answers to our calls are missing
  int open_calls_ = 0;       // of write and read
  std::vector<Endpoint> endpoints_;
  std::size_t next_endpoint_ = 0;
  SteadyTime deadline_, connect_deadline_, idle_since_;

  HttpRequest request_;
  HttpOutcome outcome_;
  std::vector<boost::asio::const_buffer> buffers_;
  std::unique_ptr<TlsSession> tls_;
  std::string opening_;        // the request for a tunnel
  std::string sending_;        // encrypted, on its way to the kernel
  bool is_sending_ = false;    // of sending_
  std::size_t next_part_ = 0;  // the first of buffers_ that is not encrypted in full, and how much of it is
  std::size_t encrypted_ = 0;
  boost::beast::flat_buffer received_;
  AnswerReader reader_;
};

}  // namespace pannier::net
