// pannier.hpp: tells a pannier daemon about the requests that this process has served. One header: C++17,
// Linux, the standard library and libc only; builds with -fno-exceptions -fno-rtti. The wire:
// lib/client/WIRE.md.
//
//   pannier::Options options;
//   options.service = "orders";
//   static pannier::Client telemetry(options);             // one a process, for all its threads
//
//   pannier::Record record;                                // after each answer
//   record.method = "GET";
//   record.endpoint = "/users/{user_id}";
//   record.status = 200;
//   record.took(std::chrono::steady_clock::now() - begun);
//   telemetry.report(record);
//
// What it promises
// - report() makes no system call but for a wake-up now and then, allocates nothing, never waits for the
// daemon and
//   never throws. It costs about a quarter of a microsecond.
// - Memory is bounded (Options::buffer). Where the daemon is absent or slow the newest records are dropped:
// what was
//   taken stays. Drops are counted by reason and told to the daemon (`client_dropped`), each once.
// - handed_in = sent + waiting + dropped, at any moment. A record that was sent is one line in the daemon's
// books,
//   over restarts too; where the daemon is killed, those that lay unread in the socket are counted as
//   `unsure`.
// - A background thread, started by the first report(), writes whole lines, up to 32 KiB at once, at most
//   Options::linger after the first of them. It alone can send the last record before a quiet hour, finish a
//   write to a full socket and connect again; it blocks all signals and never waits where it could not be
//   woken.
// - fork: the child has an empty buffer, its own counters and, from its first report() on, its own connection
// and
//   thread; the parent goes on as before. (Through pthread_atfork; a raw clone() is not seen.)
// - It sends no hello, so the daemon never writes to it, asks for no acks and never sends a record twice.
//
// The environment, read in the constructor; it goes before what Options says
//   PANNIER_URL=unix:///path or udp://127.0.0.1:6258 (numbers or localhost: a name look-up could block).
//   Default:
//     $XDG_RUNTIME_DIR/pannier/pannier.sock where that exists, else /run/pannier/pannier.sock.
//   PANNIER_DISABLED=1   nothing is done: no memory, no thread, no connection; report() returns false.
//   PANNIER_DEBUG=1      says on standard error what it does, never for each record, at most 5 lines in 10 s.
// An address or a name that cannot be used is said once on standard error, in problem(), and every record is
// dropped as `misconfigured`.
#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>

namespace pannier {
inline namespace shim_v1 {

// ---------------------------------------------------------------------------------------- what is reported

// Items that the caller keeps until report() returns: an array, a vector, or a pointer and a count.
template <typename Item>
class Several {
 public:
  constexpr Several() noexcept = default;
  constexpr Several(const Item* first, std::size_t count) noexcept : first_(first), count_(count) {}
  template <std::size_t count>
  constexpr Several(const Item (&items)[count]) noexcept : first_(items), count_(count) {}
  template <typename Container, typename = decltype(std::declval<const Container&>().data())>
  constexpr Several(const Container& items) noexcept : first_(items.data()), count_(items.size()) {}
  [[nodiscard]] constexpr const Item* begin() const noexcept { return first_; }
  [[nodiscard]] constexpr const Item* end() const noexcept { return first_ + count_; }
  [[nodiscard]] constexpr bool empty() const noexcept { return count_ == 0; }

 private:
  const Item* first_ = nullptr;
  std::size_t count_ = 0;
};

struct Header {
  std::string_view name, value;
};

// The value of an attribute: a text, a number, a boolean, or none (null; NaN and infinity become that too).
class Value {
 public:
  enum class Kind : unsigned char { none, text, whole, real, boolean };
  Value() noexcept = default;
  Value(std::string_view letters) noexcept : kind(Kind::text), text(letters) {}
  Value(const char* letters) noexcept : kind(Kind::text), text(letters) {}
  Value(bool truth) noexcept : kind(Kind::boolean), is_true(truth) {}
  Value(double number) noexcept : kind(std::isfinite(number) ? Kind::real : Kind::none), real(number) {}
  template <typename Whole, typename = std::enable_if_t<std::is_integral_v<Whole>>>
  Value(Whole whole) noexcept
      : kind(Kind::whole), is_negative(whole < Whole{}), magnitude(magnitude_of(whole)) {}

  Kind kind = Kind::none;
  bool is_true = false, is_negative = false;
  std::uint64_t magnitude = 0;  // of a whole number
  double real = 0;
  std::string_view text;

 private:
  template <typename Whole>
  static std::uint64_t magnitude_of(Whole whole) noexcept {
    const auto bits = static_cast<std::uint64_t>(whole);
    return whole < Whole{} ? 0 - bits : bits;
  }
};

struct Attribute {
  std::string_view name;
  Value value;
};

// One served request. All views belong to the caller and are read before report() returns. Bytes that are no
// UTF-8 and NUL become U+FFFD. What else the daemon would reject (no method, status 99) is its to reject and
// to show.
struct Record {
  std::string_view method;      // required: "GET"
  std::string_view endpoint;    // the route's pattern, "/users/{user_id}"; required, or
  std::string_view path;        // the raw path, where the framework knows no pattern; a ?query goes nowhere
  int status = 0;               // required: 100 to 599
  double response_time_ms = 0;  // below 0 becomes 0, above 2147483647 becomes that, NaN drops the record
  std::chrono::system_clock::time_point created_at{};  // when the answer was finished; none: now
  std::string_view consumer, context, client_ip;       // who called; Malti's free text; the caller's address
  std::string_view service, node;                      // instead of the client's
  std::string_view trace_id, span_id, parent_span_id;  // 32, 16, 16 hex digits
  Several<Header> request_headers, response_headers;
  std::string_view error_type, error_message, error_stack;  // of an exception that ended the request
  Several<Attribute> attributes;

  template <typename Number, typename Period>
  Record& took(std::chrono::duration<Number, Period> time) noexcept {
    response_time_ms = std::chrono::duration<double, std::milli>(time).count();
    return *this;
  }
};

// -------------------------------------------------------------------------------------------------- the
// client

struct Options {
  std::string_view service, node;   // 1 to 100 characters, no '/'; none: what the daemon's configuration says
  std::string_view url;             // as PANNIER_URL, which goes before it
  std::size_t buffer = 256 * 1024;  // bytes for what the daemon did not take yet; at least a half is usable
  std::size_t line = 64 * 1024;     // a longer record is dropped; at most a quarter of buffer
  std::size_t datagram = 8 * 1024;  // over UDP: bytes in one datagram (a longer record goes alone)
  std::chrono::milliseconds linger{20};  // how long the first record waits for others to share its write
  std::chrono::milliseconds retry{100};  // the first wait after a failed connection; doubles, with jitter,
  std::chrono::milliseconds retry_cap{5000};    // up to this
  std::chrono::milliseconds close_within{100};  // the destructor's time to hand over what is buffered
};

enum class DropReason : unsigned char {
  full,           // the buffer: the daemon is absent or slow
  too_long,       // Options::line
  invalid,        // the response time is NaN
  misconfigured,  // problem() says why
  closed,         // handed in after close(), or not handed over in its time
};
inline constexpr std::size_t drop_reasons = 5;
constexpr const char* name_of(DropReason reason) noexcept {
  constexpr const char* names[drop_reasons] = {"full", "too_long", "invalid", "misconfigured", "closed"};
  return names[static_cast<std::size_t>(reason)];
}

// handed_in = sent + waiting + all of dropped.
struct Counters {
  std::uint64_t handed_in = 0;  // calls of report()
  std::uint64_t sent = 0;       // the kernel took it, or so much of it that the daemon counts a line
  std::uint64_t waiting = 0;    // in the buffer
  std::uint64_t dropped[drop_reasons] = {};
  std::uint64_t unsure = 0;    // of sent: lay in the socket of a daemon that died, so nobody may have read it
  std::uint64_t repaired = 0;  // handed in with a text, time or response time that had to be changed
  std::uint64_t told = 0;      // of dropped: told to the daemon
  std::uint64_t connections = 0;
  [[nodiscard]] std::uint64_t all_dropped() const noexcept {
    std::uint64_t sum = 0;
    for (const std::uint64_t count : dropped) sum += count;
    return sum;
  }
  [[nodiscard]] std::uint64_t operator[](DropReason reason) const noexcept {
    return dropped[static_cast<std::size_t>(reason)];
  }
};

namespace shim {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;
using Lock = std::lock_guard<std::mutex>;
using LinePrefix =
    char[1400];  // two names of 100 characters, each up to six bytes when escaped, and their keys

struct Address {
  enum class Kind : unsigned char { none, stream, udp };
  Kind kind = Kind::none;
  bool is_default = false;  // then the first path is taken where it exists, else the second
  sockaddr_un paths[2] = {};
  sockaddr_storage udp = {};
  socklen_t udp_size = 0;
};

// One of two stretches of whole lines: one is filled by report() while the other is sent.
struct Half {
  static constexpr std::size_t headroom = 64;  // for a line about drops in front of the first record
  void reset() noexcept { *this = Half{bytes, headroom, headroom, 0, 0, 0}; }
  [[nodiscard]] bool empty() const noexcept { return begin == end; }
  [[nodiscard]] std::size_t size() const noexcept { return end - begin; }

  char* bytes = nullptr;
  std::size_t begin = headroom, end = headroom;
  std::uint64_t records = 0;     // between them
  std::size_t control_end = 0;   // where the line about drops ends; 0: none is left to be sent
  std::uint64_t drops_told = 0;  // what it says
};

// What the background thread waits for.
struct Wait {
  static constexpr std::size_t never = static_cast<std::size_t>(-1);
  short events = POLLRDHUP;     // on the connection; its end is always among them
  int milliseconds = -1;        // -1: no end
  std::size_t wake_at = never;  // bytes in the half that is filled
};

// Tells fork() to leave every client of this process alone; see Client::before_fork().
struct Forks;

}  // namespace shim

// Threads: report(), flush(), counters() from any thread at any time; close() once; destroyed when nobody
// calls. Not to be used in a signal handler.
class Client {
 public:
  explicit Client(const Options& options = {}) noexcept;
  ~Client() noexcept;  // close(options.close_within)
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // False: it was dropped and counted, or the client is disabled (then it is not counted).
  bool report(const Record& record) noexcept;
  // Waits until all is with the kernel; a connection is tried at once. False: not within that time.
  bool flush(std::chrono::milliseconds within) noexcept;
  // As flush(), then drops the rest, takes nothing more, ends the thread and the connection.
  Counters close(std::chrono::milliseconds within) noexcept;

  [[nodiscard]] Counters counters() noexcept;
  [[nodiscard]] bool is_enabled() const noexcept { return is_enabled_; }   // false: PANNIER_DISABLED
  [[nodiscard]] const char* problem() const noexcept { return problem_; }  // "": none

 private:
  friend struct shim::Forks;
  enum class State : unsigned char {
    down,
    probing,  // connected; nobody has read anything, so nobody may have accepted it yet
    up,
    leaving,  // the daemon stops: it takes nothing more and reads out what it has
  };
  enum class End : unsigned char { reads_out, closed, reset };

  void configure(const Options& options) noexcept;
  bool take_address(std::string_view url) noexcept;
  void take_default_address() noexcept;
  void take_name(const char* key, std::string_view name, std::size_t& size, char* out) noexcept;
  [[gnu::format(printf, 2, 3)]] void set_problem(const char* format, ...) noexcept;

  bool append(const Record& record) noexcept;
  bool drop(DropReason reason) noexcept;
  bool start_thread() noexcept;
  void wake() noexcept;

  static void* run_thread(void* self) noexcept;
  bool rest(const shim::Wait& wait, int fd) noexcept;
  shim::Wait step(bool is_urgent) noexcept;
  bool reach(shim::Wait& wait) noexcept;
  bool has_something() noexcept;
  [[nodiscard]] std::size_t stock_up() noexcept;
  bool refill(bool is_urgent, shim::Wait& wait) noexcept;
  void change_halves() noexcept;
  shim::Wait send_lines(bool is_urgent) noexcept;
  shim::Wait not_taken(int error) noexcept;
  [[nodiscard]] std::size_t next_write() const noexcept;
  void taken(std::size_t bytes) noexcept;
  bool was_refused() noexcept;

  void connect() noexcept;
  [[nodiscard]] int open_socket() const noexcept;
  [[nodiscard]] const sockaddr_un& path() const noexcept;
  [[nodiscard]] const char* address() const noexcept;
  bool is_proven() noexcept;
  [[nodiscard]] int unread() const noexcept;
  [[nodiscard]] bool has_hung_up() const noexcept;
  [[nodiscard]] End how_it_ended() const noexcept;
  shim::Wait connection_ended(bool was_reset) noexcept;
  void forget_connection(bool was_reset) noexcept;
  void finish_torn_line() noexcept;
  void close_socket() noexcept;
  void retry_after_failure() noexcept;
  [[nodiscard]] int until(shim::Clock::time_point time) const noexcept;
  std::uint64_t random() noexcept;

  bool is_all_sent() noexcept;
  void drop_the_rest() noexcept;
  void before_fork() noexcept;
  void after_fork_in_parent() noexcept;
  void after_fork_in_child() noexcept;
  [[gnu::format(printf, 2, 3)]] void say(const char* format, ...) noexcept;
  void say_drops() noexcept;

  // Constant after the constructor.
  bool is_enabled_ = false, is_verbose_ = false;
  char problem_[256] = "";
  shim::Address address_;
  std::size_t half_bytes_ = 0, line_bytes_ = 0, write_bytes_ = 0;
  shim::Milliseconds linger_{}, retry_{}, retry_cap_{}, close_within_{};
  shim::LinePrefix service_ = "", node_ = "";  // as JSON members
  std::size_t service_bytes_ = 0, node_bytes_ = 0;

  std::mutex mutex_;  // guards the following; held while a record is encoded, never over input or output
  shim::Half* filling_ = nullptr;
  std::uint64_t handed_in_ = 0, repaired_ = 0, untold_ = 0;
  std::uint64_t dropped_[drop_reasons] = {};
  std::size_t wake_at_ = shim::Wait::never;  // the thread sleeps until so many bytes are there
  int wake_fd_ = -1;
  pthread_t thread_{};
  bool is_thread_running_ = false, is_closed_ = false, is_stopping_ = false;
  unsigned thread_retry_in_ = 0;  // records

  std::mutex
      io_mutex_;  // guards the following; held for one round that waits for nothing. Taken before mutex_
  shim::Half halves_[2];
  shim::Half* sending_ = nullptr;
  State state_ = State::down;
  int fd_ = -1;
  std::uint64_t sent_ = 0, unsure_ = 0, told_ = 0, connections_ = 0;
  std::uint64_t in_flight_ = 0;  // records written since the daemon was last seen to have read all
  bool is_torn_ = false;         // the kernel took a part of a line last
  bool is_lingering_ = false, is_closed_by_us_ = false;
  shim::Clock::time_point now_{}, linger_until_{}, retry_at_{}, connected_at_{}, leaving_until_{};
  int probe_wait_ = 1;  // milliseconds
  unsigned failures_ = 0;
  std::uint64_t random_ = 0;

  shim::Clock::time_point say_from_{}, say_drops_at_{};
  unsigned said_ = 0, unsaid_ = 0;
  std::uint64_t drops_said_ = 0;

  Client* next_ = nullptr;  // of shim::Forks, guarded by its mutex
};

// ------------------------------------------------------------------------------------------------ lines of
// JSON

namespace shim {

// Writes into [begin, end); what does not fit any more is noted and left out. No allocation, no locale.
class Writer {
 public:
  Writer(char* begin, char* end) noexcept : at_(begin), end_(end) {}
  [[nodiscard]] char* at() const noexcept { return at_; }
  [[nodiscard]] bool fits() const noexcept { return fits_; }
  [[nodiscard]] bool has_repaired() const noexcept { return repaired_; }
  void repaired() noexcept { repaired_ = true; }

  void raw(std::string_view bytes) noexcept;
  void text(std::string_view text) noexcept;  // with quotes
  void whole(std::uint64_t number) noexcept;
  void decimals(std::uint64_t millionths) noexcept;  // nothing, or a point and up to six digits
  void real(double number) noexcept;                 // finite

 private:
  const char* special(const char* at, const char* end) noexcept;
  char* at_;
  char* end_;
  bool fits_ = true, repaired_ = false;
};

inline bool is_plain(char letter) noexcept {
  const auto byte = static_cast<unsigned char>(letter);
  return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

// Eight of them at once. Where there is none but ASCII, taking a number from each byte borrows from its
// neighbours only behind a byte that is found anyway.
inline bool are_plain(const char* eight) noexcept {
  constexpr std::uint64_t ones = 0x0101010101010101U, tops = 0x8080808080808080U;
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, eight, sizeof bytes);
  const std::uint64_t quotes = bytes ^ (ones * '"'), slashes = bytes ^ (ones * '\\');
  return ((bytes | (bytes - ones * 0x20) | (quotes - ones) | (slashes - ones)) & tops) == 0;
}

// How many bytes a UTF-8 sequence with this first byte has; 0: none begins so.
inline std::size_t sequence_begun_by(unsigned char lead) noexcept {
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

// No second way to write a character, no surrogate, nothing beyond 10FFFF.
inline bool may_follow(unsigned char lead, unsigned char second) noexcept {
  switch (lead) {
    case 0xE0: return second >= 0xA0 && second <= 0xBF;
    case 0xED: return second >= 0x80 && second <= 0x9F;
    case 0xF0: return second >= 0x90 && second <= 0xBF;
    case 0xF4: return second >= 0x80 && second <= 0x8F;
    default: return second >= 0x80 && second <= 0xBF;
  }
}

// How many bytes the UTF-8 sequence at `at` has; 0 where there is none.
inline std::size_t sequence_bytes(const char* at, const char* end) noexcept {
  const auto byte = [at](std::size_t index) { return static_cast<unsigned char>(at[index]); };
  const std::size_t size = sequence_begun_by(byte(0));
  if (size < 2) return size;
  if (static_cast<std::size_t>(end - at) < size || !may_follow(byte(0), byte(1))) return 0;
  for (std::size_t index = 2; index < size; ++index)
    if ((byte(index) & 0xC0U) != 0x80) return 0;
  return size;
}

inline void Writer::raw(std::string_view bytes) noexcept {
  if (static_cast<std::size_t>(end_ - at_) < bytes.size()) {
    fits_ = false;
    end_ = at_;
  } else if (!bytes.empty()) {
    std::memcpy(at_, bytes.data(), bytes.size());
    at_ += bytes.size();
  }
}

inline void Writer::text(std::string_view text) noexcept {
  const char* at = text.data();
  const char* const end = at + text.size();
  raw("\"");
  while (at != end && fits_) {
    const char* const run = at;
    while (end - at >= 8 && are_plain(at)) at += 8;
    while (at != end && is_plain(*at)) ++at;
    raw({run, static_cast<std::size_t>(at - run)});
    if (at != end) at = special(at, end);
  }
  raw("\"");
}

inline const char* Writer::special(const char* at, const char* end) noexcept {
  const auto byte = static_cast<unsigned char>(*at);
  const std::size_t size = sequence_bytes(at, end);
  if (size == 0 || byte == 0) {  // the daemon refuses \u0000 in a known field
    repaired_ = true;
    raw("\xEF\xBF\xBD");
    return at + 1;
  }
  if (byte == '"' || byte == '\\') {
    const char escaped[2] = {'\\', *at};
    raw({escaped, 2});
  } else if (byte < 0x20) {
    const char escaped[6] = {'\\', 'u', '0', '0', byte < 0x10 ? '0' : '1', "0123456789abcdef"[byte & 15U]};
    raw({escaped, 6});
  } else {
    raw({at, size});
  }
  return at + size;
}

inline void Writer::whole(std::uint64_t number) noexcept {
  char digits[20];
  char* first = digits + sizeof digits;
  do {
    *--first = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  raw({first, static_cast<std::size_t>(digits + sizeof digits - first)});
}

inline void Writer::decimals(std::uint64_t millionths) noexcept {
  char text[7] = {'.'};
  std::size_t size = 7;
  for (std::size_t index = 6; index != 0; --index, millionths /= 10)
    text[index] = static_cast<char>('0' + millionths % 10);
  while (size != 0 && (text[size - 1] == '0' || text[size - 1] == '.')) --size;
  raw({text, size});
}

// printf writes a locale's own decimal point: digits, signs and e are all else that there can be. Makes it a
// point in place and returns the new size.
inline std::size_t with_point(char* text, std::size_t size) noexcept {
  std::size_t kept = 0;
  for (std::size_t at = 0; at != size; ++at) {
    if (std::strchr("+-0123456789e", text[at]) != nullptr) {
      text[kept++] = text[at];
    } else if (kept == 0 || text[kept - 1] != '.') {
      text[kept++] = '.';
    }
  }
  return kept;
}

inline void Writer::real(double number) noexcept {
  char text[40];
  const int size = std::snprintf(text, sizeof text, "%.15g", number);
  if (size > 0) raw({text, with_point(text, static_cast<std::size_t>(size))});
}

inline void write_member(Writer& out, std::string_view key, std::string_view text) noexcept {
  if (text.empty()) return;
  out.raw(key);
  out.text(text);
}

// False: there is no such number.
inline bool write_response_time(Writer& out, double milliseconds) noexcept {
  constexpr double most = 2147483647;
  if (std::isnan(milliseconds)) return false;
  if (milliseconds < 0 || milliseconds > most) out.repaired();
  const auto nanoseconds =
      static_cast<std::uint64_t>(std::llround(std::min(std::max(milliseconds, 0.0), most) * 1'000'000));
  out.raw(R"(,"response_time":)");
  out.whole(nanoseconds / 1'000'000);
  out.decimals(nanoseconds % 1'000'000);
  return true;
}

// A clock that is off by decades is no reason to have the record rejected: the daemon knows when it came.
inline void write_created_at(Writer& out, std::chrono::system_clock::time_point time) noexcept {
  const auto microseconds =
      std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
  if (microseconds < 946'684'800'000'000 || microseconds >= 4'102'444'800'000'000) return out.repaired();
  out.raw(R"(,"created_at":)");
  out.whole(static_cast<std::uint64_t>(microseconds) / 1'000'000);
  out.decimals(static_cast<std::uint64_t>(microseconds) % 1'000'000);
}

inline void write_headers(Writer& out, std::string_view key, const Several<Header>& headers) noexcept {
  if (headers.empty()) return;
  out.raw(key);
  const char* before = "{";
  for (const Header& header : headers) {
    out.raw(std::exchange(before, ","));
    out.text(header.name);
    out.raw(":");
    out.text(header.value);
  }
  out.raw("}");
}

inline void write_error(Writer& out, const Record& record) noexcept {
  if (record.error_type.empty() && record.error_message.empty() && record.error_stack.empty()) return;
  out.raw(R"(,"error":{"type":)");
  out.text(record.error_type);
  write_member(out, R"(,"message":)", record.error_message);
  write_member(out, R"(,"stack":)", record.error_stack);
  out.raw("}");
}

inline void write_value(Writer& out, const Value& value) noexcept {
  switch (value.kind) {
    case Value::Kind::none: return out.raw("null");
    case Value::Kind::text: return out.text(value.text);
    case Value::Kind::boolean: return out.raw(value.is_true ? "true" : "false");
    case Value::Kind::real: return out.real(value.real);
    case Value::Kind::whole:
      if (value.is_negative) out.raw("-");
      return out.whole(value.magnitude);
  }
}

inline void write_attributes(Writer& out, const Several<Attribute>& attributes) noexcept {
  if (attributes.empty()) return;
  const char* before = R"(,"attributes":{)";
  for (const Attribute& attribute : attributes) {
    out.raw(std::exchange(before, ","));
    out.text(attribute.name);
    out.raw(":");
    write_value(out, attribute.value);
  }
  out.raw("}");
}

// One record as a line with its newline; `service` and `node` are finished members of the client. False: the
// response time is no number.
inline bool write_record(Writer& out, const Record& record, std::string_view service,
                         std::string_view node) noexcept {
  out.raw(R"({"method":)");
  out.text(record.method);
  write_member(out, R"(,"endpoint":)", record.endpoint);
  write_member(out, R"(,"path":)", record.path);
  out.raw(record.status < 0 ? R"(,"status":-)" : R"(,"status":)");
  out.whole(static_cast<std::uint64_t>(record.status < 0 ? -static_cast<std::int64_t>(record.status)
                                                         : record.status));
  if (!write_response_time(out, record.response_time_ms)) return false;
  const bool has_time = record.created_at != std::chrono::system_clock::time_point{};
  write_created_at(out, has_time ? record.created_at : std::chrono::system_clock::now());
  record.service.empty() ? out.raw(service) : write_member(out, R"(,"service":)", record.service);
  record.node.empty() ? out.raw(node) : write_member(out, R"(,"node":)", record.node);
  write_member(out, R"(,"consumer":)", record.consumer);
  write_member(out, R"(,"context":)", record.context);
  write_member(out, R"(,"client_ip":)", record.client_ip);
  write_member(out, R"(,"trace_id":)", record.trace_id);
  write_member(out, R"(,"span_id":)", record.span_id);
  write_member(out, R"(,"parent_span_id":)", record.parent_span_id);
  write_headers(out, R"(,"request_headers":)", record.request_headers);
  write_headers(out, R"(,"response_headers":)", record.response_headers);
  write_error(out, record);
  write_attributes(out, record.attributes);
  out.raw("}\n");
  return true;
}

// --------------------------------------------------------------------------------------------------- fork()

// A client's locks are taken before a fork, so that the child gets it in one piece.
struct Forks {
  std::mutex mutex;
  Client* first = nullptr;
  bool is_hooked = false;

  void add(Client& client) noexcept;
  void remove(const Client& client) noexcept;
  static void prepare() noexcept;
  static void in_parent() noexcept;
  static void in_child() noexcept;
};

inline Forks forks;

inline void Forks::add(Client& client) noexcept {
  const Lock lock(mutex);
  if (!is_hooked) is_hooked = ::pthread_atfork(prepare, in_parent, in_child) == 0;
  client.next_ = std::exchange(first, &client);
}

inline void Forks::remove(const Client& client) noexcept {
  const Lock lock(mutex);
  Client** link = &first;
  while (*link != nullptr && *link != &client) link = &(*link)->next_;
  if (*link != nullptr) *link = client.next_;
}

inline void Forks::prepare() noexcept {
  forks.mutex.lock();
  for (Client* client = forks.first; client != nullptr; client = client->next_) client->before_fork();
}

inline void Forks::in_parent() noexcept {
  for (Client* client = forks.first; client != nullptr; client = client->next_)
    client->after_fork_in_parent();
  forks.mutex.unlock();
}

inline void Forks::in_child() noexcept {
  for (Client* client = forks.first; client != nullptr; client = client->next_) client->after_fork_in_child();
  forks.mutex.unlock();
}

// --------------------------------------------------------------------------------------------- configuration

inline std::string_view environment(const char* name) noexcept {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): as every getenv
  return value == nullptr ? std::string_view() : std::string_view(value);
}

inline bool is_switched_on(const char* name) noexcept {
  const std::string_view value = environment(name);
  return !value.empty() && value != "0" && value != "false";
}

inline bool set_path(sockaddr_un& address, std::string_view folder, std::string_view file) noexcept {
  if (folder.size() + file.size() >= sizeof address.sun_path) return false;
  address.sun_family = AF_UNIX;
  std::copy(file.begin(), file.end(), std::copy(folder.begin(), folder.end(), address.sun_path));
  return true;
}

inline bool parse_port(std::string_view text, in_port_t& port) noexcept {
  unsigned number = 0;
  for (const char digit : text) {
    if (digit < '0' || digit > '9' || number > 6553) return false;
    number = number * 10 + static_cast<unsigned>(digit - '0');
  }
  port = htons(static_cast<in_port_t>(number));
  return number >= 1 && number <= 65535;
}

// "127.0.0.1:6258", "[::1]:6258", "localhost:6258"
inline bool parse_udp(std::string_view text, Address& address) noexcept {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return false;
  in_port_t port = 0;
  if (!parse_port(text.substr(colon + 1), port)) return false;
  std::string_view host = text.substr(0, colon);
  const bool is_six = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (is_six) host = host.substr(1, host.size() - 2);
  if (host == "localhost") host = "127.0.0.1";
  char terminated[INET6_ADDRSTRLEN] = "";
  if (host.size() >= sizeof terminated) return false;
  std::copy(host.begin(), host.end(), terminated);
  auto* const four = reinterpret_cast<sockaddr_in*>(&address.udp);
  auto* const six = reinterpret_cast<sockaddr_in6*>(&address.udp);
  address.kind = Address::Kind::udp;
  address.udp_size = is_six ? sizeof *six : sizeof *four;
  if (is_six) {
    six->sin6_family = AF_INET6;
    six->sin6_port = port;
    return ::inet_pton(AF_INET6, terminated, &six->sin6_addr) == 1;
  }
  four->sin_family = AF_INET;
  four->sin_port = port;
  return ::inet_pton(AF_INET, terminated, &four->sin_addr) == 1;
}

inline bool starts_with(std::string_view text, std::string_view with) noexcept {
  return text.substr(0, with.size()) == with;
}

// What the daemon takes as a service's or node's name.
inline bool is_name(std::string_view text) noexcept {
  std::size_t characters = 0;
  const char* const end = text.data() + text.size();
  for (const char* at = text.data(); at != end; ++characters) {
    const std::size_t size = sequence_bytes(at, end);
    if (size == 0 || static_cast<unsigned char>(*at) < 0x20 || *at == '/' || *at == 0x7f) return false;
    at += size;
  }
  return characters <= 100;
}

}  // namespace shim

inline Client::Client(const Options& options) noexcept {
  if (shim::is_switched_on("PANNIER_DISABLED")) return;
  is_enabled_ = true;
  is_verbose_ = shim::is_switched_on("PANNIER_DEBUG");
  configure(options);
  half_bytes_ = std::max<std::size_t>(options.buffer, 16 * 1024) / 2;
  line_bytes_ = std::min(options.line, half_bytes_ / 2);
  // 32 KiB: the kernel takes so much of a stream as one piece or not at all, so no line is torn.
  write_bytes_ = std::min<std::size_t>(32 * 1024, half_bytes_ / 2);
  if (address_.kind == shim::Address::Kind::udp) {
    line_bytes_ = std::min<std::size_t>(line_bytes_, 60 * 1024);
    write_bytes_ = std::min(std::max<std::size_t>(options.datagram, 512), line_bytes_);
  }
  linger_ = options.linger;
  retry_ = std::max(options.retry, shim::Milliseconds(1));
  retry_cap_ = std::max(options.retry_cap, retry_);
  close_within_ = options.close_within;
  for (shim::Half& half : halves_) half.bytes = new (std::nothrow) char[half_bytes_];
  if (halves_[0].bytes == nullptr || halves_[1].bytes == nullptr) set_problem("no memory for the buffer");
  filling_ = &halves_[0];
  sending_ = &halves_[1];
  shim::forks.add(*this);
}

inline Client::~Client() noexcept {
  if (!is_enabled_) return;
  close(close_within_);
  shim::forks.remove(*this);
  for (const shim::Half& half : halves_) delete[] half.bytes;
}

inline void Client::configure(const Options& options) noexcept {
  take_name(R"(,"service":)", options.service, service_bytes_, service_);
  take_name(R"(,"node":)", options.node, node_bytes_, node_);
  const std::string_view from_environment = shim::environment("PANNIER_URL");
  const std::string_view url = from_environment.empty() ? options.url : from_environment;
  if (url.empty()) return take_default_address();
  if (take_address(url)) return;
  address_.kind = shim::Address::Kind::none;
  set_problem("%s: expected unix:///path of at most 107 bytes or udp://127.0.0.1:6258, got \"%.*s\"",
              from_environment.empty() ? "Options::url" : "PANNIER_URL",
              static_cast<int>(std::min<std::size_t>(url.size(), 100)), url.data());
}

inline bool Client::take_address(std::string_view url) noexcept {
  constexpr std::string_view on_unix = "unix://", on_udp = "udp://";
  if (shim::starts_with(url, on_udp)) return shim::parse_udp(url.substr(on_udp.size()), address_);
  if (!shim::starts_with(url, on_unix)) return false;
  const std::string_view path = url.substr(on_unix.size());
  address_.kind = shim::Address::Kind::stream;
  return path.size() > 1 && path.front() == '/' && shim::set_path(address_.paths[1], path, "");
}

inline void Client::take_default_address() noexcept {
  address_.kind = shim::Address::Kind::stream;
  shim::set_path(address_.paths[1], "/run/pannier/pannier.sock", "");
  const std::string_view runtime = shim::environment("XDG_RUNTIME_DIR");
  address_.is_default =
      !runtime.empty() && shim::set_path(address_.paths[0], runtime, "/pannier/pannier.sock");
}

inline void Client::take_name(const char* key, std::string_view name, std::size_t& size, char* out) noexcept {
  if (name.empty()) return;
  if (!shim::is_name(name)) {
    return set_problem(
        "Options: %.*s: expected 1 to 100 characters of UTF-8 without '/' and control characters",
        static_cast<int>(std::strlen(key) - 4), key + 2);
  }
  shim::Writer writer(out, out + sizeof(shim::LinePrefix));
  shim::write_member(writer, key, name);
  size = static_cast<std::size_t>(writer.at() - out);
}

inline void Client::set_problem(const char* format, ...) noexcept {
  if (problem_[0] != '\0') return;
  std::va_list values;
  va_start(values, format);
  std::vsnprintf(problem_, sizeof problem_, format, values);
  va_end(values);
  for (char* letter = problem_; *letter != '\0'; ++letter)  // an environment's text is not a terminal's
    if (static_cast<unsigned char>(*letter) < 0x20 || *letter == 0x7f) *letter = '?';
  std::fprintf(stderr, "pannier: %s; nothing is sent\n", problem_);
}

// --------------------------------------------------------------------------------------- in the caller's
// thread

inline bool Client::report(const Record& record) noexcept {
  if (!is_enabled_) return false;
  const shim::Lock lock(mutex_);
  ++handed_in_;
  const bool is_taken = append(record);
  if (wake_at_ != shim::Wait::never && (filling_->size() >= wake_at_ || (wake_at_ == 1 && untold_ != 0)))
    wake();
  return is_taken;
}

inline bool Client::append(const Record& record) noexcept {
  if (problem_[0] != '\0') return drop(DropReason::misconfigured);
  if (is_closed_) return drop(DropReason::closed);
  if (!is_thread_running_ && !start_thread()) thread_retry_in_ = 1000;
  const std::size_t room = half_bytes_ - filling_->end;
  char* const begin = filling_->bytes + filling_->end;
  shim::Writer line(begin, begin + std::min(room, line_bytes_));
  if (!shim::write_record(line, record, {service_, service_bytes_}, {node_, node_bytes_}))
    return drop(DropReason::invalid);
  if (!line.fits()) return drop(room < line_bytes_ ? DropReason::full : DropReason::too_long);
  if (line.has_repaired()) ++repaired_;
  filling_->end += static_cast<std::size_t>(line.at() - begin);
  ++filling_->records;
  return true;
}

inline bool Client::drop(DropReason reason) noexcept {
  ++dropped_[static_cast<std::size_t>(reason)];
  ++untold_;
  return false;
}

// Where the system has no thread to give, records wait in the buffer and another try is made later.
inline bool Client::start_thread() noexcept {
  if (thread_retry_in_ != 0 && --thread_retry_in_ != 0) return true;
  if (wake_fd_ < 0) wake_fd_ = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (wake_fd_ < 0) return false;
  pthread_attr_t attributes;
  if (::pthread_attr_init(&attributes) != 0) return false;
  ::pthread_attr_setstacksize(&attributes, 256 * 1024);
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  is_thread_running_ = ::pthread_create(&thread_, &attributes, run_thread, this) == 0;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::pthread_attr_destroy(&attributes);
  return is_thread_running_;
}

inline void Client::wake() noexcept {
  wake_at_ = shim::Wait::never;
  const std::uint64_t one = 1;
  if (wake_fd_ >= 0) {
    [[maybe_unused]] const ssize_t written = ::write(wake_fd_, &one, sizeof one);
  }
}

inline Counters Client::counters() noexcept {
  Counters counters;
  if (!is_enabled_) return counters;
  const shim::Lock io(io_mutex_);
  const shim::Lock lock(mutex_);
  counters.handed_in = handed_in_;
  counters.sent = sent_;
  counters.waiting = filling_->records + sending_->records;
  std::copy(std::begin(dropped_), std::end(dropped_), counters.dropped);
  counters.unsure = unsure_;
  counters.repaired = repaired_;
  counters.told = told_;
  counters.connections = connections_;
  return counters;
}

inline bool Client::is_all_sent() noexcept {
  const shim::Lock lock(mutex_);
  return sending_->empty() && filling_->empty() && (untold_ == 0 || problem_[0] != '\0');
}

inline bool Client::flush(std::chrono::milliseconds within) noexcept {
  if (!is_enabled_) return true;
  const auto deadline = shim::Clock::now() + within;
  for (bool is_first = true;; is_first = false) {
    shim::Wait wait;
    pollfd look{-1, 0, 0};
    {
      const shim::Lock io(io_mutex_);
      if (is_first) retry_at_ = {};
      if (is_all_sent()) return true;
      if (problem_[0] == '\0') wait = step(true);
      if (is_all_sent()) return true;
      look = {fd_, wait.events, 0};
    }
    const auto left = std::chrono::duration_cast<shim::Milliseconds>(deadline - shim::Clock::now()).count();
    if (left <= 0) return false;
    const int most =
        wait.milliseconds < 0 ? 10 : std::min(wait.milliseconds, 10);  // the thread may have been quicker
    ::poll(&look, 1, static_cast<int>(std::min<std::int64_t>(most, left)));
  }
}

inline Counters Client::close(std::chrono::milliseconds within) noexcept {
  if (!is_enabled_) return {};
  bool has_thread = false, is_first = false;
  {
    const shim::Lock lock(mutex_);
    is_first = !is_closed_;
    if (!is_first) within = shim::Milliseconds(0);
    is_closed_ = is_stopping_ = true;
    has_thread = std::exchange(is_thread_running_, false);
    wake();
  }
  if (has_thread) ::pthread_join(thread_, nullptr);
  flush(within);
  drop_the_rest();
  const Counters last = counters();
  if (!is_first) return last;
  const shim::Lock io(io_mutex_);
  say("closed: %llu handed in, %llu sent, %llu dropped", static_cast<unsigned long long>(last.handed_in),
      static_cast<unsigned long long>(last.sent), static_cast<unsigned long long>(last.all_dropped()));
  return last;
}

inline void Client::drop_the_rest() noexcept {
  const shim::Lock io(io_mutex_);
  is_closed_by_us_ = true;
  if (state_ != State::down) forget_connection(false);
  const shim::Lock lock(mutex_);
  dropped_[static_cast<std::size_t>(DropReason::closed)] += filling_->records + sending_->records;
  filling_->reset();
  sending_->reset();
  if (wake_fd_ >= 0) ::close(std::exchange(wake_fd_, -1));
}

// ------------------------------------------------------------------------------------------- in the
// background

inline void* Client::run_thread(void* self) noexcept {
  Client& client = *static_cast<Client*>(self);
  shim::Wait wait;
  int fd = -1;
  do {
    const shim::Lock io(client.io_mutex_);
    wait = client.step(false);
    fd = client.fd_;
  } while (client.rest(wait, fd));
  return nullptr;
}

// False: the end.
inline bool Client::rest(const shim::Wait& wait, int fd) noexcept {
  pollfd looks[2] = {{-1, POLLIN, 0}, {fd, wait.events, 0}};
  {
    const shim::Lock lock(mutex_);
    if (is_stopping_) return false;
    if (filling_->size() >= wait.wake_at || (wait.wake_at == 1 && untold_ != 0)) return true;
    wake_at_ = wait.wake_at;
    looks[0].fd = wake_fd_;
  }
  ::poll(looks, 2, wait.milliseconds);
  std::uint64_t ignored = 0;
  const shim::Lock lock(mutex_);
  wake_at_ = shim::Wait::never;
  if (looks[0].revents != 0) {
    [[maybe_unused]] const ssize_t got = ::read(wake_fd_, &ignored, sizeof ignored);
  }
  return !is_stopping_;
}

// One round: does what can be done without waiting and says what to wait for.
inline shim::Wait Client::step(bool is_urgent) noexcept {
  now_ = shim::Clock::now();
  say_drops();
  if (has_hung_up()) connection_ended(false);
  shim::Wait wait;
  if (state_ != State::up && !reach(wait)) return wait;
  return send_lines(is_urgent);
}

// Goes towards a connection that somebody reads. False: not there yet, `wait` says what for.
inline bool Client::reach(shim::Wait& wait) noexcept {
  if (state_ == State::leaving && now_ >= leaving_until_) forget_connection(true);
  if (!has_something()) {
    wait.wake_at = 1;
    if (state_ == State::leaving) wait.milliseconds = until(leaving_until_);
    return false;
  }
  if (state_ == State::down && now_ >= retry_at_) connect();
  if (state_ == State::probing && is_proven()) return true;
  if (state_ == State::up) return true;
  wait.milliseconds = state_ == State::leaving ? until(leaving_until_) : until(retry_at_);
  if (state_ == State::probing) wait.milliseconds = probe_wait_;
  wait.wake_at = stock_up();
  return false;
}

inline bool Client::has_something() noexcept {
  const shim::Lock lock(mutex_);
  if (sending_->empty() && filling_->empty() && untold_ == 0) return false;
  if (!std::exchange(is_lingering_, true)) linger_until_ = now_ + linger_;
  return true;
}

// While nobody can be sent to, one half is filled nearly to its top before the other is begun. Returns when
// to be woken for that.
inline std::size_t Client::stock_up() noexcept {
  const std::size_t enough = half_bytes_ / 4 * 3;
  const shim::Lock lock(mutex_);
  if (sending_->empty() && filling_->size() >= enough) change_halves();
  return sending_->empty() ? enough : shim::Wait::never;
}

// Takes what was filled. False: it is not time yet, `wait` says what for.
inline bool Client::refill(bool is_urgent, shim::Wait& wait) noexcept {
  const shim::Lock lock(mutex_);
  if (filling_->empty() && untold_ == 0) {
    is_lingering_ = false;
    wait.wake_at = 1;
    return false;
  }
  if (!std::exchange(is_lingering_, true)) linger_until_ = now_ + linger_;
  if (!is_urgent && filling_->size() < write_bytes_ && now_ < linger_until_) {
    wait.milliseconds = until(linger_until_);
    wait.wake_at = write_bytes_;
    return false;
  }
  change_halves();
  return true;
}

// REQUIRES: mutex_ is held, nothing is left to be sent of the other half. What was dropped is told in front
// of what was taken.
inline void Client::change_halves() noexcept {
  is_lingering_ = false;
  std::swap(filling_, sending_);
  filling_->reset();
  if (untold_ == 0) return;
  char text[shim::Half::headroom];
  shim::Writer line(text, text + sizeof text);
  line.raw(R"({"client_dropped":)");
  line.whole(untold_);
  line.raw("}\n");
  const auto size = static_cast<std::size_t>(line.at() - text);
  sending_->begin = shim::Half::headroom - size;
  std::memcpy(sending_->bytes + sending_->begin, text, size);
  sending_->control_end = shim::Half::headroom;
  sending_->drops_told = std::exchange(untold_, 0);
}

inline shim::Wait Client::send_lines(bool is_urgent) noexcept {
  const bool is_stream = address_.kind == shim::Address::Kind::stream;
  for (int writes = 0; writes < 16; ++writes) {  // then flush(), counters() and fork() have their turn
    shim::Wait wait;
    if (sending_->empty() && !refill(is_urgent, wait)) return wait;
    const bool was_read = is_stream && unread() == 0;
    const ssize_t bytes =
        ::send(fd_, sending_->bytes + sending_->begin, next_write(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes < 0) return not_taken(errno);
    // A socket that can be written to was not closed before, so what it held was read and not thrown away.
    if (was_read || !is_stream) in_flight_ = 0;
    if (!is_stream && was_refused()) return {0, until(retry_at_), shim::Wait::never};
    taken(static_cast<std::size_t>(bytes));
  }
  return {0, 0, shim::Wait::never};
}

inline std::size_t Client::next_write() const noexcept {
  const char* const first = sending_->bytes + sending_->begin;
  const std::size_t size = sending_->size();
  if (size <= write_bytes_) return size;
  const void* newline = ::memrchr(first, '\n', write_bytes_);
  if (newline == nullptr) newline = std::memchr(first, '\n', size);  // a long line, alone
  return newline == nullptr ? size : static_cast<std::size_t>(static_cast<const char*>(newline) - first) + 1;
}

inline void Client::taken(std::size_t bytes) noexcept {
  shim::Half& half = *sending_;
  const char* const first = half.bytes + half.begin;
  auto records = static_cast<std::uint64_t>(std::count(first, first + bytes, '\n'));
  half.begin += bytes;
  is_torn_ = half.bytes[half.begin - 1] != '\n';
  if (half.control_end != 0 && half.begin >= half.control_end) {
    half.control_end = 0;
    told_ += half.drops_told;
    --records;
  }
  half.records -= records;
  sent_ += records;
  in_flight_ += records;
}

// The kernel took nothing.
inline shim::Wait Client::not_taken(int error) noexcept {
  if (error == EAGAIN) return {POLLOUT | POLLRDHUP, 1000, shim::Wait::never};
  if (error == ENOBUFS || error == ENOMEM) return {POLLRDHUP, 10, shim::Wait::never};
  if (address_.kind == shim::Address::Kind::stream) return connection_ended(error == ECONNRESET);
  forget_connection(error == ECONNREFUSED);  // of the datagram before this one
  return {0, until(retry_at_), shim::Wait::never};
}

// Over the loopback device a refusal is there as soon as the datagram was sent; then it is sent again later.
inline bool Client::was_refused() noexcept {
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error == 0) return false;
  forget_connection(false);
  return true;
}

// --------------------------------------------------------------------------------------------- the
// connection

namespace shim {

inline const char* describe(int error) noexcept {
  switch (error) {
    case ENOENT: return "there is no such socket; is pannier running?";
    case ECONNREFUSED: return "nobody listens; is pannier running?";
    case EACCES: return "permission denied; is this user in the socket's group?";
    case EPROTOTYPE: return "it is no stream socket; name pannier.sock, not pannier.dgram";
    case EAGAIN: return "the daemon accepts no connection now";
    case EMFILE: return "this process has no descriptor left";
    default: return "error";
  }
}

}  // namespace shim

inline void Client::connect() noexcept {
  fd_ = open_socket();
  if (fd_ < 0) {
    const int error = errno;
    retry_after_failure();
    if (error == EAGAIN) {  // the backlog is full: there is a daemon
      --failures_;
      retry_at_ = std::min(retry_at_, now_ + retry_);
    }
    return say("%s: %s (error %d); again in %d ms", address(), shim::describe(error), error,
               until(retry_at_));
  }
  connected_at_ = now_;
  if (address_.kind == shim::Address::Kind::udp) {
    state_ = State::up;
    ++connections_;
    return;
  }
  // A blank line is nothing to the daemon, so it may be lost in a backlog that nobody accepts any more.
  state_ = State::probing;
  probe_wait_ = 1;
  if (::send(fd_, "\n", 1, MSG_DONTWAIT | MSG_NOSIGNAL) != 1) connection_ended(errno == ECONNRESET);
}

inline const sockaddr_un& Client::path() const noexcept {
  struct stat status = {};
  return address_.paths[address_.is_default && ::stat(address_.paths[0].sun_path, &status) == 0 ? 0 : 1];
}

inline const char* Client::address() const noexcept {
  return address_.kind == shim::Address::Kind::udp ? "udp" : path().sun_path;
}

inline int Client::open_socket() const noexcept {
  const bool is_udp = address_.kind == shim::Address::Kind::udp;
  const sockaddr_un& on_unix = path();
  const void* const to = is_udp ? static_cast<const void*>(&address_.udp) : &on_unix;
  const int type = (is_udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK | SOCK_CLOEXEC;
  const int fd = ::socket(is_udp ? address_.udp.ss_family : AF_UNIX, type, 0);
  if (fd < 0) return -1;
  if (::connect(fd, static_cast<const sockaddr*>(to),
                is_udp ? address_.udp_size : static_cast<socklen_t>(sizeof on_unix)) == 0)
    return fd;
  const int error = errno;
  ::close(fd);
  errno = error;
  return -1;
}

// Bytes (as the kernel charges them) that the daemon has not read yet; below 0: the kernel does not say.
inline int Client::unread() const noexcept {
  int bytes = 0;
  return ::ioctl(fd_, TIOCOUTQ, &bytes) == 0 ? bytes : -1;
}

inline bool Client::is_proven() noexcept {
  if (unread() > 0) {
    probe_wait_ = std::min(probe_wait_ * 2, 200);
    return false;
  }
  if (has_hung_up()) {  // then it was thrown away
    connection_ended(false);
    return false;
  }
  state_ = State::up;
  ++connections_;
  say("%s: connected", address());
  return true;
}

inline bool Client::has_hung_up() const noexcept {
  if (fd_ < 0 || address_.kind == shim::Address::Kind::udp) return false;
  pollfd look{fd_, POLLRDHUP, 0};
  return ::poll(&look, 1, 0) == 1 && (look.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

// A daemon that stops reads no more than what was sent before (SHUT_RD). One that is killed leaves what it
// had not read, or never accepted, to be thrown away: ECONNRESET.
inline Client::End Client::how_it_ended() const noexcept {
  char byte = 0;
  const ssize_t got = ::recv(fd_, &byte, 1, MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return End::reads_out;
  return got < 0 ? End::reset : End::closed;
}

inline shim::Wait Client::connection_ended(bool was_reset) noexcept {
  const End end = was_reset ? End::reset : how_it_ended();
  if (end != End::reads_out) {
    forget_connection(end == End::reset);
    return {0, until(retry_at_), shim::Wait::never};
  }
  if (state_ != State::leaving) {
    state_ = State::leaving;
    leaving_until_ = now_ + std::chrono::seconds(10);
    say("the daemon stops; it reads what it was sent");
  }
  return {POLLRDHUP, until(leaving_until_), shim::Wait::never};
}

// What was sent stays sent: nothing goes a second time.
inline void Client::forget_connection(bool was_reset) noexcept {
  finish_torn_line();
  const std::uint64_t lost = was_reset ? in_flight_ : 0;
  unsure_ += lost;
  in_flight_ = 0;
  close_socket();
  const bool was_up = state_ == State::up || state_ == State::leaving;
  state_ = State::down;
  if (was_up && now_ - connected_at_ > std::chrono::seconds(1)) {
    failures_ = 0;
    retry_at_ = now_ + std::chrono::microseconds(random() % 10'000);
  } else {
    retry_after_failure();
  }
  if (is_closed_by_us_) return;
  say("the connection ended; %llu records may not have been read; again in %d ms",
      static_cast<unsigned long long>(lost), until(retry_at_));
}

// The daemon counts the piece that it has as a line, rejected(unterminated). The rest of it must not follow
// on the next connection, nor the whole of it: that would be two lines.
inline void Client::finish_torn_line() noexcept {
  if (!std::exchange(is_torn_, false)) return;
  shim::Half& half = *sending_;
  const void* const newline = std::memchr(half.bytes + half.begin, '\n', half.size());
  if (half.control_end != 0) {  // Linux takes so short a piece whole or not at all
    const shim::Lock lock(mutex_);
    untold_ += std::exchange(half.drops_told, 0);
    half.begin = std::exchange(half.control_end, 0);
    return;
  }
  half.begin = newline == nullptr
                   ? half.end
                   : static_cast<std::size_t>(static_cast<const char*>(newline) - half.bytes) + 1;
  --half.records;
  ++sent_;
  ++in_flight_;
}

inline void Client::close_socket() noexcept {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

// Between a half and all of a time that doubles with every failure.
inline void Client::retry_after_failure() noexcept {
  const shim::Milliseconds longest =
      std::min<shim::Milliseconds>(retry_ * (1 << std::min(failures_, 16U)), retry_cap_);
  const auto half = std::chrono::duration_cast<std::chrono::microseconds>(longest) / 2;
  ++failures_;
  retry_at_ =
      now_ + half + std::chrono::microseconds(random() % (static_cast<std::uint64_t>(half.count()) + 1));
}

inline int Client::until(shim::Clock::time_point time) const noexcept {
  const auto left = std::chrono::duration_cast<shim::Milliseconds>(time - now_).count();
  return static_cast<int>(std::clamp<std::int64_t>(left + 1, 0, 60'000));
}

// xorshift64*: only to keep many processes from connecting in step.
inline std::uint64_t Client::random() noexcept {
  if (random_ == 0) {
    const auto time = static_cast<std::uint64_t>(shim::Clock::now().time_since_epoch().count());
    random_ = (time ^ (static_cast<std::uint64_t>(::getpid()) << 40U)) | 1U;
  }
  random_ ^= random_ >> 12U;
  random_ ^= random_ << 25U;
  random_ ^= random_ >> 27U;
  return (random_ * 0x2545F4914F6CDD1DULL) >> 16U;
}

// ------------------------------------------------------------------------------------------- fork and
// talking

inline void Client::before_fork() noexcept {
  io_mutex_.lock();
  mutex_.lock();
}

inline void Client::after_fork_in_parent() noexcept {
  mutex_.unlock();
  io_mutex_.unlock();
}

// The connection, the thread and all records are the parent's.
inline void Client::after_fork_in_child() noexcept {
  close_socket();
  if (wake_fd_ >= 0) ::close(std::exchange(wake_fd_, -1));
  filling_->reset();
  sending_->reset();
  handed_in_ = repaired_ = untold_ = sent_ = unsure_ = told_ = connections_ = in_flight_ = random_ =
      drops_said_ = 0;
  std::fill(std::begin(dropped_), std::end(dropped_), std::uint64_t{0});
  wake_at_ = shim::Wait::never;
  is_thread_running_ = is_torn_ = is_lingering_ = false;
  thread_retry_in_ = failures_ = 0;
  state_ = State::down;
  retry_at_ = {};
  after_fork_in_parent();
}

// A standard error that would block is left alone.
inline void Client::say(const char* format, ...) noexcept {
  if (!is_verbose_) return;
  const auto now = shim::Clock::now();
  if (now - say_from_ > std::chrono::seconds(10)) {
    say_from_ = now;
    said_ = 0;
  }
  if (said_ >= 5) return void(++unsaid_);
  ++said_;
  char what[200], line[300];
  std::va_list values;
  va_start(values, format);
  std::vsnprintf(what, sizeof what, format, values);
  va_end(values);
  const int size = unsaid_ == 0
                       ? std::snprintf(line, sizeof line, "pannier: %s\n", what)
                       : std::snprintf(line, sizeof line, "pannier: %s (%u lines left out)\n", what, unsaid_);
  unsaid_ = 0;
  pollfd error{STDERR_FILENO, POLLOUT, 0};
  if (size > 0 && ::poll(&error, 1, 0) == 1 && (error.revents & POLLOUT) != 0) {
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line, static_cast<std::size_t>(size));
  }
}

inline void Client::say_drops() noexcept {
  if (!is_verbose_ || now_ < say_drops_at_) return;
  std::uint64_t counts[drop_reasons] = {}, sum = 0;
  {
    const shim::Lock lock(mutex_);
    std::copy(std::begin(dropped_), std::end(dropped_), counts);
  }
  for (const std::uint64_t count : counts) sum += count;
  if (sum == std::exchange(drops_said_, sum)) return;
  say_drops_at_ = now_ + std::chrono::seconds(10);
  const auto count = [&counts](DropReason reason) {
    return static_cast<unsigned long long>(counts[static_cast<std::size_t>(reason)]);
  };
  say("dropped so far: full %llu, too_long %llu, invalid %llu, closed %llu", count(DropReason::full),
      count(DropReason::too_long), count(DropReason::invalid), count(DropReason::closed));
}

}  // namespace shim_v1
}  // namespace pannier
