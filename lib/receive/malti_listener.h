// Malti's own HTTP ingest, so that an unmodified SDK of Malti works by its URL alone: POST /api/v1/ingest and
// GET /health, answered as Malti answers. A body is taken as a whole or not at all; a 200 means what an ack
// means: accounted for, in mode always on disk. Users: daemon. Threads: all members, the Intake's calls and
// the KeyJudge's on the io_context's one thread. Bounded: 64 connections, a head of 16 KiB in 10 s, a body of
// 4 MiB in 30 s, 16 MiB unpacked, all bodies together `all_bodies`, a commit of `slowest_commit`; beyond
// them 413, 408 or 503 with Retry-After. Cost: see tests/bench; no allocation a record.
#pragma once
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>

#include "base/fd.h"
#include "net/http_rules.h"
#include "net/http_server.h"
#include "receive/intake.h"
#include "receive/key_judge.h"
#include "receive/stream_listener.h"

namespace pannier::receive {

// What a reload may change.
struct MaltiSettings {
  net::HttpRules rules;
  bool process = false;  // these records get all our steps, too
};

class MaltiListener {
 public:
  static constexpr std::size_t all_bodies = 8 * 1024 * 1024;
  static constexpr std::size_t most_unpacked = 16 * 1024 * 1024;
  static constexpr std::chrono::milliseconds slowest_commit{10'000};

  // `listening` is bound and listens. REQUIRES: intake and keys outlive the listener.
  MaltiListener(boost::asio::io_context& context, Fd listening, MaltiSettings settings, Intake& intake,
                KeyJudge& keys);
  ~MaltiListener();  // closes all at once
  MaltiListener(const MaltiListener&) = delete;
  MaltiListener& operator=(const MaltiListener&) = delete;

  void set(MaltiSettings settings);  // from the next request on
  void room_came();                  // after end_read asked for a pause
  void committed(std::uint64_t watermark);
  // In mode always. While it fails nothing is taken; what was taken and is not committed enters maybe_twice,
  // and its sender is told 503.
  void disk_works(bool works);
  // Open requests get their answers, for at most `read_out`; `done` is called once, not from within.
  void drain(const Drain& bounds, std::function<void()> done);

  [[nodiscard]] std::size_t connections() const;
  [[nodiscard]] const net::HttpCounts& counts() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace pannier::receive
