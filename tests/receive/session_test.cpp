#include "receive/session.h"

#include <gmock/gmock.h>

#include <string>

#include "tests/receive/padded.h"
#include "tests/receive/recording_intake.h"

namespace pannier::receive {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr auto hello = R"({"hello":{"service":"orders","node":"web-7","ack":true,"again":2}})";
const std::string welcome = R"({"welcome":{"version":")" PANNIER_VERSION R"(","session":null}})"
                            "\n";

class SessionTest : public ::testing::Test {
 protected:
  bool feed(std::string_view text, SteadyTime now = {}) { return session.feed(Padded(text).view(), now); }
  bool feed_line(std::string_view line) { return feed(std::string(line) + "\n"); }

  // All that is to be sent now, as if the peer took it.
  std::string sent() {
    std::string all;
    for (std::string_view bytes; !(bytes = session.to_send()).empty(); session.sent(bytes.size()))
      all += bytes;
    return all;
  }

  void TearDown() override { EXPECT_TRUE(intake.is_balanced()); }

  RecordingIntake intake;
  LineHandler handler{intake};
  CarryBudget budget;
  Session session{handler, budget, 1000, uid_t{1001}};
};

TEST_F(SessionTest, HandsOverEachRecordAndNamesItsSender) {
  feed(line_for("/a") + "\n" + line_for("/b") + "\n");
  EXPECT_THAT(intake.endpoints(), ElementsAre("/a", "/b"));
  EXPECT_EQ(intake.reads(), 1U);
  EXPECT_EQ(intake.lines_by_uid().at(1001), 2U);
}

TEST_F(SessionTest, OneBadLineDoesNotSpoilItsNeighbours) {
  feed(line_for("/a") + "\n{broken\n" + line_for("/b") + "\n");
  EXPECT_THAT(intake.endpoints(), ElementsAre("/a", "/b"));
  EXPECT_EQ(intake.rejected(Reject::json), 1U);
}

TEST_F(SessionTest, AHellosResourceGoesWithEachRecordOfItsConnection) {
  feed_line(R"({"hello":{"resource":{"service.version":"1.4"}}})");
  feed_line(line_for("/a"));
  feed_line(line_for("/b"));
  ASSERT_EQ(intake.records().size(), 2U);
  for (const TakenRecord& taken : intake.records())
    EXPECT_EQ(taken.resource, (record::Resource{{"service.version", "1.4"}}));
}

TEST_F(SessionTest, AnswersAHelloWithAWelcome) {
  feed_line(hello);
  EXPECT_EQ(sent(), welcome);
  EXPECT_EQ(intake.lines(), 0U);
}

TEST_F(SessionTest, GivesTheHellosDefaultsToEachRecord) {
  feed_line(hello);
  feed_line(line_for("/a"));
  EXPECT_EQ(intake.records().at(0).default_service, "orders");
  EXPECT_EQ(intake.records().at(0).default_node, "web-7");
}

TEST_F(SessionTest, TakesAHelloBehindBlankLines) {
  feed_line("\n \r");
  feed_line(hello);
  EXPECT_EQ(sent(), welcome);
}

TEST_F(SessionTest, RejectsAHelloThatIsNotFirst) {
  for (const std::string& first :
       {line_for("/a"), std::string(R"({"client_dropped":1})"), std::string("{bad")}) {
    Session late(handler, budget, 1000, std::nullopt);
    late.feed(Padded(first + "\n" + hello + "\n").view(), {});
    EXPECT_THAT(late.to_send(), IsEmpty()) << first;
  }
  EXPECT_EQ(intake.rejected(Reject::hello), 3U);
}

TEST_F(SessionTest, NeverWritesToAClientThatSentNoHello) {
  feed_line(line_for("/a"));
  session.end(Ending::clean);
  EXPECT_THAT(sent(), IsEmpty());
}

TEST_F(SessionTest, NeverAcksAClientThatDidNotAskForIt) {
  feed_line(R"({"hello":{"client":"python/1.0"}})");
  feed_line(line_for("/a"));
  EXPECT_EQ(sent(), welcome);
}

TEST_F(SessionTest, AcksAllLinesButBlankAndControlLines) {
  feed_line(hello);
  feed(line_for("/a") + "\n\n{bad\n" + R"({"client_dropped":3})" + "\n" +
       R"({"method":"GET","endpoint":"/x","status":0,"response_time":1})" + "\n" + hello + "\n");
  EXPECT_EQ(sent(), welcome + R"({"ack":4,"rejected":2,"filtered":1})"
                              "\n");
  EXPECT_EQ(intake.client_dropped(), 3U);
}

TEST_F(SessionTest, CountsAnOverlongLineInTheAck) {
  feed_line(hello);
  feed_line(std::string(1001, 'x'));
  EXPECT_EQ(sent(), welcome + R"({"ack":1,"rejected":1,"filtered":0})"
                              "\n");
  EXPECT_EQ(intake.rejected(Reject::too_long), 1U);
}

TEST_F(SessionTest, ReplacesAcksThatThePeerDoesNotRead) {
  feed_line(hello);
  ASSERT_EQ(session.to_send(), welcome);
  for (int line = 0; line < 1000; ++line) feed_line(line_for("/a"));
  EXPECT_EQ(sent(), welcome + R"({"ack":1000,"rejected":0,"filtered":0})"
                              "\n");
}

TEST_F(SessionTest, FinishesALineThatIsHalfSentBeforeTheNextAck) {
  feed_line(hello);
  sent();
  feed_line(line_for("/a"));
  const std::string first(session.to_send());
  session.sent(5);
  feed_line(line_for("/b"));
  EXPECT_EQ(first.substr(0, 5) + sent(), R"({"ack":1,"rejected":0,"filtered":0})"
                                         "\n"
                                         R"({"ack":2,"rejected":0,"filtered":0})"
                                         "\n");
}

TEST_F(SessionTest, AcksOnlyWhatIsCommitted) {
  intake.hand_out_tickets();
  feed_line(hello);
  EXPECT_EQ(sent(), welcome) << "a welcome waits for nothing";
  feed_line(line_for("/a"));
  const std::uint64_t first = intake.last_ticket();
  feed(line_for("/b") + "\n{bad\n");
  EXPECT_THAT(sent(), IsEmpty());
  EXPECT_TRUE(session.awaits_commit());
  EXPECT_TRUE(session.committed(first));
  EXPECT_EQ(sent(), R"({"ack":1,"rejected":0,"filtered":0})"
                    "\n");
  EXPECT_TRUE(session.awaits_commit());
  EXPECT_FALSE(session.committed(first));
  EXPECT_TRUE(session.committed(intake.last_ticket()));
  EXPECT_EQ(sent(), R"({"ack":3,"rejected":1,"filtered":0})"
                    "\n");
  EXPECT_FALSE(session.awaits_commit());
}

TEST_F(SessionTest, TheLastLineWithoutNewlineWaitsForItsCommitToo) {
  intake.hand_out_tickets();
  feed_line(hello);
  feed(line_for("/a"));
  session.end(Ending::clean);
  EXPECT_EQ(sent(), welcome);
  EXPECT_TRUE(session.committed(intake.last_ticket()));
  EXPECT_EQ(sent(), R"({"ack":1,"rejected":0,"filtered":0})"
                    "\n");
}

TEST_F(SessionTest, AwaitsNoCommitForAPeerThatIsNotToBeTold) {
  intake.hand_out_tickets();
  feed_line(R"({"hello":{"client":"python/1.0"}})");
  feed_line(line_for("/a"));
  EXPECT_FALSE(session.awaits_commit());
  Session cut(handler, budget, 1000, std::nullopt);
  cut.feed(Padded(std::string(hello) + "\n" + line_for("/b") + "\n").view(), {});
  EXPECT_TRUE(cut.awaits_commit());
  cut.stop_sending();
  EXPECT_FALSE(cut.awaits_commit());
}

TEST_F(SessionTest, SaysNothingAnyMoreOnceThePeerCannotBeWrittenTo) {
  feed_line(hello);
  session.stop_sending();
  feed_line(line_for("/a"));
  EXPECT_THAT(sent(), IsEmpty());
  EXPECT_EQ(intake.accepted(), 1U);
}

TEST_F(SessionTest, MarksTheFirstLinesAsSentAgain) {
  feed_line(hello);
  feed("{bad\n" + line_for("/a") + "\n" + line_for("/b") + "\n");
  EXPECT_TRUE(intake.records().at(0).again);
  EXPECT_FALSE(intake.records().at(1).again);
}

TEST_F(SessionTest, CountsALastLineWithoutNewline) {
  feed_line(hello);
  feed(line_for("/a"));
  session.end(Ending::clean);
  EXPECT_THAT(intake.endpoints(), ElementsAre("/a"));
  EXPECT_EQ(sent(), welcome + R"({"ack":1,"rejected":0,"filtered":0})"
                              "\n");
}

TEST_F(SessionTest, RejectsALastLineThatABrokenConnectionCutOff) {
  feed(line_for("/a"));
  session.end(Ending::broken);
  EXPECT_EQ(intake.rejected(Reject::unterminated), 1U);
  EXPECT_EQ(intake.lines_by_uid().at(1001), 1U);
}

TEST_F(SessionTest, CountsNoBlankRestAndNoOverlongLineTwice) {
  feed(" \r");
  session.end(Ending::broken);
  Session other(handler, budget, 1000, std::nullopt);
  other.feed(Padded(std::string(1001, 'x')).view(), {});
  other.end(Ending::broken);
  EXPECT_EQ(intake.lines(), 1U);
  EXPECT_EQ(intake.rejected(Reject::too_long), 1U);
}

TEST_F(SessionTest, CountsTheLimitWhenMemoryForPiecesIsUsedUp) {
  CarryBudget none(0);
  Session starved(handler, none, std::size_t{256} * 1024, std::nullopt);
  starved.feed(Padded(std::string(20'000, 'x')).view(), {});
  EXPECT_EQ(intake.hits(Limit::partial_bytes), 1U);
  EXPECT_EQ(intake.rejected(Reject::too_long), 1U);
}

TEST_F(SessionTest, TellsSinceWhenALineIsUnfinished) {
  const SteadyTime start{};
  using std::chrono::seconds;
  feed(line_for("/a") + "\n", start);
  EXPECT_FALSE(session.unfinished_since());
  feed("{", start + seconds(1));
  feed(" ", start + seconds(2));
  EXPECT_EQ(session.unfinished_since(), start + seconds(1));
  feed("}\n{", start + seconds(3));
  EXPECT_EQ(session.unfinished_since(), start + seconds(3));
  feed(std::string(2000, 'x'), start + seconds(4));
  EXPECT_EQ(session.unfinished_since(), start + seconds(3));
  feed("}\n", start + seconds(5));
  EXPECT_FALSE(session.unfinished_since());
}

TEST_F(SessionTest, PassesTheWishForAPauseOn) {
  EXPECT_FALSE(feed_line(line_for("/a")));
  intake.ask_for_pauses(true);
  EXPECT_TRUE(feed_line(line_for("/a")));
}

}  // namespace
}  // namespace pannier::receive
