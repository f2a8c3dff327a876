// What the texts, ids and bodies of a record may be, and what becomes of them.
#include "record/fields.h"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>

#include "tests/record/decoding.h"

namespace pannier::record {
namespace {

std::string in_quotes(std::string_view text) {
  return '"' + std::string(text) + '"';
}

TEST(FieldsTest, KnowsEveryFieldByItsName) {
  const std::set<std::string_view> names{"service",
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
                                         "attributes"};
  std::set<Field> fields;
  for (const std::string_view name : names) {
    EXPECT_TRUE(fields.insert(field_named(name)).second) << name;
    for (std::size_t i = 0; i < name.size(); ++i) {
      std::string other(name);
      other[i] = other[i] == 'x' ? 'y' : 'x';
      EXPECT_EQ(field_named(other), Field::unknown) << other;
      EXPECT_EQ(field_named(name.substr(0, i)) == Field::unknown, !names.contains(name.substr(0, i)));
    }
  }
  EXPECT_FALSE(fields.contains(Field::unknown));
}

TEST(FieldsTest, ATextIsTakenAsItIs) {
  const std::string line = line_with({{"service", R"("orders")"},
                                      {"node", R"("web-7")"},
                                      {"method", R"("PATCH")"},
                                      {"endpoint", R"("/größe/{id}")"},
                                      {"path", R"("/größe/7")"},
                                      {"consumer", R"("mobile app")"},
                                      {"context", R"("日本 😀")"},
                                      {"client_ip", R"("2001:db8::1")"}});
  Decoding decoding(line);
  ASSERT_EQ(decoding.outcome(), "record");
  const Record& record = decoding.record();
  EXPECT_EQ(record.service, "orders");
  EXPECT_EQ(record.node, "web-7");
  EXPECT_EQ(record.method, "PATCH");
  EXPECT_EQ(record.endpoint, "/größe/{id}");
  EXPECT_EQ(record.path, "/größe/7");
  EXPECT_EQ(record.consumer, "mobile app");
  EXPECT_EQ(record.context, "日本 😀");
  EXPECT_EQ(record.client_ip, "2001:db8::1");
  EXPECT_TRUE(record.is_plain);
}

TEST(FieldsTest, EscapesInATextAreResolved) {
  Decoding decoding(line_with({{"method", R"("G\u0045T")"},
                               {"endpoint", R"("\/a\/{b}")"},
                               {"context", R"("\" \\ \/ \b\f\n\r\t \u00e9 \uD83D\ude00")"}}));
  ASSERT_EQ(decoding.outcome(), "record");
  EXPECT_EQ(decoding.record().method, "GET");
  EXPECT_EQ(decoding.record().endpoint, "/a/{b}");
  EXPECT_EQ(decoding.record().context, "\" \\ / \b\f\n\r\t é 😀");
  EXPECT_FALSE(decoding.record().is_plain);
}

TEST(FieldsTest, TheEndpointIsRequiredOrThePath) {
  EXPECT_EQ(outcome_of(line_with({{"endpoint", ""}, {"path", R"("/a")"}})), "record");
  EXPECT_EQ(outcome_of(line_with({{"endpoint", R"("")"}, {"path", R"("/a")"}})), "record");
  EXPECT_EQ(outcome_of(line_with({{"endpoint", ""}})), "rejected(endpoint)");
  EXPECT_EQ(outcome_of(line_with({{"endpoint", ""}, {"path", R"("")"}})), "rejected(endpoint)");
  EXPECT_EQ(outcome_of(line_with({{"endpoint", ""}, {"path", R"("?a=1")"}})), "rejected(endpoint)");
  EXPECT_EQ(outcome_of(line_with({{"endpoint", ""}, {"path", "5"}})), "rejected(path)");
  EXPECT_EQ(outcome_of(line_with({{"endpoint", "5"}, {"path", R"("/a")"}})), "rejected(endpoint)");
}

TEST(FieldsTest, AQueryStringIsForgotten) {
  Decoding path(line_with({{"endpoint", ""}, {"path", R"("/a?token=1?b")"}}));
  ASSERT_EQ(path.outcome(), "record");
  EXPECT_EQ(path.record().path, "/a");
  Decoding escaped(line_with({{"endpoint", ""}, {"path", R"("/a\u003ftoken=1")"}}));
  EXPECT_EQ(escaped.record().path, "/a");
  Decoding endpoint(line_with({{"endpoint", R"("/a?token=1")"}}));
  EXPECT_EQ(endpoint.record().endpoint, "/a");
  Decoding optional(line_with({{"endpoint", R"("/a/:id?/b?token=1")"}}));
  EXPECT_EQ(optional.record().endpoint, "/a/:id?/b");
}

TEST(FieldsTest, ServiceAndNodeAreNames) {
  std::string longest, too_long;
  for (int i = 0; i < 100; ++i) longest += "é";
  too_long = longest + "a";
  for (const std::string field : {"service", "node"}) {
    const std::string reason = "rejected(" + field + ")";
    EXPECT_EQ(outcome_with(field, in_quotes("a")), "record");
    EXPECT_EQ(outcome_with(field, in_quotes("a b\\u00e9:.-_")), "record");
    EXPECT_EQ(outcome_with(field, in_quotes(longest)), "record");
    EXPECT_EQ(outcome_with(field, in_quotes(too_long)), reason);
    EXPECT_EQ(outcome_with(field, in_quotes(std::string(1000, 'a'))), reason);
    for (const char* bad : {"", "a/b", "/", "a\\nb", "\\u001b[0m", "a\x7f", "a\\u0000", "\\ud800"})
      EXPECT_EQ(outcome_with(field, in_quotes(bad)), reason) << bad;
  }
}

TEST(FieldsTest, IdsAreHexOfTheirLength) {
  Decoding decoding(line_with({{"trace_id", R"("0123456789abcdefFEDCBA9876543210")"},
                               {"span_id", R"("00f067aa0ba902b7")"},
                               {"parent_span_id", R"("ffffffffffffffff")"}}));
  ASSERT_EQ(decoding.outcome(), "record");
  EXPECT_EQ(decoding.record().trace, (TraceId{0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0xfe, 0xdc,
                                              0xba, 0x98, 0x76, 0x54, 0x32, 0x10}));
  EXPECT_EQ(decoding.record().span, (SpanId{0x00, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7}));
  EXPECT_EQ(decoding.record().parent, (SpanId{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}));
}

TEST(FieldsTest, AnIdOfAnotherFormIsRejected) {
  const std::string trace(32, 'a'), span(16, 'a');
  for (const std::string field : {"trace_id", "span_id", "parent_span_id"}) {
    const std::string good = field == "trace_id" ? trace : span;
    const std::string reason = "rejected(" + field + ")";
    EXPECT_EQ(outcome_with(field, in_quotes(good)), "record");
    EXPECT_EQ(outcome_with(field, in_quotes("")), "record") << "an empty id is none";
    EXPECT_EQ(outcome_with(field, in_quotes(good.substr(1))), reason);
    EXPECT_EQ(outcome_with(field, in_quotes(good + "a")), reason);
    EXPECT_EQ(outcome_with(field, in_quotes(good.substr(1) + "g")), reason);
    EXPECT_EQ(outcome_with(field, in_quotes("-" + good.substr(1))), reason);
    EXPECT_EQ(outcome_with(field, "5"), reason);
    EXPECT_EQ(outcome_with(field, "{}"), reason);
  }
  EXPECT_EQ(outcome_with("trace_id", in_quotes(span)), "rejected(trace_id)");
}

TEST(FieldsTest, ABodyIsATextAnObjectOrAnArray) {
  for (const std::string field : {"request_body", "response_body"}) {
    const std::string reason = "rejected(" + field + ")";
    for (const char* good :
         {R"("")", R"("a\nb")", "{}", R"({"a":[1,{"b":null}]})", "[]", "[1,\"x\",[]]", "null"})
      EXPECT_EQ(outcome_with(field, good), "record") << good;
    for (const char* bad :
         {"5", "true", "NaN", R"("\u0000")", R"({"a":"\u0000"})", R"(["\ud800"])", R"({"\udc00":1})"})
      EXPECT_EQ(outcome_with(field, bad), reason) << bad;
    EXPECT_EQ(outcome_with(field + "_cut", "true"), "record");
    EXPECT_EQ(outcome_with(field + "_cut", "false"), "record");
    for (const char* bad : {"1", R"("true")", "[]", "{}"})
      EXPECT_EQ(outcome_with(field + "_cut", bad), reason) << bad;
  }
}

constexpr std::array<std::string_view, 8> texts{"service", "node",     "method",  "endpoint",
                                                "path",    "consumer", "context", "client_ip"};

TEST(FieldsTest, ATextOfAnotherTypeIsRejected) {
  for (const std::string_view field : texts)
    for (const char* bad : {"5", "-1.5e3", "true", "false", "{}", "[]", R"(["a"])", R"({"a":{"b":"c"}})"})
      EXPECT_EQ(outcome_with(field, bad), "rejected(" + std::string(field) + ")") << field << ' ' << bad;
}

TEST(FieldsTest, NulAndHalfSurrogatePairsAreTheFieldsFault) {
  for (const std::string_view field : texts)
    for (const char* bad : {R"("\u0000")", R"("a\u0000b")", R"("\ud800")", R"("\uDFFF")", R"("\udc00\ud800")",
                            R"("\ud800\ud800")", R"("\ud800a")", R"("\ud800\n")", R"("\ud83d\ude00\ude00")"})
      EXPECT_EQ(outcome_with(field, bad), "rejected(" + std::string(field) + ")") << field << ' ' << bad;
  EXPECT_EQ(outcome_with("consumer", R"("\\u0000 \\ud800")"), "record")
      << "an escaped backslash is no escape";
}

TEST(FieldsTest, NullMeansAbsent) {
  for (const std::string_view field :
       {"service",           "node",         "path",          "created_at",
        "started_at",        "consumer",     "context",       "request_headers",
        "response_headers",  "request_body", "response_body", "request_body_cut",
        "response_body_cut", "client_ip",    "trace_id",      "span_id",
        "parent_span_id",    "error",        "attributes",    "response_time_s",
        "response_time_us"})
    EXPECT_EQ(outcome_with(field, "null"), "record") << field;
  for (const std::string field : {"method", "endpoint", "status", "response_time"})
    EXPECT_EQ(outcome_with(field, "null"), "rejected(" + field + ")");
}

TEST(FieldsTest, AnEmptyRequiredTextIsMissing) {
  EXPECT_EQ(outcome_with("method", R"("")"), "rejected(method)");
  EXPECT_EQ(outcome_with("endpoint", R"("")"), "rejected(endpoint)");
  EXPECT_EQ(outcome_with("consumer", R"("")"), "record");
  EXPECT_EQ(outcome_with("context", R"("")"), "record");
}

}  // namespace
}  // namespace pannier::record
