// Malti's answers, word for word as a running server gave them.
#include "receive/malti_answer.h"

#include <gtest/gtest.h>

#include "receive/malti_echo.h"

namespace pannier::receive {
namespace {

std::string echo(std::string_view input) {
  std::string out;
  append_echo(out, input);
  return out;
}

TEST(MaltiAnswerTest, SaysWhatMaltiSays) {
  EXPECT_EQ(malti_stored(1, "orders").json,
            R"({"message":"Telemetry data ingested successfully","count":1,"service":"orders"})");
  EXPECT_EQ(malti_stored(1, "orders").status, 200);
  EXPECT_EQ(malti_detail(401, "API key required").json, R"({"detail":"API key required"})");
  EXPECT_EQ(malti_mismatch("orders", "users").json,
            R"({"detail":"Service mismatch: expected orders, got users"})");
  EXPECT_EQ(malti_mismatch("orders", "users").status, 403);
  EXPECT_EQ(malti_json_invalid("Extra data", 14).json,
            R"({"detail":[{"type":"json_invalid","loc":["body",14],"msg":"JSON decode error","input":{},)"
            R"("ctx":{"error":"Extra data"}}]})");
  EXPECT_EQ(
      malti_media_type().json,
      R"({"detail":[{"type":"model_attributes_type","loc":["body"],"msg":"Input should be a valid dictionary )"
      R"(or object to extract fields from","input":"a body whose Content-Type is not application/json"}]})");
}

TEST(MaltiAnswerTest, AnInputIsShownAsPythonWritesIt) {
  EXPECT_EQ(
      echo(R"({ "a" : [ 1 , -0 , 1.50 , 1e5, 1e16, 0.00001, 1e400 , NaN ], "b\u0041":"\u00e9\/\ud800" })"),
      "{\"a\":[1,0,1.5,100000.0,1e+16,1e-05,null,null],\"bA\":\"é/\ufffd\"}");
  EXPECT_EQ(echo(R"({"a":1,"b":2,"a":3})"), R"({"a":3,"b":2})");
  EXPECT_EQ(echo("[]"), "[]");
}

TEST(MaltiAnswerTest, AnInputThatIsTooLongIsOnlyNamed) {
  const std::string text = "\"" + std::string(longest_echo, 'x') + "\"";
  EXPECT_EQ(echo(text), "\"1026 bytes, too long to be shown\"");
}

TEST(MaltiAnswerTest, NoMistakesMakeALongAnswer) {
  DetailList details;
  // Each of these five bytes is nineteen in Python's form.
  std::string large = "[1e15";
  while (large.size() < longest_echo - 6) large += ",1e15";
  large += "]";
  for (std::uint64_t i = 0; i < 100'000; ++i)
    details.add(i, {.field = "status",
                    .type = "int_type",
                    .message = "Input should be a valid integer",
                    .input = large});
  EXPECT_LT(details.answer().json.size(), 256U * 1024);
  EXPECT_GT(details.answer().json.size(), 200U * 1024);
}

}  // namespace
}  // namespace pannier::receive
