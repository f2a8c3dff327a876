#include <gtest/gtest.h>
#include <simdjson.h>

#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "deliver/malti/encode.h"
#include "deliver/text_limit.h"
#include "record/time_text.h"

namespace pannier::deliver::malti {
namespace {

using namespace std::chrono_literals;

constexpr SystemTime created = std::chrono::sys_days(std::chrono::year(2026) / 1 / 2) + 3h + 4us;

record::Record plain_record() {
  record::Record record;
  record.service = "orders";
  record.node = "web-1";
  record.method = "GET";
  record.endpoint = "/users/{id}";
  record.consumer = "anonymous";
  record.status = 200;
  record.response_ms = 12.4;
  record.created_at = created;
  return record;
}

std::string encoded(const record::Record& record) {
  Bytes out;
  EXPECT_EQ(MaltiEncoder(true).encode(record, out), 0U);
  return std::string(out.view());
}

std::uint32_t altered(const record::Record& record, Bytes& out) {
  return MaltiEncoder(true).encode(record, out);
}

// The fragment without its comma, as another parser reads it.
class Parsed {
 public:
  explicit Parsed(std::string_view fragment) {
    EXPECT_TRUE(fragment.ends_with(','));
    fragment.remove_suffix(1);
    EXPECT_EQ(parser_.parse(simdjson::padded_string(fragment)).get(root_), simdjson::SUCCESS) << fragment;
  }
  [[nodiscard]] std::string_view text(std::string_view key) const { return root_[key].get_string().value(); }
  [[nodiscard]] std::int64_t number(std::string_view key) const { return root_[key].get_int64().value(); }
  [[nodiscard]] bool has(std::string_view key) const { return root_[key].error() == simdjson::SUCCESS; }
  [[nodiscard]] std::size_t size() const { return root_.get_object().value().size(); }

 private:
  simdjson::dom::parser parser_;
  simdjson::dom::element root_;
};

TEST(MaltiEncodeTest, WritesWhatMaltisIngestWantsWithACommaBehindIt) {
  EXPECT_EQ(encoded(plain_record()),
            R"({"service":"orders","node":"web-1","method":"GET","endpoint":"/users/{id}","status":200,)"
            R"("response_time":12,"consumer":"anonymous","created_at":"2026-01-02T03:00:00.000004Z"},)");
}

TEST(MaltiEncodeTest, WritesAContextOnlyWhereThereIsOne) {
  record::Record record = plain_record();
  EXPECT_FALSE(Parsed(encoded(record)).has("context"));
  record.context = "legacy";
  EXPECT_EQ(Parsed(encoded(record)).text("context"), "legacy");
}

TEST(MaltiEncodeTest, AppendsToWhatIsThere) {
  Bytes out;
  const MaltiEncoder encoder(true);
  encoder.encode(plain_record(), out);
  encoder.encode(plain_record(), out);
  EXPECT_EQ(out.view(), encoded(plain_record()) + encoded(plain_record()));
}

TEST(MaltiEncodeTest, RoundsResponseTimesHalfUp) {
  const std::vector<std::pair<double, std::int64_t>> cases{{0, 0},
                                                           {0.4999, 0},
                                                           {0.49999999999999994, 0},
                                                           {0.5, 1},
                                                           {1.5, 2},
                                                           {2.5, 3},
                                                           {150.49, 150},
                                                           {150.5, 151},
                                                           {2147483646.5, 2147483647},
                                                           {2147483647, 2147483647}};
  for (const auto& [ms, expected] : cases) {
    record::Record record = plain_record();
    record.response_ms = ms;
    EXPECT_EQ(Parsed(encoded(record)).number("response_time"), expected) << ms;
  }
}

std::string random_text(Random& random, bool plain) {
  static const std::vector<std::string> odd{"\"",   "\\",   "\n",   std::string(1, '\0'),
                                            "\x1f", "\x7f", "</a>", "&"};
  static const std::vector<std::string> usual{"a", "Z", "/", "{id}", " ", "é", "€", "😀", "\u2028"};
  std::string text;
  for (std::uint64_t left = random.below(30); left > 0; --left) {
    const auto& letters = plain || random.below(3) != 0 ? usual : odd;
    text += letters[random.below(letters.size())];
  }
  return text;
}

// Of random_text(): all that begins with < is a tag.
std::string kept_by_malti(const std::string& text) {
  std::string kept;
  for (const char c : text) {
    if (c == '<' || c == '>')
      kept += c == '<' ? "‹" : "›";
    else
      kept += static_cast<unsigned char>(c) < 0x20U ? ' ' : c;
  }
  return kept;
}

TEST(MaltiEncodeTest, AnotherParserReadsBackEveryValue) {
  Random random(1);
  for (int i = 0; i < 3000; ++i) {
    record::Record record;
    record.is_plain = random.below(2) == 0;
    std::array<std::string, 6> texts;
    for (std::string& text : texts) text = random_text(random, record.is_plain);
    const std::array<std::string, 6> given = texts;
    record.service = given[0], record.node = given[1], record.method = given[2];
    record.endpoint = given[3], record.consumer = given[4], record.context = given[5];
    record.status = static_cast<std::uint16_t>(100 + random.below(500));
    record.response_ms = static_cast<double>(random.below(2147483648));
    record.created_at = SystemTime(std::chrono::microseconds(random.below(4'000'000'000'000'000)));
    Bytes out;
    std::uint32_t expected = 0;
    for (std::size_t k = 1; k < texts.size(); ++k) {
      expected += kept_by_malti(texts[k]) == texts[k] ? 0 : 1;
      texts[k] = kept_by_malti(texts[k]);
    }
    ASSERT_EQ(altered(record, out), expected);
    const Parsed back(out.view());
    const std::array<std::string_view, 5> keys{"service", "node", "method", "endpoint", "consumer"};
    for (std::size_t k = 0; k < keys.size(); ++k) ASSERT_EQ(back.text(keys[k]), texts[k]);
    ASSERT_EQ(back.has("context"), !texts[5].empty());
    if (!texts[5].empty()) ASSERT_EQ(back.text("context"), texts[5]);
    ASSERT_EQ(back.number("status"), record.status);
    ASSERT_EQ(static_cast<double>(back.number("response_time")), record.response_ms);
    ASSERT_EQ(record::parse_iso8601(back.text("created_at")), record.created_at);
    ASSERT_EQ(back.size(), texts[5].empty() ? 8U : 9U);
  }
}

TEST(MaltiEncodeTest, CutsLongTextsAndSaysHowMany) {
  const std::string long_text(600, 'x');
  const std::string quotes(600, '"');
  record::Record record = plain_record();
  record.is_plain = false;
  record.endpoint = long_text;
  record.context = quotes;
  Bytes out;
  EXPECT_EQ(MaltiEncoder(true).encode(record, out), 2U);
  const Parsed back(out.view());
  EXPECT_EQ(back.text("endpoint"), long_text.substr(0, 500));
  EXPECT_EQ(back.text("context"), quotes.substr(0, 500));
  EXPECT_EQ(back.text("service"), "orders");
}

TEST(MaltiEncodeTest, CleanModeLeavesOut401And404AndNothingElse) {
  record::Record record = plain_record();
  for (std::uint16_t status = 100; status < 600; ++status) {
    record.status = status;
    const bool noise = status == 401 || status == 404;
    EXPECT_EQ(MaltiEncoder(true).leaves_out(record),
              noise ? std::optional(LeftOut::clean_mode) : std::nullopt)
        << status;
    EXPECT_EQ(MaltiEncoder(false).leaves_out(record), std::nullopt) << status;
  }
}

// Malti's cleaner would make /a/ of all of these.
TEST(MaltiEncodeTest, WritesWhatLooksLikeATagSoThatItStaysAndTellsHowManyTextsItAltered) {
  for (const auto& [before, after] : std::vector<std::pair<std::string_view, std::string_view>>{
           {"/a/<script>", "/a/‹script›"},
           {"/a/</b>", "/a/‹/b›"},
           {"/a/<!--x-->", "/a/‹!--x--›"},
           {"/a/<?php?>", "/a/‹?php?›"},
           {"/a/<b", "/a/‹b"},
           {"/a/<a href=\"x\">", "/a/‹a href=\"x\"›"}}) {
    record::Record record = plain_record();
    record.endpoint = before;
    record.is_plain = before.find('"') == std::string_view::npos;
    Bytes out;
    EXPECT_EQ(altered(record, out), 1U) << before;
    EXPECT_EQ(Parsed(out.view()).text("endpoint"), after);
  }
}

TEST(MaltiEncodeTest, LeavesALessThanThatBeginsNoTag) {
  for (const std::string_view text : {"a < b", "<", "a<1", "<<", "a > b", "/a>b"}) {
    record::Record record = plain_record();
    record.consumer = text;
    Bytes out;
    EXPECT_EQ(altered(record, out), 0U) << text;
    EXPECT_EQ(Parsed(out.view()).text("consumer"), text);
  }
}

TEST(MaltiEncodeTest, WritesAControlCharacterAsASpace) {
  record::Record record = plain_record();
  record.is_plain = false;
  record.endpoint = "/a\rb\nc\td\x01";
  record.context = "e\\f\"";
  record.consumer = "g\r";
  Bytes out;
  EXPECT_EQ(altered(record, out), 2U);
  const Parsed parsed(out.view());
  EXPECT_EQ(parsed.text("endpoint"), "/a b c d ");
  EXPECT_EQ(parsed.text("consumer"), "g ");
  EXPECT_EQ(parsed.text("context"), "e\\f\"");
}

TEST(MaltiEncodeTest, CountsATextThatIsAlteredAndCutOnce) {
  record::Record record = plain_record();
  const std::string longer = "<b>" + std::string(600, 'x');
  record.endpoint = longer;
  Bytes out;
  EXPECT_EQ(altered(record, out), 1U);
  EXPECT_TRUE(Parsed(out.view()).text("endpoint").starts_with("‹b›xxx"));
}

TEST(MaltiEncodeTest, LeavesTheServiceAloneWhichOwnsTheKey) {
  record::Record record = plain_record();
  record.service = "<b>";
  Bytes out;
  EXPECT_EQ(altered(record, out), 0U);
  EXPECT_EQ(Parsed(out.view()).text("service"), "<b>");
}

TEST(MaltiEncodeTest, AsksNothingOfWhatAnSdkHasLookedAt) {
  record::Record record = plain_record();
  record.status = 404;
  EXPECT_EQ(MaltiEncoder(true).leaves_out(record), LeftOut::clean_mode);
  record.is_processed = true;
  EXPECT_EQ(MaltiEncoder(true).leaves_out(record), std::nullopt);
}

}  // namespace
}  // namespace pannier::deliver::malti
