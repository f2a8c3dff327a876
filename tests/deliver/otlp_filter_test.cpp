#include <gtest/gtest.h>

#include <set>

#include "deliver/otlp/span_filter.h"
#include "tests/deliver/otlp_records.h"

namespace pannier::deliver::otlp {
namespace {

record::Record with_trace(std::initializer_list<int> bytes) {
  record::Record record = plain_record();
  record.trace = trace_id(bytes);
  return record;
}

record::Record with_low_bits(std::uint64_t low) {
  record::Record record = with_trace({0x11, 0xde, 0xbd, 0xeb});
  for (std::size_t i = 0; i < 8; ++i) record.trace[15 - i] = static_cast<std::uint8_t>(low >> (8 * i));
  return record;
}

TEST(OtlpFilterTest, SessionsAreKnownByTheirTraceIdsFirstSixDigits) {
  const SpanFilter filter(Send::sessions, 1.0);
  for (const auto& session : {with_trace({0xde, 0xbd, 0xeb, 7}), with_trace({0xcd, 0xbc, 0xdb, 7}),
                              with_trace({0xde, 0xbc, 0xdb, 7}), with_trace({0xde, 0xbd, 0xeb})})
    EXPECT_EQ(filter.leaves_out(session), std::nullopt);
  for (const auto& other : {with_trace({0xcd, 0xbc, 0xac}), with_trace({0xd0, 0xcd, 0x0c}), with_trace({}),
                            with_trace({0xde, 0xbd, 0xec}), with_trace({0, 0xde, 0xbd, 0xeb})})
    EXPECT_EQ(filter.leaves_out(other), LeftOut::not_session);
}

TEST(OtlpFilterTest, SampledTakesSessionsAndOthersBelowTheRatiosPartOfTheLowBits) {
  constexpr std::uint64_t half = std::uint64_t{1} << 63U;
  const SpanFilter filter(Send::sampled, 0.5);
  EXPECT_EQ(filter.leaves_out(with_low_bits(half - 1)), std::nullopt);
  EXPECT_EQ(filter.leaves_out(with_low_bits(half)), LeftOut::unsampled);
  EXPECT_EQ(filter.leaves_out(with_low_bits(~0ULL)), LeftOut::unsampled);
  record::Record session = with_low_bits(~0ULL);
  session.trace[0] = 0xde, session.trace[1] = 0xbd, session.trace[2] = 0xeb;
  EXPECT_EQ(filter.leaves_out(session), std::nullopt);
}

TEST(OtlpFilterTest, ARatioOfOneTakesAllAndOfZeroNone) {
  for (const std::uint64_t low : {std::uint64_t{0}, ~std::uint64_t{0}}) {
    EXPECT_EQ(SpanFilter(Send::sampled, 1.0).leaves_out(with_low_bits(low)), std::nullopt);
    EXPECT_EQ(SpanFilter(Send::sampled, 0.0).leaves_out(with_low_bits(low)), LeftOut::unsampled);
  }
  // The largest ratio below 1 leaves out only what is above its part.
  const SpanFilter nearly(Send::sampled, std::nextafter(1.0, 0.0));
  EXPECT_EQ(nearly.leaves_out(with_low_bits(~0ULL - 2048)), std::nullopt);
  EXPECT_EQ(nearly.leaves_out(with_low_bits(~0ULL)), LeftOut::unsampled);
}

TEST(OtlpFilterTest, AllTakesAll) {
  EXPECT_EQ(SpanFilter(Send::all, 0.0).leaves_out(with_low_bits(~0ULL)), std::nullopt);
}

TEST(OtlpFilterTest, HealthChecksStayOutWhateverIsSent) {
  for (const Send send : {Send::sessions, Send::sampled, Send::all}) {
    const SpanFilter filter(send, 1.0);
    for (const char* route : {"/health", "/healthz"}) {
      record::Record record = plain_record();
      record.endpoint = route;
      EXPECT_EQ(filter.leaves_out(record), LeftOut::health_check) << route;
    }
    for (const char* target : {"/v1/traces", "/v1/logs", "/jaeger/v1/traces"}) {
      record::Record record = plain_record();
      record.path = target;
      EXPECT_EQ(filter.leaves_out(record), LeftOut::health_check) << target;
    }
    for (const char* near : {"/health/", "/healthy", "/api/health", "/v1/traces/", "/v1/metrics"}) {
      record::Record record = plain_record();
      record.endpoint = record.path = near;
      EXPECT_EQ(filter.leaves_out(record), std::nullopt) << near;
    }
  }
}

TEST(OtlpFilterTest, IdsThatCameAreKept) {
  Random random(1);
  record::Record record = plain_record();
  SpanFilter(Send::all, 0).prepare(record, random);
  EXPECT_EQ(record.trace, plain_record().trace);
  EXPECT_EQ(record.span, plain_record().span);
  EXPECT_EQ(record.parent, record::SpanId{});
}

TEST(OtlpFilterTest, MissingIdsAreMadeAndNeverThoseOfASession) {
  Random random(1);
  std::set<record::TraceId> traces;
  std::set<record::SpanId> spans;
  for (int i = 0; i < 20'000; ++i) {
    record::Record record = with_trace({});
    record.span = {};
    SpanFilter(Send::sampled, 0.5).prepare(record, random);
    EXPECT_TRUE(record.trace[0] != 0xde && record.trace[0] != 0xcd && record.trace[0] != 0xd0);
    EXPECT_NE(record.trace, record::TraceId{});
    EXPECT_NE(record.span, record::SpanId{});
    traces.insert(record.trace);
    spans.insert(record.span);
  }
  EXPECT_EQ(traces.size(), 20'000U);
  EXPECT_EQ(spans.size(), 20'000U);
}

TEST(OtlpFilterTest, AMadeTraceIdIsSampledByTheRatio) {
  Random random(1);
  const SpanFilter filter(Send::sampled, 0.25);
  int taken = 0;
  for (int i = 0; i < 40'000; ++i) {
    record::Record record = with_trace({});
    filter.prepare(record, random);
    taken += filter.leaves_out(record) ? 0 : 1;
  }
  EXPECT_NEAR(taken, 10'000, 400);
}

TEST(OtlpFilterTest, WhereOnlySessionsGoOutNoTraceIdIsMade) {
  Random random(1);
  record::Record record = with_trace({});
  SpanFilter(Send::sessions, 0).prepare(record, random);
  EXPECT_EQ(record.trace, record::TraceId{});
}

}  // namespace
}  // namespace pannier::deliver::otlp
