// The applications: each keeps its share of the pace over its own kind of socket, through the daemon's
// deaths. What a dead daemon did not take is counted apart: nobody but its sender knows of it. Threads: one
// for each sender; the numbers may be read from any.
#pragma once
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "tests/doubles/acking_client.h"
#include "tests/doubles/daemon_process.h"
#include "tests/soak/pace.h"

namespace pannier::soak {

enum class Socket : std::uint8_t { acked_stream, stream, unix_datagram, udp };

struct SourceOptions {
  unsigned number;  // of the source: its lines' numbers begin at number * numbers_a_source
  Socket socket;
  double a_second;
  std::string path;
  std::uint16_t port = 0;
};

class Source {
 public:
  Source(SourceOptions options, const Pace& pace) : options_(std::move(options)), pace_(pace) {}
  virtual ~Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  [[nodiscard]] const SourceOptions& options() const { return options_; }
  [[nodiscard]] virtual std::uint64_t made() const = 0;                   // handed to a socket, or tried to
  [[nodiscard]] virtual std::uint64_t again() const { return 0; }         // lines that were sent once more
  [[nodiscard]] virtual std::uint64_t acknowledged() const { return 0; }  // the first so many
  [[nodiscard]] virtual std::uint64_t refused() const { return 0; }       // the sender was told: not sent
  // Where all that is due was sent and, where it is so agreed, acknowledged. The pace must stand still.
  [[nodiscard]] virtual bool is_done() const = 0;

 protected:
  [[nodiscard]] std::uint64_t due() const {
    return static_cast<std::uint64_t>(pace_.seconds() * options_.a_second);
  }

 private:
  const SourceOptions options_;
  const Pace& pace_;
};

std::unique_ptr<Source> make_source(SourceOptions options, const Pace& pace);

}  // namespace pannier::soak
