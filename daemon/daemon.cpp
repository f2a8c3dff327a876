#include "daemon/daemon.h"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/thread_pool.hpp>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <span>
#include <thread>

#include "base/text.h"
#include "base/units.h"
#include "daemon/control.h"
#include "daemon/doors.h"
#include "daemon/drop_watch.h"
#include "daemon/key_desk.h"
#include "daemon/key_files.h"
#include "daemon/lanes.h"
#include "daemon/letter_desk.h"
#include "daemon/observing.h"
#include "daemon/pipeline.h"
#include "daemon/reloading.h"
#include "daemon/service.h"
#include "daemon/service_words.h"
#include "daemon/spooling.h"
#include "daemon/status.h"
#include "net/fingerprint.h"
#include "net/lock_file.h"
#include "observe/log.h"

namespace pannier::daemon {

namespace asio = boost::asio;
using observe::LogLevel;

namespace {

// Reading out the clients may take this part of shutdown.timeout; sending has the rest.
constexpr int read_out_part = 2;
// So long the disk may take what is in memory, after the sending has ended.
constexpr std::chrono::seconds save_time{3};

LogLevel level_named(const std::string& name) {
  if (name == "debug") return LogLevel::debug;
  if (name == "warn") return LogLevel::warn;
  return name == "error" ? LogLevel::error : LogLevel::info;
}

std::string random_id() {
  Random random(random_seed());
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(random.next()));
  return text.data();
}

void print_mistakes(const config::Mistakes& mistakes) {
  for (const config::Mistake& mistake : mistakes) std::fprintf(stderr, "%s\n", mistake.text().c_str());
  std::fprintf(stderr, "%zu mistake%s; nothing was started\n", mistakes.size(),
               mistakes.size() == 1 ? "" : "s");
}

// A name look-up that hangs can't be interrupted, and Asio would wait for it.
void end_in_bounded_time() {
  constexpr unsigned seconds = 8;
  std::signal(SIGALRM, [](int) { _exit(0); });
  alarm(seconds);
}

void end_beside_a_disk_that_hangs(int code) {
  observe::stop_log();
  _exit(code);
}

// A spool that refuses rather than drops makes streams wait for as long as it takes.
receive::Options receive_options(const config::Settings& settings) {
  receive::Options options = settings.receive;
  const bool refuses =
      settings.spool.mode != queue::SpoolMode::off && settings.spool.when_full == queue::WhenFull::refuse;
  if (refuses) options.max_pause = std::chrono::hours(24);
  return options;
}

class Daemon {
 public:
  Daemon(config::Request request, config::Loaded loaded, ServiceManager& manager)
      : request_(std::move(request)),
        loaded_(std::make_shared<const config::Loaded>(std::move(loaded))),
        rings_(settings()->memory, ledger_, {settings()->spool.mode, settings()->spool.when_full}),
        spooling_(deliver_, *settings(), rings_, ledger_, spool_hooks()),
        letters_(deliver_, *spooling_.spool()),
        lanes_({deliver_, rings_, ledger_, run_blocking(), id_, Random(random_seed()).uniform(),
                spooling_.spool(),
                [this](observe::LaneId lane, const deliver::malti::KeyNews& news) {
                  keys_.said(lane, {news.good, news.status, news.detail}, steady_now());
                },
                [this](observe::LaneId lane) { keys_.closed(lane); }},
               settings()),
        signals_(deliver_, SIGTERM, SIGINT, SIGHUP),
        manager_(manager),
        service_(manager, deliver_, intake_, [this] { return service_words(snapshot()); }) {}

  Result<void> open();
  void run();
  void give_up() {  // after an error of open()
    if (!spooling_.stop()) end_beside_a_disk_that_hangs(1);
  }

 private:
  // The settings in force, kept alive together with their origins.
  [[nodiscard]] std::shared_ptr<const config::Settings> settings() const {
    return {loaded_, &loaded_->settings};
  }
  deliver::RunBlocking run_blocking() {
    return [this](std::function<void()> work) { asio::post(background_, std::move(work)); };
  }
  Result<void> take_lock();
  queue::Spool::Hooks spool_hooks();
  Result<void> open_doors();
  Result<void> open_observing();
  std::optional<observe::LaneId> open_guest(std::string_view service, const Secret& key);
  void say_hello() const;
  void wait_for_signal();
  void on_signal(int signal);
  void begin_stop();
  void stop_lanes();
  void finish();
  void reload(const net::HttpServer::Respond& respond);
  void apply(std::shared_ptr<const config::Loaded> fresh);
  [[nodiscard]] Snapshot snapshot() const;

  config::Request request_;
  std::shared_ptr<const config::Loaded> loaded_;  // T2
  const SteadyTime started_ = steady_now();
  const std::string id_ = random_id();  // on every request that we send

  asio::io_context deliver_{1};  // T2
  asio::io_context intake_{1};   // T1
  asio::thread_pool background_{1};
  observe::Ledger ledger_;
  queue::Rings rings_;
  Spooling spooling_;
  LetterDesk letters_;
  DropWatch drops_{deliver_, [this] { return rings_.snapshot(); }};
  const queue::Salt own_salt_{random_seed(), random_seed()};  // where the spool has none
  KeyDesk keys_{
      {.open = [this](std::string_view service, const Secret& key) { return open_guest(service, key); },
       .is_empty = [this](observe::LaneId lane) { return ledger_.is_settled(lane); }}};
  Lanes lanes_;
  asio::signal_set signals_;
  std::optional<net::LockFile> lock_;
  std::shared_ptr<const Routing> routing_;
  std::unique_ptr<Doors> doors_;
  std::unique_ptr<Control> control_;
  std::unique_ptr<Observing> observing_;
  ServiceManager& manager_;
  Service service_;
  Reloading reloading_{{deliver_, run_blocking(), request_, service_, [this] { return loaded_; },
                        [this](std::shared_ptr<const config::Loaded> fresh) { apply(std::move(fresh)); }}};

  std::atomic<bool> ready_{false};  // the listeners accept: what /readyz and `pannier health` say
  int stop_signals_ = 0;
  bool doors_closed_ = false;
  SteadyTime stop_deadline_{};
};

Result<void> Daemon::take_lock() {
  const std::filesystem::path control = settings()->control.path;
  std::error_code ignored;
  const bool made = std::filesystem::create_directories(control.parent_path(), ignored);
  const bool shared = !settings()->control.read_group.empty();
  if (made)
    std::filesystem::permissions(control.parent_path(), std::filesystem::perms(shared ? 0710 : 0700),
                                 ignored);
  auto lock = net::LockFile::take(control.string() + ".lock");
  if (!lock) return lock.error();
  lock_ = std::move(*lock);
  return {};
}

queue::Spool::Hooks Daemon::spool_hooks() {
  return {.wake = [this](observe::LaneId lane) { lanes_.wake(lane); },
          .accounted = [this](std::uint64_t ticket) { doors_->committed(ticket); },
          .saved = [this](queue::PutBackDone done) { lanes_.saved(std::move(done)); },
          .ordered = [this](const queue::LetterOrderDone& done) { letters_.done(done); },
          .answered = [this](std::uint64_t token,
                             const Result<queue::LetterPage>& page) { letters_.done(token, page); },
          .lane_of = [this](const std::string& name) { return lanes_.carried(name); }};
}

Result<void> Daemon::open() {
  if (auto locked = take_lock(); !locked) return locked.error();
  if (settings()->malti.enabled) ledger_.open(observe::DestinationId::malti);
  if (settings()->multiplayer.enabled) ledger_.open(observe::DestinationId::multiplayer);
  if (settings()->local.enabled) ledger_.open(observe::DestinationId::local);
  if (settings()->spool.mode == queue::SpoolMode::always)
    rings_.on_disk(
        [this](bool works) { asio::post(deliver_, [this, works] { doors_->disk_works(works); }); });
  if (auto opened = spooling_.open(); !opened) return opened.error();
  if (auto opened = open_doors(); !opened) return opened.error();
  auto control = Control::open(
      deliver_, settings()->control,
      {.status = [this] { return status_json(snapshot()); },
       .ready = [this] { return ready_.load(); },
       .reload = [this](const net::HttpServer::Respond& respond) { reload(respond); },
       .letters = [this](std::string_view verb, const std::string& body,
                         const net::HttpServer::Respond& respond) { letters_.handle(verb, body, respond); }});
  if (!control) return control.error();
  control_ = std::move(*control);
  return open_observing();
}

Result<void> Daemon::open_doors() {
  auto sockets = manager_.take_sockets();
  if (!sockets) return sockets.error();
  auto handed = HandedSockets::sorted(std::move(*sockets));
  if (!handed) return handed.error();
  keys_.set(*settings());
  routing_ = make_routing(*settings());
  auto make_pipeline = [this] { return std::make_unique<Pipeline>(rings_, ledger_, lanes_, routing_); };
  auto doors = Doors::open({intake_, ledger_, keys_, id_, std::move(make_pipeline)},
                           receive_options(*settings()), std::move(*handed));
  if (!doors) return doors.error();
  doors_ = std::move(*doors);
  rings_.on_room([this] { doors_->room_came(); });
  if (asio::io_context* http = doors_->http_loop()) service_.watch(*http);
  return {};
}

// Under the spool's salt it is known again in another run.
std::optional<observe::LaneId> Daemon::open_guest(std::string_view service, const Secret& key) {
  const auto carried = spooling_.spool()->facts().carried;
  const queue::Salt salt = carried && carried->salt != queue::Salt{} ? carried->salt : own_salt_;
  const std::span bytes(reinterpret_cast<const std::uint8_t*>(salt.data()), sizeof salt);
  return lanes_.guest(service, net::fingerprint(key.reveal(), bytes), key);
}

Result<void> Daemon::open_observing() {
  if (!settings()->observe.enabled) return {};
  auto observing = Observing::open({deliver_, intake_, doors_->http_loop()}, settings()->observe, id_,
                                   {.snapshot = [this] { return snapshot(); },
                                    .ready = [this] { return ready_.load(); },
                                    .ingest = [this] { return doors_->http_facts(); }});
  if (!observing) return observing.error();
  observing_ = std::move(*observing);
  return {};
}

void Daemon::say_hello() const {
  std::string doors;
  for (const std::string& door : doors_->descriptions()) doors.append(doors.empty() ? "" : ", ").append(door);
  observe::log(
      LogLevel::info,
      "pannier " PANNIER_VERSION " is ready: " + (doors.empty() ? "no listener" : doors) + "; control " +
          settings()->control.path + (observing_ ? "; observe http://" + settings()->observe.address : "") +
          "; configuration " + settings()->version +
          (loaded_->file.empty() ? " (no file)" : " (" + loaded_->file + ")") + "; memory at most " +
          units::size_text(config::process_bound(settings()->memory, settings()->receive.http.enabled)));
  for (const std::string& warning : loaded_->warnings) observe::log(LogLevel::warn, warning);
  if (settings()->local.enabled)
    observe::log(LogLevel::info, "records go to the local store " + settings()->local.path);
}

void Daemon::run() {
  say_hello();
  if (observing_) observing_->start();
  spooling_.start();
  drops_.start();
  doors_->start();
  std::thread intake([this] {
    ::pthread_setname_np(::pthread_self(), "intake");
    const auto work = asio::make_work_guard(intake_);
    intake_.run();
  });
  ready_ = true;
  wait_for_signal();
  service_.start();
  const auto work = asio::make_work_guard(deliver_);
  deliver_.run();
  intake_.stop();
  intake.join();
  background_.stop();
  background_.join();
}

void Daemon::wait_for_signal() {
  signals_.async_wait([this](const boost::system::error_code& fault, int signal) {
    if (fault) return;
    on_signal(signal);
    wait_for_signal();
  });
}

void Daemon::on_signal(int signal) {
  if (signal == SIGHUP) return reload([](const net::HttpServer::Response&) {});
  ++stop_signals_;
  if (stop_signals_ == 1) return begin_stop();
  observe::log(LogLevel::warn, "stop at once: what is not sent by now is dropped");
  stop_deadline_ = steady_now();
  if (doors_closed_) stop_lanes();
}

void Daemon::begin_stop() {
  ready_ = false;
  const config::Shutdown& shutdown = settings()->shutdown;
  observe::log(LogLevel::info, "stopping: reading out the clients, then sending for at most " +
                                   units::duration_text(shutdown.timeout));
  stop_deadline_ = steady_now() + shutdown.wait_for_clients + shutdown.timeout;
  service_.stopping();
  spooling_.flush();
  lanes_.save();
  doors_->drain({.wait_for_clients = shutdown.wait_for_clients, .read_out = shutdown.timeout / read_out_part},
                [this] {
                  asio::post(deliver_, [this] {
                    doors_closed_ = true;
                    stop_lanes();
                  });
                });
}

void Daemon::stop_lanes() {
  const bool send = steady_now() < stop_deadline_;
  spooling_.flush();
  lanes_.stop({stop_deadline_, send, steady_now() + save_time}, [this] { finish(); });
}

void Daemon::finish() {
  observing_.reset();
  control_.reset();
  const bool is_closed = spooling_.stop();
  drops_.stop();
  observe::log(LogLevel::info, ledger_line(snapshot().books));
  if (!is_closed) end_beside_a_disk_that_hangs(0);
  end_in_bounded_time();
  deliver_.stop();
}

Snapshot Daemon::snapshot() const {
  Snapshot snapshot;
  snapshot.books = rings_.snapshot();
  snapshot.lanes = lanes_.views();
  add_held(snapshot.books, snapshot.lanes);
  for (std::size_t i = 0; i < snapshot.books.listeners.size(); ++i)
    snapshot.books.listeners[i].kernel_dropped = doors_->kernel_dropped(static_cast<observe::ListenerId>(i));
  snapshot.now = steady_now();
  snapshot.wall_clock = system_now();
  snapshot.uptime = std::chrono::duration_cast<std::chrono::milliseconds>(snapshot.now - started_);
  snapshot.memory_used = rings_.allocated();
  snapshot.memory = rings_.memory();
  snapshot.config_version = loaded_->settings.version;
  snapshot.warnings = loaded_->warnings;
  snapshot.stopping = stop_signals_ > 0;
  snapshot.ready = ready_;
  snapshot.stats = {settings()->process.service, settings()->process.node,
                    settings()->malti.enabled ? settings()->malti.url : "", settings()->malti.clean_mode};
  snapshot.key_files = key_files(*settings(), snapshot.books);
  spooling_.add_to(snapshot);
  return snapshot;
}

void Daemon::reload(const net::HttpServer::Respond& respond) {
  if (stop_signals_ > 0) return reloading_.refuse(respond, "the daemon is stopping");
  reloading_.start(respond);
}

void Daemon::apply(std::shared_ptr<const config::Loaded> fresh) {
  loaded_ = std::move(fresh);
  observe::set_log_level(level_named(settings()->log.level));
  routing_ = make_routing(*settings(), routing_.get());
  doors_->set(receive_options(*settings()), routing_);
  keys_.set(*settings());
  lanes_.apply(settings());
}

}  // namespace

int run(const config::Request& request) {
  auto loaded = config::load(request);
  if (const auto* mistakes = std::get_if<config::Mistakes>(&loaded)) {
    print_mistakes(*mistakes);
    return 2;
  }
  auto& good = std::get<config::Loaded>(loaded);
  std::signal(SIGPIPE, SIG_IGN);
  // A file-size limit is an error of the one write.
  std::signal(SIGXFSZ, SIG_IGN);
  // Before there are threads, and until the log has ended: it may wait for its reader.
  ServiceManager manager(request.environment.get("NOTIFY_SOCKET").has_value());
  observe::start_log(level_named(good.settings.log.level), good.settings.log.format == "json"
                                                               ? observe::LogFormat::json
                                                               : observe::LogFormat::text);
  int code = 0;
  {
    Daemon daemon(request, std::move(good), manager);
    if (auto opened = daemon.open(); opened) {
      daemon.run();
    } else {
      observe::log(LogLevel::error, opened.error().message);
      daemon.give_up();
      code = 1;
    }
  }
  observe::stop_log();
  return code;
}

}  // namespace pannier::daemon
