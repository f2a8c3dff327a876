// What people are told of a line.
#include "record/telling.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "record/fields.h"

namespace pannier::record {
namespace {

TEST(TellingTest, NamesTheFieldsThatNoRecordHasAndWhatWasMeant) {
  const auto unknown =
      unknown_fields_of(R"({"method":"GET","reponse_time":1,"ua\u0067ent":"x","z":[{"status":1}]})");
  ASSERT_EQ(unknown.size(), 3U);
  EXPECT_EQ(unknown[0].name, "reponse_time");
  EXPECT_EQ(unknown[0].meant, "response_time");
  EXPECT_EQ(unknown[1].name, "uagent");
  EXPECT_EQ(unknown[2].meant, "");
}

TEST(TellingTest, TellsAtMostTwentyAndNothingOfWhatIsNoObject) {
  std::string line = "{";
  for (int i = 0; i < 100; ++i) line.append("\"unheard-of-").append(std::to_string(i)).append("\":1,");
  EXPECT_EQ(unknown_fields_of(line + "\"x\":1}").size(), 20U);
  for (const char* none : {"", "{", "[]", "1", "{\"\\ud800\":1}", "\xff"})
    EXPECT_TRUE(unknown_fields_of(none).empty());
}

// A field that fields.h knows and telling.cpp does not would be "meant" by nobody.
TEST(TellingTest, KnowsEveryFieldByName) {
  for (const std::string_view name : {"service",
                                      "node",
                                      "method",
                                      "endpoint",
                                      "path",
                                      "status",
                                      "response_time",
                                      "response_time_s",
                                      "response_time_us",
                                      "created_at",
                                      "started_at",
                                      "consumer",
                                      "context",
                                      "request_headers",
                                      "response_headers",
                                      "request_body",
                                      "response_body",
                                      "request_body_cut",
                                      "response_body_cut",
                                      "client_ip",
                                      "trace_id",
                                      "span_id",
                                      "parent_span_id",
                                      "error",
                                      "attributes"}) {
    EXPECT_NE(field_named(name), Field::unknown) << name;
    const auto unknown = unknown_fields_of("{\"" + std::string(name) + "~\":1}");
    ASSERT_EQ(unknown.size(), 1U);
    EXPECT_EQ(unknown[0].meant, name);
  }
}

TEST(TellingTest, EveryReasonHasARule) {
  for (std::size_t i = 0; i < count_of<Reject>; ++i)
    EXPECT_NE(rule_of(static_cast<Reject>(i)), "") << name(static_cast<Reject>(i));
}

}  // namespace
}  // namespace pannier::record
