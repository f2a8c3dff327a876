// Random records through random settings: what must hold whatever comes.
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/random.h"
#include "base/text.h"
#include "process/consumer.h"
#include "process/steps.h"

namespace pannier::process {
namespace {

using record::Header;
using record::Record;

constexpr std::array<std::string_view, 24> texts{"",
                                                 " ",
                                                 "a",
                                                 "web",
                                                 "/",
                                                 "/users/42",
                                                 "/a?q=CANARY",
                                                 "?q=CANARY",
                                                 "<int:x>",
                                                 "/:id",
                                                 "\"quoted\"",
                                                 "back\\slash",
                                                 "203.0.113.251",
                                                 "::ffff:203.0.113.251",
                                                 "2001:db8::fb",
                                                 "fe80::fb%eth0",
                                                 "unknown",
                                                 "203.0.113.251, 10.0.0.251",
                                                 "line\nfeed",
                                                 "ü€😀",
                                                 "/deadbee1",
                                                 "anonymous",
                                                 "1.2.3.251:80",
                                                 "/me"};
constexpr std::array<std::string_view, 6> names{"x-consumer-id", "X-User-Id",       "consumer-id",
                                                "USER-ID",       "X-Forwarded-For", "cookie"};

bool needs_escaping(std::string_view text) {
  std::string escaped;
  json::append_string(escaped, text);
  return escaped.size() != text.size() + 2;
}

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : random_(seed) {}
  bool coin() { return random_.below(2) == 0; }
  std::string_view text() { return coin() ? std::string_view() : texts.at(random_.below(texts.size())); }

  Options options() {
    Options options{.service = "s", .node = std::string(text())};
    if (coin()) options.service = texts.at(2 + random_.below(texts.size() - 2));
    options.consumer_use_ip = coin();
    options.anonymize_ip = coin();
    options.strict = coin();
    if (coin()) options.trusted_proxies = {"10.0.0.0/8", "::/0"};
    if (coin()) options.context_headers = {"cookie"};
    if (coin())
      options.context_template = coin() ? "{trace_id} \"{path}\"" : "{client_ip}{consumer} {header:cookie}";
    if (coin()) options.endpoints = {{"/me", "/\"me\""}, {"~ /users/(.*)", "/users/\\1"}};
    return options;
  }
  std::vector<Header> headers() {
    std::vector<Header> headers(random_.below(5));
    for (Header& header : headers) header = {names.at(random_.below(names.size())), text()};
    return headers;
  }
  Record record(const std::vector<Header>& headers) {
    Record record;
    record.service = text();
    record.node = text();
    record.method = "GET";
    record.endpoint = text();
    record.path = text();
    record.consumer = text();
    record.client_ip = text();
    record.request_headers = record.response_headers = headers;
    record.is_plain = true;
    record.is_processed = coin();
    for (const auto part :
         {record.service, record.node, record.endpoint, record.path, record.consumer, record.client_ip})
      record.is_plain = record.is_plain && !needs_escaping(part);
    for (const Header& header : headers) record.is_plain = record.is_plain && !needs_escaping(header.value);
    return record;
  }

 private:
  Random random_;
};

void expect_same(const Record& once, const Record& twice) {
  EXPECT_EQ(once.service, twice.service);
  EXPECT_EQ(once.node, twice.node);
  EXPECT_EQ(once.path, twice.path);
  EXPECT_EQ(once.consumer, twice.consumer);
  EXPECT_EQ(once.created_at, twice.created_at);
}

// Each address among `texts` ends in 251 or fb, and nothing else there has either.
void expect_no_address_in(std::string_view told) {
  EXPECT_EQ(told.find("251"), std::string_view::npos) << told;
  EXPECT_EQ(told.find("fb"), std::string_view::npos) << told;
}

bool names_its_consumer(const Record& record, const Options& options) {
  return consumer_of(record, options.consumer_headers, {}).name != "anonymous";
}

void expect_promises(const Record& record, const Options& options) {
  EXPECT_FALSE(record.service.empty());
  if (!record.is_processed) EXPECT_FALSE(text::trimmed(record.consumer).empty());
  EXPECT_FALSE(record.endpoint.empty());
  EXPECT_TRUE(record.has_created_at);
  EXPECT_TRUE(record.request_headers.empty() && record.response_headers.empty());
  for (const auto part : {record.endpoint, record.path})
    EXPECT_EQ(part.find("CANARY"), std::string_view::npos) << part;
  if (options.anonymize_ip) expect_no_address_in(record.client_ip);
  if (record.is_plain)
    for (const auto part :
         {record.service, record.node, record.endpoint, record.path, record.consumer, record.context})
      EXPECT_FALSE(needs_escaping(part)) << part;
}

TEST(StepsPropertyTest, PromisesHoldForRandomRecordsUnderRandomSettings) {
  Arena arena;
  Random random(1);
  for (std::uint64_t seed = 0; seed < 50'000; ++seed) {
    SCOPED_TRACE(seed);
    Draw draw(seed);
    const Options options = draw.options();
    const Steps steps(options);
    const auto headers = draw.headers();
    const Record drawn = draw.record(headers);
    Record record = drawn;
    const Defaults defaults{.service = draw.text(), .node = draw.text()};
    steps.apply(record, defaults, SystemTime{std::chrono::seconds(1)}, arena, random);
    expect_promises(record, options);
    if (options.anonymize_ip && !names_its_consumer(drawn, options)) expect_no_address_in(record.consumer);
    Record again = record;
    steps.apply(again, defaults, SystemTime{std::chrono::seconds(2)}, arena, random);
    expect_same(record, again);
    // A path may look like a spelling, and is named as it is.
    if (!drawn.endpoint.empty()) EXPECT_EQ(record.endpoint, again.endpoint);
    if (HasFailure()) return;
    arena.reset();
  }
}

}  // namespace
}  // namespace pannier::process
