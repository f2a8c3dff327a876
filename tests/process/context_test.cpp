#include "process/context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "record/new_ids.h"

namespace pannier::process {
namespace {

using testing::HasSubstr;

class ContextTest : public testing::Test {
 protected:
  ContextTest() {
    record_.service = "orders";
    record_.node = "web-1";
    record_.method = "GET";
    record_.endpoint = "/users/{id}";
    record_.path = "/users/7";
    record_.consumer = "web";
    record_.client_ip = "203.0.113.7";
    record_.status = 200;
    record_.trace = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0, 0, 0, 0, 0, 0, 0, 0xff};
    record_.span = {0xa0, 0, 0, 0, 0, 0, 0, 0x0b};
    record_.request_headers = headers_;
  }
  std::string text(std::string_view pattern) {
    EXPECT_FALSE(ContextTemplate::fault(pattern));
    return std::string(ContextTemplate(pattern).text(record_, arena_, random_));
  }
  std::vector<record::Header> headers_{{"X-Team", " blue "}};
  record::Record record_;
  Arena arena_;
  Random random_{1};
};

TEST_F(ContextTest, KnowsTheRecordsFields) {
  EXPECT_EQ(text("{service} {node} {method} {endpoint} {path} {status} {consumer} {client_ip}"),
            "orders web-1 GET /users/{id} /users/7 200 web 203.0.113.7");
  EXPECT_EQ(text("{trace_id}/{span_id}"), "0123456789abcdef00000000000000ff/a00000000000000b");
  EXPECT_EQ(text("team={header:x-team}!"), "team=blue!");
}

TEST_F(ContextTest, IsItsOwnWordsWhereItHasNoPlaceholder) {
  EXPECT_EQ(text("a } b"), "a } b");
}

TEST_F(ContextTest, LeavesOutWhatTheRecordLacksAndTrimsTheRest) {
  record_.client_ip = {};
  EXPECT_EQ(text(" {client_ip}{header:x-none} {status} "), "200");
  EXPECT_EQ(text("{client_ip} {header:x-none}"), "");
}

TEST_F(ContextTest, MakesTheIdsThatItNamesAndTheRecordLacks) {
  record_.trace = {};
  record_.span = {};
  text("{status}");
  EXPECT_TRUE(record::is_none(record_.trace));
  const std::string trace = text("{trace_id}");
  EXPECT_FALSE(record::is_none(record_.trace));
  EXPECT_TRUE(record::is_none(record_.span));
  EXPECT_EQ(trace.size(), 32U);
  EXPECT_EQ(text("{trace_id}"), trace);
  EXPECT_EQ(text("{span_id}").size(), 16U);
  EXPECT_FALSE(record::is_none(record_.span));
}

TEST_F(ContextTest, TellsWhetherItsOwnWordsNeedEscaping) {
  EXPECT_FALSE(ContextTemplate("{trace_id} a").needs_escaping());
  EXPECT_TRUE(ContextTemplate("{trace_id} \"a").needs_escaping());
  EXPECT_TRUE(ContextTemplate("a\\b").needs_escaping());
  EXPECT_TRUE(ContextTemplate("").empty());
}

TEST_F(ContextTest, NamesTheKnownPlaceholdersWhereOneIsUnknown) {
  EXPECT_THAT(ContextTemplate::fault("{nothing_like_it}").value_or(""), HasSubstr("known are {trace_id}"));
  EXPECT_THAT(ContextTemplate::fault("{Status}").value_or(""), HasSubstr("did you mean {status}?"));
  EXPECT_THAT(ContextTemplate::fault("{}").value_or(""), HasSubstr("{}"));
  EXPECT_THAT(ContextTemplate::fault("{header:a b}").value_or(""), HasSubstr("{header:a b}"));
  std::string many;
  for (int i = 0; i < 17; ++i) many += "{path}";
  EXPECT_THAT(ContextTemplate::fault(many).value_or(""), HasSubstr("more than 16"));
}

}  // namespace
}  // namespace pannier::process
