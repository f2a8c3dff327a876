#include "daemon/pulse.h"

#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <thread>

#include "tests/doubles/wait.h"

namespace pannier::daemon {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using doubles::wait_until;

// Two loops as the daemon has them: this thread is T2, `intake` runs on a thread of its own and can be held.
class PulseTest : public testing::Test {
 protected:
  PulseTest() : thread_([this] { intake_.run(); }) {}
  ~PulseTest() override {
    work_.reset();
    intake_.stop();
    thread_.join();
  }
  bool run_until(const std::function<bool()>& fact) {
    return wait_until([&] { return deliver_.poll(), fact(); }, 30s);
  }

  asio::io_context deliver_{1}, intake_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_ = asio::make_work_guard(intake_);
  unsigned signs_ = 0;
  Pulse pulse_{deliver_, intake_, 10ms, [this] { ++signs_; }};
  std::thread thread_;
};

TEST_F(PulseTest, GivesSignsOfLifeWhileBothLoopsRun) {
  pulse_.start();
  EXPECT_TRUE(run_until([&] { return signs_ >= 5; }));
  EXPECT_EQ(pulse_.missed(), 0U);
}

TEST_F(PulseTest, GivesNoneWhileTheIntakeLoopHangsAndOneWhenItIsBack) {
  pulse_.start();
  ASSERT_TRUE(run_until([&] { return signs_ >= 1; }));
  std::promise<void> release;
  std::promise<void> held;
  asio::post(intake_, [&] {
    held.set_value();
    release.get_future().wait();
  });
  held.get_future().wait();
  ASSERT_TRUE(run_until([&] { return pulse_.missed() >= 1; }));
  const unsigned before = signs_;
  ASSERT_TRUE(run_until([&] { return pulse_.missed() >= 5; })) << "its timer goes on";
  EXPECT_EQ(signs_, before);
  release.set_value();
  EXPECT_TRUE(run_until([&] { return signs_ > before; }));
  EXPECT_EQ(pulse_.missed(), 0U);
}

TEST_F(PulseTest, GivesNoneWhileTheDeliveryLoopHangs) {
  pulse_.start();
  std::promise<void> passed;
  asio::post(intake_, [&] { passed.set_value(); });  // behind the token, which is on its way back now
  passed.get_future().wait();
  EXPECT_EQ(signs_, 0U) << "T2 has not run";
  EXPECT_TRUE(run_until([&] { return signs_ == 1; }));
}

}  // namespace
}  // namespace pannier::daemon
