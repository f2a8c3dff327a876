// Reads one HTTP answer out of a buffer that fills up, keeping only what HttpAnswer has. Never takes more
// memory than the header limit and `max_body`, whatever the server sends. Users: http_connection and
// unix_http, inside this room. Threads: not safe; one belongs to one answer. Cost: no allocation but the
// body's; one pass.
#pragma once
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <optional>
#include <string_view>

#include "net/http_answer.h"

namespace pannier::net {

class AnswerParser final : public boost::beast::http::basic_parser<false> {
 public:
  explicit AnswerParser(std::size_t max_body);
  HttpAnswer answer;

 private:
  using Ec = boost::beast::error_code;
  using View = boost::beast::string_view;
  using Length = boost::optional<std::uint64_t>;
  using Field = boost::beast::http::field;
  void on_request_impl(boost::beast::http::verb, View, View, int, Ec&) override {}
  void on_response_impl(int status, View, int, Ec&) override { answer.status = status; }
  void on_field_impl(Field name, View, View value, Ec&) override;
  void on_header_impl(Ec&) override {}
  void on_body_init_impl(const Length& length, Ec&) override;
  std::size_t on_body_impl(View part, Ec& ec) override;
  void on_chunk_header_impl(std::uint64_t, View, Ec&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, View part, Ec& ec) override { return on_body_impl(part, ec); }
  void on_finish_impl(Ec&) override {}
  std::size_t max_body_;
};

// Follows one request's answer over its interim answers (1xx) to the final one.
class AnswerReader {
 public:
  enum class State { reading, done, failed };
  static constexpr std::size_t max_header = 16 * 1024;
  static constexpr std::size_t max_buffer = 4 * max_header;

  void start(std::size_t max_body);
  void start_without_body();  // of an answer to CONNECT: the tunnel begins behind its head
  State feed(boost::beast::flat_buffer& buffer);  // eats what it can
  State end();                                    // the server has closed the connection

  [[nodiscard]] HttpAnswer& answer() { return parser_->answer; }
  [[nodiscard]] std::string_view failure() const { return failure_; }
  // The connection may serve another request. REQUIRES: State::done.
  [[nodiscard]] bool keeps_alive() const { return !parser_->answer.body_cut && parser_->keep_alive(); }

 private:
  static constexpr int max_interim = 16;
  void restart();
  State judge(boost::beast::error_code ec);
  State fail(std::string_view why);
  std::optional<AnswerParser> parser_;
  std::size_t max_body_ = 0;
  bool has_body_ = true;
  int interim_ = 0;
  std::string_view failure_;
};

}  // namespace pannier::net
