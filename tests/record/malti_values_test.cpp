// The forms of numbers and times that Malti takes; what pydantic says to hundreds more is in tests/ingest.
#include "record/malti_values.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "record/time_text.h"

namespace pannier::record {
namespace {

using json::Reader;

// A value as it stands in a document, and its text, which has no escapes here.
class Given {
 public:
  explicit Given(std::string_view raw)
      : padded_(std::string(raw).append(Reader::readable_bytes_behind, '1')),
        reader_({padded_.data(), raw.size()}) {
    EXPECT_TRUE(reader_.value(value) && reader_.finish()) << raw;
  }
  [[nodiscard]] std::string_view written() const {
    return value.kind == Reader::Kind::text ? value.inside() : std::string_view();
  }
  Reader::Value value;

 private:
  std::string padded_;
  Reader reader_;
};

// "200", or the fault's type.
std::string whole(std::string_view raw) {
  const Given given(raw);
  std::int64_t out = 0;
  const MaltiFault fault = read_whole(given.value, given.written(), out);
  return fault ? std::string(fault.type) : std::to_string(out);
}

// "2026-01-01T12:00:00.000000Z", or the fault's type and error.
std::string time(std::string_view raw) {
  const Given given(raw);
  SystemTime out;
  const MaltiFault fault = read_time(given.value, given.written(), out);
  if (fault) return std::string(fault.type).append(": ").append(fault.error);
  std::array<char, utc_text_bytes> text{};
  write_utc(text.data(), out);
  return {text.data(), text.size()};
}

TEST(MaltiValuesTest, WholeNumbersInAllTheirForms) {
  for (const char* form : {"200", "200.0", "2e2", R"("200")", R"(" 200 ")", R"("200.0")", R"("+200")",
                           R"("0200")", R"("2_00")", "\"\u00a0200\u3000\""})
    EXPECT_EQ(whole(form), "200") << form;
  EXPECT_EQ(whole("true"), "1");
  EXPECT_EQ(whole("false"), "0");
  EXPECT_EQ(whole("-0"), "0");
  EXPECT_EQ(whole(R"("-1")"), "-1");
}

TEST(MaltiValuesTest, WhatIsNoWholeNumberIsToldAsPydanticTellsIt) {
  for (const char* form :
       {R"("")", R"("x")", R"("1_")", R"("_1")", R"("200.")", R"("200.5")", R"("1e3")", R"("- 1")"})
    EXPECT_EQ(whole(form), "int_parsing") << form;
  EXPECT_EQ(whole("200.5"), "int_from_float");
  EXPECT_EQ(whole("NaN"), "finite_number");
  EXPECT_EQ(whole("1e400"), "finite_number");
  EXPECT_EQ(whole("1e20"), "int_parsing_size");
  for (const char* form : {"null", "[]", "{}"}) EXPECT_EQ(whole(form), "int_type") << form;
}

TEST(MaltiValuesTest, NumbersBeyond64BitsAreTheNearest) {
  EXPECT_EQ(whole("99999999999999999999"), "9223372036854775807");
  EXPECT_EQ(whole("-99999999999999999999"), "-9223372036854775808");
  EXPECT_EQ(whole(R"("99999999999999999999")"), "9223372036854775807");
}

TEST(MaltiValuesTest, TimesInAllTheirForms) {
  for (const char* form :
       {R"("2026-01-01T12:00:00Z")", R"("2026-01-01T12:00:00")", R"("2026-01-01 12:00")",
        R"("2026-01-01T12:00:00.0")", R"("2026-01-01t12:00:00,0z")", R"("2026-01-01_12:00:00+00:00")",
        R"("2026-01-01T17:30:00+0530")", "\"2026-01-01T11:00:00\u221201:00\"", "1767268800", "1767268800.0",
        "1767268800000", R"("1767268800")", R"("1767268800000")", R"("+1767268800.")", "1.7672688e9"})
    EXPECT_EQ(time(form), "2026-01-01T12:00:00.000000Z") << form;
  EXPECT_EQ(time(R"("2026-01-01")"), "2026-01-01T00:00:00.000000Z");
  EXPECT_EQ(time(R"("2026-01-01T12:00:00.1234567Z")"), "2026-01-01T12:00:00.123456Z");
  EXPECT_EQ(time("1767268800123.4567"), "2026-01-01T12:00:00.123457Z");
  EXPECT_EQ(time("-1.5"), "1969-12-31T23:59:58.500000Z");
}

TEST(MaltiValuesTest, EpochsChangeTheirUnitAtTheWatershed) {
  EXPECT_EQ(time("20000000000"), "2603-10-11T11:33:20.000000Z");
  EXPECT_EQ(time("20000000001"), "1970-08-20T11:33:20.001000Z");
  EXPECT_EQ(time("1767268800123456"),
            "datetime_parsing: dates after 9999 are not supported as unix timestamps");
  EXPECT_EQ(time(R"("1767268800123456789")"),
            "datetime_from_date_parsing: dates after 9999 are not supported as unix timestamps");
}

TEST(MaltiValuesTest, WhatIsNoTimeIsToldAsPydanticTellsIt) {
  const std::string behind =
      "datetime_from_date_parsing: unexpected extra characters at the end of the input";
  for (const char* form : {R"("2026-01-01T24:00:00Z")", R"("2026-01-01T12:00:60Z")", R"("2026-01-01T12")",
                           R"("2026-01-01T12:00:00.Z")", R"("2026-01-01T12:00:00+24:00")",
                           R"("2026-01-01T12:00:00+01")", R"("2026-01-01 ")"})
    EXPECT_EQ(time(form), behind) << form;
  EXPECT_EQ(time(R"("")"), "datetime_from_date_parsing: input is too short");
  EXPECT_EQ(time(R"("2026-02-30")"), "datetime_from_date_parsing: day value is outside expected range");
  EXPECT_EQ(time(R"("0000-01-01")"), "datetime_parsing: year 0 is out of range");
  EXPECT_EQ(time("NaN"), "datetime_parsing: NaN values not permitted");
  EXPECT_EQ(time("true"), "datetime_type: ");
}

}  // namespace
}  // namespace pannier::record
