#include <gtest/gtest.h>

#include <string>

#include "deliver/local/encode.h"

namespace pannier::deliver::local {
namespace {

using namespace std::chrono_literals;

record::Record full_record() {
  record::Record record;
  record.service = "orders";
  record.node = "web-7";
  record.method = "GET";
  record.endpoint = "/users/{user_id}";
  record.consumer = "żółw";
  record.context = "a\nb";
  record.created_at = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1) + 12h + 123456us;
  record.response_ms = 12.5;
  record.status = 404;
  return record;
}

std::string encoded(const record::Record& record) {
  Bytes out;
  encode(record, out);
  return std::string(out.view());
}

TEST(LocalEncodeTest, GivesBackWhatWasEncoded) {
  const std::string fragment = encoded(full_record());
  const auto row = decode(fragment);
  ASSERT_TRUE(row);
  const Row expected{.service = "orders",
                     .node = "web-7",
                     .method = "GET",
                     .endpoint = "/users/{user_id}",
                     .consumer = "żółw",
                     .context = "a\nb",
                     .created_at = full_record().created_at,
                     .response_us = 12'500,
                     .status = 404};
  EXPECT_EQ(*row, expected);
}

TEST(LocalEncodeTest, AppendsBehindWhatIsThere) {
  Bytes out;
  encode(full_record(), out);
  const std::size_t first = out.size();
  encode(full_record(), out);
  EXPECT_EQ(out.size(), 2 * first);
  EXPECT_TRUE(decode(out.view().substr(0, first)));
  EXPECT_TRUE(decode(out.view().substr(first)));
}

TEST(LocalEncodeTest, KeepsTheLongestTimeAndAnEmptyRecord) {
  record::Record record;
  record.response_ms = 2147483647;
  const std::string fragment = encoded(record);
  const auto row = decode(fragment);
  ASSERT_TRUE(row);
  EXPECT_EQ(row->response_us, 2147483647000);
  EXPECT_EQ(row->service, "");
}

TEST(LocalEncodeTest, CutsTextsWhereMaltiWouldAndTellsHowMany) {
  std::string text;
  while (text.size() < 200'000) text += "ż";
  record::Record record = full_record();
  record.context = text;
  record.consumer = text;
  Bytes out;
  EXPECT_EQ(encode(record, out), 2U);
  const auto row = decode(out.view());
  ASSERT_TRUE(row);
  EXPECT_EQ(row->context, std::string_view(text).substr(0, 1000));
  EXPECT_EQ(row->consumer.size(), 1000U);
  out.clear();
  EXPECT_EQ(encode(full_record(), out), 0U);
}

TEST(LocalEncodeTest, RefusesEveryCutFragmentAndEveryExtraByte) {
  const std::string fragment = encoded(full_record());
  for (std::size_t size = 0; size < fragment.size(); ++size)
    EXPECT_FALSE(decode(std::string_view(fragment).substr(0, size))) << size;
  EXPECT_FALSE(decode(fragment + "x"));
}

TEST(LocalEncodeTest, ReadsNoByteOutsideWhateverByteIsWrong) {
  const std::string fragment = encoded(full_record());
  for (std::size_t at = 0; at < fragment.size(); ++at)
    for (const int wrong : {0x00, 0x01, 0x7f, 0xff}) {
      // Of its own allocation, so that the sanitizer sees a read behind the end.
      std::string damaged(fragment);
      damaged[at] = static_cast<char>(wrong);
      damaged.shrink_to_fit();
      const auto row = decode(damaged);
      if (row) EXPECT_LE(row->context.data() + row->context.size(), damaged.data() + damaged.size());
    }
}

}  // namespace
}  // namespace pannier::deliver::local
