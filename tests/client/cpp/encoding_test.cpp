// The lines of the C++ shim, read by the daemon's own decoder.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <random>
#include <vector>

#include "record/line_decoder.h"
#include "tests/client/cpp/peer.h"

namespace pannier::client_test {
namespace {

using namespace std::string_literals;

struct Encoded {
  bool is_number = false, fits = false, has_repaired = false;
  std::string line;
};

Encoded encode(const Record& reported, std::size_t limit = 1 << 20) {
  std::vector<char> bytes(limit + 1, '#');
  shim::Writer out(bytes.data(), bytes.data() + limit);
  const bool is_number = shim::write_record(out, reported, "", "");
  EXPECT_EQ(bytes[limit], '#');
  return {is_number, out.fits(), out.has_repaired(), {bytes.data(), out.at()}};
}

// A line as the daemon understands it.
class Decoded {
 public:
  explicit Decoded(const std::string& line) : buffer_(line) {
    EXPECT_TRUE(!line.empty() && line.back() == '\n' && line.find('\n') == line.size() - 1) << line;
    buffer_.resize(line.size() + record::line_padding);
    line_ = decoder_.decode({buffer_.data(), line.size() - 1}, true);
  }
  explicit Decoded(const Record& reported) : Decoded(encode(reported).line) {}
  [[nodiscard]] bool is_accepted() const { return line_.kind == record::LineKind::record; }
  [[nodiscard]] const record::Line& line() const { return line_; }
  const record::Record& operator*() {
    EXPECT_TRUE(is_accepted()) << buffer_;
    return decoder_.record();
  }
  const record::Record* operator->() { return &**this; }

 private:
  std::string buffer_;
  record::LineDecoder decoder_;
  record::Line line_;
};

std::string consumer_of(std::string_view text) {
  Record reported = usual_record();
  reported.consumer = text;
  return std::string(Decoded(reported)->consumer);
}

TEST(CppShimEncodingTest, EveryFieldArrives) {
  const Header request_headers[] = {{"x-consumer-id", "app"}, {"x-empty", ""}};
  const std::vector<Header> response_headers{{"content-type", "text/html"}};
  const Attribute attributes[] = {{"whole", 1},
                                  {"least", std::numeric_limits<std::int64_t>::min()},
                                  {"most", std::numeric_limits<std::uint64_t>::max()},
                                  {"real", -0.5},
                                  {"yes", true},
                                  {"text", "x"},
                                  {"none", {}},
                                  {"nan", std::nan("")}};
  Record reported = usual_record();
  reported.path = "/users/7";
  reported.created_at = std::chrono::system_clock::time_point(1'767'268'800'250'001us);
  reported.consumer = "app";
  reported.context = "c";
  reported.client_ip = "::1";
  reported.service = "orders";
  reported.node = "web-7";
  reported.trace_id = "0123456789abcdef0123456789abcdef";
  reported.span_id = "00f067aa0ba902b7";
  reported.parent_span_id = "00f067aa0ba902b8";
  reported.request_headers = request_headers;
  reported.response_headers = response_headers;
  reported.error_type = "E";
  reported.error_message = "went \"wrong\"";
  reported.error_stack = "a\n\tb";
  reported.attributes = attributes;
  const std::string line = encode(reported).line;
  EXPECT_NE(line.find(R"("attributes":{"whole":1,"least":-9223372036854775808,"most":18446744073709551615,)"
                      R"("real":-0.5,"yes":true,"text":"x","none":null,"nan":null})"),
            std::string::npos)
      << line;
  EXPECT_NE(line.find(R"("error":{"type":"E","message":"went \"wrong\"","stack":"a\u000a\u0009b"})"),
            std::string::npos)
      << line;
  Decoded decoded(line);
  EXPECT_EQ(decoded->method, "GET");
  EXPECT_EQ(decoded->endpoint, "/users/{user_id}");
  EXPECT_EQ(decoded->path, "/users/7");
  EXPECT_EQ(decoded->status, 200);
  EXPECT_EQ(decoded->response_ms, 12.5);
  EXPECT_EQ(decoded->created_at.time_since_epoch(), 1'767'268'800'250'001us);
  EXPECT_EQ(decoded->consumer, "app");
  EXPECT_EQ(decoded->context, "c");
  EXPECT_EQ(decoded->client_ip, "::1");
  EXPECT_EQ(decoded->service, "orders");
  EXPECT_EQ(decoded->node, "web-7");
  EXPECT_EQ(decoded->trace[15], 0xef);
  EXPECT_EQ(decoded->span[7], 0xb7);
  EXPECT_EQ(decoded->parent[7], 0xb8);
  ASSERT_EQ(decoded->request_headers.size(), 2U);
  EXPECT_EQ(decoded->request_headers[0].name, "x-consumer-id");
  ASSERT_EQ(decoded->response_headers.size(), 1U);
  EXPECT_EQ(decoded->response_headers[0].value, "text/html");
  EXPECT_EQ(decoded.line().unknown_fields, 0U);
}

TEST(CppShimEncodingTest, WhatIsLeftOutIsNotSaid) {
  const std::string line = encode(usual_record()).line;
  for (const char* name : {"path", "consumer", "service", "trace_id", "headers", "error", "attributes"})
    EXPECT_EQ(line.find(name), std::string::npos) << line;
}

// The vectors of WIRE.md whose line is accepted: what they mean is reported, and means the same.
TEST(CppShimEncodingTest, SaysWhatTheVectorsMean) {
  std::ifstream page(PANNIER_WIRE);
  int vectors = 0;
  for (std::string text; std::getline(page, text);) {
    if (text.find("any | accepted") != 0) continue;
    ++vectors;
    SCOPED_TRACE(text);
    Decoded vector(text.substr(text.find(" | ", 10) + 3) + "\n");
    Record reported;
    reported.method = vector->method;
    reported.endpoint = vector->endpoint;
    reported.path = vector->path;
    reported.status = vector->status;
    reported.response_time_ms = vector->response_ms;
    if (vector->has_created_at) reported.created_at = vector->created_at;
    reported.consumer = vector->consumer;
    reported.context = vector->context;
    reported.client_ip = vector->client_ip;
    reported.service = vector->service;
    reported.node = vector->node;
    Decoded again(reported);
    EXPECT_EQ(again->method, vector->method);
    EXPECT_EQ(again->endpoint, vector->endpoint);
    EXPECT_EQ(again->path, vector->path);
    EXPECT_EQ(again->status, vector->status);
    EXPECT_EQ(again->response_ms, vector->response_ms);
    EXPECT_TRUE(!vector->has_created_at || again->created_at == vector->created_at);
    EXPECT_EQ(again->consumer, vector->consumer);
    EXPECT_EQ(again->context, vector->context);
    EXPECT_EQ(again->client_ip, vector->client_ip);
    EXPECT_EQ(again->service, vector->service);
    EXPECT_EQ(again->node, vector->node);
  }
  EXPECT_GT(vectors, 10);
}

TEST(CppShimEncodingTest, TextsArriveAsTheyAre) {
  for (const std::string& text : {"plain"s, "\"quoted\" \\ / back"s, "\x01\x1f\x7f\t\n"s,
                                  "é 😀 \xED\x9F\xBF \xEE\x80\x80"s, "\xF4\x8F\xBF\xBF"s})
    EXPECT_EQ(consumer_of(text), text);
}

TEST(CppShimEncodingTest, EveryByteIsFoundWhereverItStands) {
  for (int byte = 1; byte != 256; ++byte) {
    for (std::size_t place = 0; place != 20; ++place) {
      std::string text = "abcdefghijklmnopqrst";
      text[place] = static_cast<char>(byte);
      EXPECT_EQ(consumer_of(text), byte < 0x80 ? text : text.replace(place, 1, "\uFFFD"))
          << byte << " at " << place;
    }
  }
}

TEST(CppShimEncodingTest, WhatIsNoUtf8IsReplacedAndItsNeighboursStay) {
  EXPECT_EQ(consumer_of("a\xFF"s + "b"), "a\uFFFDb");
  EXPECT_EQ(consumer_of("a\0b"s), "a\uFFFDb");
  EXPECT_EQ(consumer_of("\xC3"s), "\uFFFD") << "cut off";
  EXPECT_EQ(consumer_of("\xC3(é"s), "\uFFFD(é");
  EXPECT_EQ(consumer_of("\xC0\xAF"s), "\uFFFD\uFFFD") << "too long a way to write /";
  EXPECT_EQ(consumer_of("\xED\xA0\x80"s), "\uFFFD\uFFFD\uFFFD") << "a surrogate";
  EXPECT_EQ(consumer_of("\xF4\x90\x80\x80"s), "\uFFFD\uFFFD\uFFFD\uFFFD") << "beyond 10FFFF";
  Record reported = usual_record();
  EXPECT_FALSE(encode(reported).has_repaired);
  reported.context = "\xFF";
  EXPECT_TRUE(encode(reported).has_repaired);
}

TEST(CppShimEncodingTest, RandomBytesAreAlwaysAccepted) {
  std::mt19937 random(7);
  const auto bytes = [&random] {
    std::string text(1 + random() % 40, ' ');
    const std::uint32_t mask = random() % 2 == 0 ? 0xFF : 0xC3;  // the second: many sequences that begin well
    for (char& letter : text) letter = static_cast<char>(random() & mask);
    return text;
  };
  for (int round = 0; round != 20000; ++round) {
    const std::string texts[] = {bytes(), bytes(), bytes(), bytes(), bytes(), bytes()};
    const Header headers[] = {{texts[0], texts[1]}, {texts[2], texts[3]}};
    const Attribute attributes[] = {{texts[4], std::string_view(texts[5])}};
    Record reported = usual_record();
    reported.method = texts[0];
    const std::string endpoint = "/" + texts[1];
    reported.endpoint = endpoint;
    reported.path = texts[2];
    reported.consumer = texts[3];
    reported.context = texts[4];
    reported.client_ip = texts[5];
    reported.error_message = texts[0];
    reported.request_headers = headers;
    reported.attributes = attributes;
    const std::string line = encode(reported).line;
    ASSERT_TRUE(Decoded(line).is_accepted()) << line;
  }
}

TEST(CppShimEncodingTest, ResponseTimesAreExactToTheNanosecondAndInRange) {
  const auto written = [](double milliseconds) {
    Record reported = usual_record();
    reported.response_time_ms = milliseconds;
    const std::string line = encode(reported).line;
    const std::size_t begin = line.find("\"response_time\":") + 16;
    return line.substr(begin, line.find(',', begin) - begin);
  };
  EXPECT_EQ(written(0), "0");
  EXPECT_EQ(written(12), "12");
  EXPECT_EQ(written(0.000001), "0.000001");
  EXPECT_EQ(written(1.5), "1.5");
  EXPECT_EQ(written(100.25), "100.25");
  EXPECT_EQ(written(0.9999999), "1");
  EXPECT_EQ(written(2147483647), "2147483647");
  EXPECT_EQ(written(1e300), "2147483647");
  EXPECT_EQ(written(std::numeric_limits<double>::infinity()), "2147483647");
  EXPECT_EQ(written(-3), "0");
  EXPECT_EQ(written(-std::numeric_limits<double>::infinity()), "0");
  Record reported = usual_record();
  for (const double strange : {-3.0, 1e300}) {
    reported.response_time_ms = strange;
    EXPECT_TRUE(encode(reported).has_repaired);
    EXPECT_TRUE(Decoded(reported).is_accepted());
  }
  reported.response_time_ms = std::nan("");
  EXPECT_FALSE(encode(reported).is_number);
  EXPECT_EQ(reported.took(1500us).response_time_ms, 1.5);
  EXPECT_EQ(reported.took(std::chrono::duration<double>(0.25)).response_time_ms, 250);
}

TEST(CppShimEncodingTest, AClockThatIsOffByDecadesIsNotSaid) {
  Record reported = usual_record();
  for (const auto time : {-1s, 946684799s, 4102444800s}) {
    reported.created_at = std::chrono::system_clock::time_point(time);
    EXPECT_FALSE(Decoded(reported)->has_created_at);
    EXPECT_TRUE(encode(reported).has_repaired);
  }
  reported.created_at = {};
  EXPECT_TRUE(Decoded(reported)->has_created_at) << "now";
}

TEST(CppShimEncodingTest, AnyStatusIsForTheDaemonToJudge) {
  Record reported = usual_record();
  for (const int status : {-1, 0}) {
    reported.status = status;
    EXPECT_EQ(Decoded(reported).line().kind, record::LineKind::filtered);
  }
  for (const int status : {99, 600, std::numeric_limits<int>::min()}) {
    reported.status = status;
    EXPECT_EQ(Decoded(reported).line().reject, Reject::status);
  }
}

TEST(CppShimEncodingTest, ALocalesDecimalPointBecomesAPoint) {
  const auto pointed = [](std::string text) {
    text.resize(shim::with_point(text.data(), text.size()));
    return text;
  };
  EXPECT_EQ(pointed("-1.5e+20"), "-1.5e+20");
  EXPECT_EQ(pointed("0,25"), "0.25");
  EXPECT_EQ(pointed("0\xD9\xAB"s + "25"), "0.25") << "of two bytes";
}

TEST(CppShimEncodingTest, WritesNothingBeyondItsRoom) {
  Record reported = usual_record();
  reported.consumer = "é\n\"\xFF";
  reported.created_at = std::chrono::system_clock::time_point(1'767'268'800s);
  const std::string line = encode(reported).line;
  for (std::size_t limit = 0; limit != line.size(); ++limit)
    EXPECT_FALSE(encode(reported, limit).fits) << limit;
  EXPECT_TRUE(encode(reported, line.size()).fits);
}

}  // namespace
}  // namespace pannier::client_test
