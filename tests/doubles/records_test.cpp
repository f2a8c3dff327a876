#include "tests/doubles/records.h"

#include <gtest/gtest.h>

#include "tests/doubles/json_document.h"

namespace pannier::doubles {
namespace {

TEST(RecordsTest, MarksEachLineInItsContext) {
  EXPECT_EQ(mark(42), "~s000000000042~");
  EXPECT_EQ(JsonDocument(numbered_line(42)).string("/context"), mark(42));
  EXPECT_EQ(mark_in(numbered_line(42)), mark(42));
  EXPECT_NE(record_line(), record_line());
  EXPECT_EQ(marks(5, 2), (std::set<std::string>{mark(5), mark(6)}));
}

TEST(RecordsTest, ReplacesAddsAndLeavesOutFields) {
  const JsonDocument line(numbered_line(1, {{"status", "404"}, {"consumer", ""}, {"service", "\"users\""}}));
  EXPECT_EQ(line.names("").size(), 6U) << line.text();
  EXPECT_EQ(line.number("/status"), 404U);
  EXPECT_FALSE(line.has("/consumer"));
  EXPECT_EQ(line.string("/service"), "users");
}

TEST(JsonDocumentTest, AnswersByPointerAndIsEmptyForWhatIsNoJson) {
  const JsonDocument document(
      R"({"lanes":{"malti/orders":{"why":null,"dropped":{"full":2,"shutdown":3}}},"ok":true})");
  EXPECT_EQ(document.sum("/lanes/malti~1orders/dropped"), 5U);
  EXPECT_EQ(document.number("/lanes/malti~1orders/dropped/full"), 2U);
  EXPECT_TRUE(document.is_null("/lanes/malti~1orders/why"));
  EXPECT_EQ(document.boolean("/ok"), true);
  EXPECT_EQ(document.names("/lanes"), std::vector<std::string>{"malti/orders"});
  EXPECT_FALSE(document.has("/nowhere"));
  EXPECT_FALSE(JsonDocument("not JSON").is_valid());
  EXPECT_EQ(JsonDocument("not JSON").number("/x"), 0U);
}

}  // namespace
}  // namespace pannier::doubles
