#include "deliver/lane_shell.h"

#include <boost/asio/steady_timer.hpp>

#include "base/text.h"
#include "observe/log.h"

namespace pannier::deliver {

namespace asio = boost::asio;

// Shared with the callbacks of transport and timer, which may outlive the shell.
struct LaneShell::Impl : std::enable_shared_from_this<Impl> {
  Impl(asio::io_context& context, const std::string& lane_name, LaneCore lane_core,
       std::unique_ptr<Transport> way, observe::Ledger& books, queue::Spool* disk)
      : name(text::shown(lane_name)),
        core(std::move(lane_core)),
        transport(std::move(way)),
        ledger(books),
        spool(disk),
        timer(context),
        random(random_seed()) {}

  std::string name;  // safe to be shown
  LaneCore core;
  std::unique_ptr<Transport> transport;
  observe::Ledger& ledger;
  queue::Spool* spool;  // none: in tests
  asio::steady_timer timer;
  std::optional<SteadyTime> timer_set_to;
  Random random;
  std::function<void()> on_finished, on_closed;
  bool closed = false;

  void on(const Event& event) {
    if (closed) return;
    Output out;
    core.on(event, steady_now(), random, out);
    ledger.apply(out.books);
    for (queue::Letter& letter : out.letters) letter.died = system_now();
    if (spool != nullptr) spool->ended(out.rows, std::move(out.letters));
    // The last word about the timer counts; the others are not worth a system call.
    std::optional<WakeMeAt> wake;
    for (const Command& command : out.commands) {
      if (const auto* wanted = std::get_if<WakeMeAt>(&command))
        wake = *wanted;
      else
        std::visit([this](const auto& known) { carry_out(known); }, command);
    }
    if (wake) set_timer(wake->time);
  }

  void carry_out(const WakeMeAt&) {}
  void carry_out(const Send& command) {
    transport->send(core.batch(command.batch),
                    [weak = weak_from_this(), id = command.batch](Judgement judgement) {
                      if (const auto self = weak.lock()) self->on(Answered{id, std::move(judgement)});
                    });
  }
  void carry_out(const Probe&) {
    transport->probe([weak = weak_from_this()](Judgement judgement) {
      if (const auto self = weak.lock()) self->on(Probed{std::move(judgement)});
    });
  }
  void carry_out(const ReadKey&) {
    transport->read_key([weak = weak_from_this()](bool changed) {
      if (const auto self = weak.lock()) self->on(KeyRead{changed});
    });
  }
  void carry_out(const SaveBatch& command) const {
    if (spool != nullptr) spool->put_back(command.batch);
  }
  void carry_out(const Buried& command) const {
    const std::string_view reason = pannier::name(command.reason);
    observe::log_seldom(observe::LogLevel::error, name + std::string(reason),
                        name + ": " + std::to_string(command.records) + " records are dead letters (" +
                            std::string(reason) + "): " + text::shown(command.why) +
                            "; see: pannier dead-letters list");
  }
  void carry_out(const NotTaken& command) const {
    const std::string words = command.note.empty() ? "no reason given" : text::shown(command.note);
    if (command.records == 0)
      return observe::log_seldom(observe::LogLevel::warn, name + "note",
                                 name + ": the backend says: " + words);
    observe::log_seldom(observe::LogLevel::error, name + "partial_success",
                        name + ": the backend refused " + std::to_string(command.records) + " of " +
                            std::to_string(command.of) +
                            " records, which are dropped (partial_success): " + words);
  }
  void carry_out(const StateChanged&) const {
    const LaneView now = core.view();
    const std::string why = text::shown(now.why);
    switch (now.state) {
      // A key that is good for a probe may still be another service's: then it comes and goes.
      case LaneState::healthy:
        return observe::log_seldom(observe::LogLevel::info, name + "healthy", name + ": delivering");
      case LaneState::backing_off:
        return observe::log_seldom(observe::LogLevel::warn, name + "backing_off",
                                   name + ": backing off, nothing lost: " + why);
      case LaneState::blocked:
        return observe::log_seldom(observe::LogLevel::error, name + "blocked" + why,
                                   name + ": BLOCKED, a person is needed: " + why);
    }
  }
  void carry_out(const Finished&) const {
    if (on_finished) on_finished();
  }
  void carry_out(const Closed&) const {
    if (on_closed) on_closed();
  }

  void set_timer(std::optional<SteadyTime> time) {
    if (time == timer_set_to) return;
    timer_set_to = time;
    if (!time) {
      timer.cancel();
      return;
    }
    timer.expires_at(*time);
    timer.async_wait([weak = weak_from_this()](const boost::system::error_code& fault) {
      if (fault) return;
      const auto self = weak.lock();
      if (!self) return;
      self->timer_set_to.reset();
      self->on(Woken{});
    });
  }
};

LaneShell::LaneShell(asio::io_context& context, const std::string& name, LaneCore core,
                     std::unique_ptr<Transport> transport, observe::Ledger& ledger, queue::Spool* spool)
    : impl_(std::make_shared<Impl>(context, name, std::move(core), std::move(transport), ledger, spool)) {}

LaneShell::~LaneShell() {
  impl_->closed = true;
  impl_->timer.cancel();
  impl_->transport->stop();
}

void LaneShell::on(const Event& event) {
  impl_->on(event);
}
void LaneShell::on_finished(std::function<void()> callback) {
  impl_->on_finished = std::move(callback);
}
void LaneShell::on_closed(std::function<void()> callback) {
  impl_->on_closed = std::move(callback);
}
const std::string& LaneShell::name() const {
  return impl_->name;
}
LaneView LaneShell::view() const {
  return impl_->core.view();
}
bool LaneShell::finished() const {
  return impl_->core.finished();
}
Transport& LaneShell::transport() {
  return *impl_->transport;
}

}  // namespace pannier::deliver
