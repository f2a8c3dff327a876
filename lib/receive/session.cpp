#include "receive/session.h"

#include <cstring>

namespace pannier::receive {

Session::Session(LineHandler& handler, CarryBudget& budget, std::size_t line_limit, std::optional<uid_t> uid)
    : handler_(&handler), splitter_(budget, line_limit), uid_(uid) {
  context_.hello_allowed = true;
}

bool Session::feed(std::string_view read, SteadyTime now) {
  const bool continues = splitter_.is_inside_line() && ::memrchr(read.data(), '\n', read.size()) == nullptr;
  handler_->begin_read(observe::ListenerId::unix_stream);
  splitter_.feed(read, *this);
  if (!continues) unfinished_since_ = now;
  return end_read();
}

void Session::end(Ending ending) {
  const std::string_view last = splitter_.unfinished();
  if (!last.empty()) {
    handler_->begin_read(observe::ListenerId::unix_stream);
    if (ending == Ending::clean) {
      line(last);
    } else if (handler_->unterminated(last)) {
      ++so_far_.lines, ++so_far_.rejected;
    }
    end_read();
  }
  splitter_.forget_unfinished();
}

bool Session::end_read() {
  ReadCounts& counts = handler_->counts();
  if (uid_ && (counts.lines != 0 || counts.client_dropped != 0)) {
    counts.from(*uid_, counts.lines, counts.client_dropped);
  }
  const ReadEnd end = handler_->end_read();
  if (wants_acks_) book_.add(end.ticket, so_far_);
  return end.pause;
}

void Session::line(std::string_view line) {
  context_.again = so_far_.lines < again_;
  switch (handler_->take(line, context_)) {
    case record::LineKind::blank: return;
    case record::LineKind::hello: welcome(handler_->hello()); break;
    case record::LineKind::client_dropped: break;
    case record::LineKind::record: ++so_far_.lines; break;
    case record::LineKind::rejected: ++so_far_.lines, ++so_far_.rejected; break;
    case record::LineKind::filtered: ++so_far_.lines, ++so_far_.filtered; break;
  }
  context_.hello_allowed = false;
}

void Session::too_long(std::string_view head, GivenUp why) {
  handler_->too_long(head);
  if (why == GivenUp::no_memory) {
    handler_->intake().limit_hit(observe::ListenerId::unix_stream, Limit::partial_bytes);
  }
  ++so_far_.lines, ++so_far_.rejected;
  context_.hello_allowed = false;
}

void Session::welcome(const record::Hello& hello) {
  service_ = hello.service;
  node_ = hello.node;
  resource_ = hello.resource;
  context_.defaults = {.service = service_, .node = node_, .resource = &resource_};
  wants_acks_ = hello.ack;
  again_ = hello.again;
  if (may_send_)
    out_ = R"({"welcome":{"version":")" PANNIER_VERSION R"(","session":null}})"
           "\n";
}

std::optional<SteadyTime> Session::unfinished_since() const {
  if (!splitter_.is_inside_line()) return std::nullopt;
  return unfinished_since_;
}

std::string_view Session::to_send() {
  if (sent_ == out_.size()) {
    out_.clear();
    sent_ = 0;
    if (may_send_ && wants_acks_ && acked_ != book_.told().lines) write_ack();
  }
  return std::string_view(out_).substr(sent_);
}

void Session::write_ack() {
  const AckBook::Lines& told = book_.told();
  acked_ = told.lines;
  out_.append(R"({"ack":)").append(std::to_string(told.lines));
  out_.append(R"(,"rejected":)").append(std::to_string(told.rejected));
  out_.append(R"(,"filtered":)").append(std::to_string(told.filtered)).append("}\n");
}

void Session::stop_sending() {
  may_send_ = false;
  out_.clear();
  sent_ = 0;
}

}  // namespace pannier::receive
