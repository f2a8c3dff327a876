#include "net/answer_parser.h"

#include <algorithm>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>

namespace pannier::net {
namespace {

namespace http = boost::beast::http;

void keep_first(std::string& out, boost::beast::string_view value) {
  if (out.empty()) out.assign(value.data(), value.size());
}

}  // namespace

AnswerParser::AnswerParser(std::size_t max_body) : max_body_(max_body) {
  eager(true);
  header_limit(AnswerReader::max_header);
  body_limit(boost::none);  // on_body_impl cuts: the beginning of a long answer still tells what is wrong
}

void AnswerParser::on_field_impl(Field name, View, View value, Ec&) {
  if (name == http::field::content_type) keep_first(answer.content_type, value);
  if (name == http::field::retry_after) keep_first(answer.retry_after, value);
}

void AnswerParser::on_body_init_impl(const Length& length, Ec&) {
  if (length) answer.body.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(*length, max_body_)));
}

std::size_t AnswerParser::on_body_impl(View part, Ec& ec) {
  const std::size_t kept = std::min(part.size(), max_body_ - answer.body.size());
  answer.body.append(part.data(), kept);
  if (kept == part.size()) return kept;
  answer.body_cut = true;
  ec = http::error::body_limit;
  return kept;
}

void AnswerReader::start(std::size_t max_body) {
  max_body_ = max_body;
  has_body_ = true;
  interim_ = 0;
  failure_ = {};
  restart();
}

void AnswerReader::start_without_body() {
  start(0);
  has_body_ = false;
  restart();
}

void AnswerReader::restart() {
  parser_.emplace(max_body_);
  if (!has_body_) parser_->skip(true);
}

AnswerReader::State AnswerReader::feed(boost::beast::flat_buffer& buffer) {
  while (buffer.size() != 0) {
    boost::beast::error_code ec;
    const std::size_t eaten = parser_->put(buffer.data(), ec);
    buffer.consume(eaten);
    if (ec == http::error::need_more) break;
    const State state = judge(ec);
    if (state != State::reading) return state;
    if (eaten == 0) break;
  }
  return buffer.size() < max_buffer ? State::reading : fail("the answer is not HTTP");
}

AnswerReader::State AnswerReader::end() {
  if (!parser_->got_some()) return fail("the connection was closed before an answer came");
  boost::beast::error_code ec;
  parser_->put_eof(ec);
  if (ec || !parser_->is_done()) return fail("the connection was closed in the middle of the answer");
  return State::done;
}

AnswerReader::State AnswerReader::judge(boost::beast::error_code ec) {
  if (parser_->answer.body_cut) return State::done;
  if (ec == http::error::header_limit) return fail("the answer's head is over 16 KiB");
  if (ec) return fail("the answer is not HTTP");
  if (!parser_->is_done()) return State::reading;
  if (parser_->answer.status / 100 != 1) return State::done;
  if (++interim_ > max_interim) return fail("interim answers (1xx) without end");
  restart();
  return State::reading;
}

AnswerReader::State AnswerReader::fail(std::string_view why) {
  failure_ = why;
  return State::failed;
}

}  // namespace pannier::net
