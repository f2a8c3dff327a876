// is_plain decides whether an encoder copies a record's texts as they are: it may never say so wrongly.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/json.h"
#include "base/random.h"
#include "tests/record/decoding.h"

namespace pannier::record {
namespace {

// A JSON text of random pieces, most of them harmless.
std::string random_text(Random& random) {
  static constexpr std::string_view pieces[] = {
      "a",     "é",         "😀",        " ",         "/",         "<",
      "\x7f",  "{",         R"(\n)",     R"(\")",     R"(\\)",     R"(\/)",
      R"(\b)", R"(\u0001)", R"(\u0022)", R"(\u005c)", R"(\u0061)", R"(\ud83d\ude00)"};
  const std::size_t most = random.below(3) == 0 ? std::size(pieces) : 8;
  std::string text = "\"a";
  for (std::uint64_t i = random.below(5); i > 0; --i) text += pieces[random.below(most)];
  return text + '"';
}

bool needs_escape(std::string_view text) {
  std::string escaped;
  json::append_string(escaped, text);
  return escaped.size() != text.size() + 2;
}

bool any_needs_escape(const Record& record) {
  const auto of_header = [](const Header& header) {
    return needs_escape(header.name) || needs_escape(header.value);
  };
  return needs_escape(record.service) || needs_escape(record.node) || needs_escape(record.method) ||
         needs_escape(record.endpoint) || needs_escape(record.path) || needs_escape(record.consumer) ||
         needs_escape(record.context) || needs_escape(record.client_ip) ||
         std::ranges::any_of(record.request_headers, of_header) ||
         std::ranges::any_of(record.response_headers, of_header);
}

TEST(PlainTest, ARecordWithACharacterToEscapeIsNeverPlain) {
  Random random(11);
  int plain = 0, escaped = 0;
  for (int i = 0; i < 5000; ++i) {
    const std::string headers = "{" + random_text(random) + ":" + random_text(random) + "}";
    const std::string method = random_text(random), endpoint = random_text(random),
                      path = random_text(random), consumer = random_text(random),
                      context = random_text(random), client_ip = random_text(random);
    Decoding decoding(line_with({{"method", method},
                                 {"endpoint", endpoint},
                                 {"path", path},
                                 {"consumer", consumer},
                                 {"context", context},
                                 {"client_ip", client_ip},
                                 {random.below(2) == 0 ? "request_headers" : "response_headers", headers}}));
    ASSERT_EQ(decoding.outcome(), "record");
    if (any_needs_escape(decoding.record())) {
      EXPECT_FALSE(decoding.record().is_plain);
      ++escaped;
    }
    if (decoding.record().is_plain) ++plain;
  }
  EXPECT_GT(plain, 100);
  EXPECT_GT(escaped, 100);
}

TEST(PlainTest, AnEscapeInOneFieldIsEnough) {
  for (const char* field :
       {"service", "node", "method", "endpoint", "path", "consumer", "context", "client_ip"}) {
    Decoding decoding(line_with({{field, R"("\"")"}}));
    ASSERT_EQ(decoding.outcome(), "record");
    EXPECT_FALSE(decoding.record().is_plain) << field;
  }
}

}  // namespace
}  // namespace pannier::record
