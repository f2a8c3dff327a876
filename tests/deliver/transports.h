// Runs a transport's io_context on the test's thread until it has answered. Threads: one.
#pragma once
#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>

#include "deliver/transport.h"

namespace pannier::deliver {

class Loop {
 public:
  boost::asio::io_context& io() { return io_; }

  // True as soon as `fact` holds; calls what was posted meanwhile.
  template <typename Fact>
  bool run_until(Fact fact) {
    const auto end = steady_now() + std::chrono::seconds(20);
    while (!fact() && steady_now() < end) io_.run_one_for(std::chrono::milliseconds(10));
    return fact();
  }
  Judgement send(Transport& transport, const Batch& batch) {
    std::optional<Judgement> answer;
    transport.send(batch, [&](Judgement judgement) { answer = std::move(judgement); });
    EXPECT_FALSE(answer) << "done was called from within send";
    EXPECT_TRUE(run_until([&] { return answer.has_value(); }));
    return answer.value_or(Judgement{});
  }
  Judgement probe(Transport& transport) {
    std::optional<Judgement> answer;
    transport.probe([&](Judgement judgement) { answer = std::move(judgement); });
    EXPECT_FALSE(answer) << "done was called from within probe";
    EXPECT_TRUE(run_until([&] { return answer.has_value(); }));
    return answer.value_or(Judgement{});
  }
  bool read_key(Transport& transport) {
    std::optional<bool> answer;
    transport.read_key([&](bool changed) { answer = changed; });
    EXPECT_FALSE(answer) << "done was called from within read_key";
    EXPECT_TRUE(run_until([&] { return answer.has_value(); }));
    return answer.value_or(false);
  }
  // All that has been posted by now.
  void drain() { io_.poll(); }

 private:
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_{io_.get_executor()};
};

}  // namespace pannier::deliver
