#include "deliver/lane_shell.h"

#include <gtest/gtest.h>

#include "tests/deliver/lane_bench.h"
#include "tests/deliver/transports.h"

namespace pannier::deliver {
namespace {

// Keeps what it is given; the test answers.
class HeldTransport : public Transport {
 public:
  struct Log {
    std::vector<std::pair<std::uint32_t, std::function<void(Judgement)>>> sent;  // records
    std::vector<std::function<void(bool)>> key_reads;
    std::vector<std::function<void(Judgement)>> probes;
    std::function<void()> at_send;
    int stops = 0;
  };
  explicit HeldTransport(std::shared_ptr<Log> log) : log_(std::move(log)) {}
  void send(const Batch& batch, std::function<void(Judgement)> done) override {
    if (log_->at_send) log_->at_send();
    log_->sent.emplace_back(batch.records, std::move(done));
  }
  void read_key(std::function<void(bool changed)> done) override {
    log_->key_reads.push_back(std::move(done));
  }
  [[nodiscard]] bool can_probe() const override { return true; }
  void probe(std::function<void(Judgement)> done) override { log_->probes.push_back(std::move(done)); }
  void stop() override { ++log_->stops; }

 private:
  std::shared_ptr<Log> log_;
};

class LaneShellTest : public ::testing::Test {
 protected:
  LaneShellTest() {
    ledger_.add_lane(observe::DestinationId::malti, "malti/orders");
    rings_.add_lane(0);
    open(small_lane(1, 2));
  }
  void open(const LaneOptions& options, const LaneTraits& traits = {}) {
    shell_ = std::make_unique<LaneShell>(loop_.io(), "malti/orders",
                                         LaneCore(0, options, rings_, true, steady_now(), 0, traits),
                                         std::make_unique<HeldTransport>(log_), ledger_);
    shell_->on(Woken{});
  }
  void push(std::uint32_t records) {
    const std::string bytes(records, 'x');
    std::vector<std::uint32_t> ends;
    while (ends.size() < records) ends.push_back(static_cast<std::uint32_t>(ends.size() + 1));
    const queue::Staged staged{0, bytes, ends};
    const observe::Movement accepted{observe::Account::lane_accepted, 0, 0, records};
    std::vector<observe::LaneId> woken;
    rings_.push({&staged, 1}, {&accepted, 1}, {}, woken);
    if (!woken.empty()) shell_->on(Woken{});
  }
  observe::LaneBooks account() { return ledger_.snapshot().lanes[0]; }

  Loop loop_;
  observe::Ledger ledger_;
  queue::Rings rings_{8U << 20U, ledger_};
  std::shared_ptr<HeldTransport::Log> log_ = std::make_shared<HeldTransport::Log>();
  std::unique_ptr<LaneShell> shell_;
};

TEST_F(LaneShellTest, SendsWhatTheCoreDecidesAndBooksTheAnswer) {
  push(2);
  ASSERT_EQ(log_->sent.size(), 1U);
  EXPECT_EQ(log_->sent[0].first, 2U);
  EXPECT_EQ(shell_->view().in_flight, 2U);
  log_->sent[0].second(delivered());
  EXPECT_EQ(account().delivered, 2U);
  EXPECT_EQ(shell_->view().in_flight, 0U);
}

TEST_F(LaneShellTest, BooksBeforeItActs) {
  std::uint64_t requests = 0;
  log_->at_send = [&] { requests = account().requests; };
  push(2);
  EXPECT_EQ(requests, 1U);
}

TEST_F(LaneShellTest, SetsTheTimerThatTheCoreAsksFor) {
  push(1);
  EXPECT_TRUE(log_->sent.empty()) << "it waits for company";
  EXPECT_TRUE(loop_.run_until([&] { return !log_->sent.empty(); }));
}

TEST_F(LaneShellTest, TriesAgainWhenTheBackOffIsOver) {
  LaneOptions options = small_lane(1, 2);
  options.retry = {.base = 1ms, .cap = 5ms};
  open(options);
  push(2);
  log_->sent[0].second(back_off());
  EXPECT_TRUE(loop_.run_until([&] { return log_->sent.size() == 2; }));
  EXPECT_EQ(log_->sent[1].first, 2U);
}

TEST_F(LaneShellTest, ReadsTheKeyAgainWhenItIsRefusedAndTriesAChangedOne) {
  push(2);
  log_->sent[0].second(judged(Verdict::blocked_key));
  ASSERT_EQ(log_->key_reads.size(), 1U);
  EXPECT_EQ(log_->sent.size(), 1U);
  log_->key_reads[0](true);
  EXPECT_EQ(log_->sent.size(), 2U);
}

TEST_F(LaneShellTest, AsksThroughTheTransportBeforeABlockedLaneSends) {
  open(small_lane(1, 2), {.can_probe = true});
  push(2);
  log_->sent[0].second(judged(Verdict::blocked_key));
  log_->key_reads[0](true);
  ASSERT_EQ(log_->probes.size(), 1U);
  EXPECT_EQ(log_->sent.size(), 1U);
  log_->probes[0](delivered());
  EXPECT_EQ(log_->sent.size(), 2U);
}

TEST_F(LaneShellTest, SaysThatALaneIsClosedWhoseKeyIsRefusedForGood) {
  open(small_lane(1, 2), {.can_probe = true, .refused_for_good = 1ms});
  int closed = 0;
  shell_->on_closed([&] { ++closed; });
  push(2);
  log_->sent[0].second(judged(Verdict::blocked_key));
  EXPECT_TRUE(loop_.run_until([&] { return closed == 1; }));
  EXPECT_EQ(account().dead[static_cast<std::size_t>(Dead::key_refused)], 2U);
}

TEST_F(LaneShellTest, SaysOnceThatItIsFinished) {
  int finished = 0;
  shell_->on_finished([&] { ++finished; });
  push(2);
  shell_->on(Stop{steady_now() + 10s});
  EXPECT_EQ(finished, 0);
  log_->sent[0].second(delivered());
  EXPECT_EQ(finished, 1);
  EXPECT_TRUE(shell_->finished());
  shell_->on(Stop{steady_now() + 10s, false});
  EXPECT_EQ(finished, 1);
}

TEST_F(LaneShellTest, StopsTheTransportAtItsEndAndTakesNoLaterAnswer) {
  push(2);
  shell_.reset();
  EXPECT_EQ(log_->stops, 1);
  log_->sent[0].second(delivered());
  EXPECT_EQ(account().delivered, 0U);
}

TEST_F(LaneShellTest, ItsTimerDoesNotOutliveIt) {
  push(1);
  shell_.reset();
  loop_.drain();
  EXPECT_TRUE(log_->sent.empty());
}

TEST_F(LaneShellTest, ItsNameIsSafeToShow) {
  LaneShell hostile(loop_.io(), "malti/\x1b[31m", LaneCore(0, small_lane(), rings_, true, steady_now(), 0),
                    std::make_unique<HeldTransport>(log_), ledger_);
  EXPECT_EQ(hostile.name().find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace pannier::deliver
