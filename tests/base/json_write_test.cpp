#include <gtest/gtest.h>
#include <simdjson.h>

#include <limits>
#include <string>

#include "base/json.h"
#include "base/random.h"

namespace pannier::json {
namespace {

std::string escaped(std::string_view text) {
  std::string out(text.size() * 6, '\0');
  out.resize(static_cast<std::size_t>(escape_to(out.data(), text) - out.data()));
  return out;
}

TEST(JsonEscapeTest, EscapesWhatMustBeAndNothingElse) {
  EXPECT_EQ(escaped("plain /text/ {id} é \x7f"), "plain /text/ {id} é \x7f");
  EXPECT_EQ(escaped("\"\\"), R"(\"\\)");
  EXPECT_EQ(escaped("\n\r\t\b\f"), R"(\n\r\t\b\f)");
  EXPECT_EQ(escaped(std::string_view("\0\x01\x1f", 3)), R"(\u0000\u0001\u001f)");
  EXPECT_EQ(escaped(""), "");
}

TEST(JsonEscapeTest, ComesBackAsItWasFromAParser) {
  Random random(3);
  simdjson::dom::parser parser;
  for (int i = 0; i < 2000; ++i) {
    std::string text;
    for (std::uint64_t left = random.below(40); left > 0; --left) {
      text += static_cast<char>(random.below(0x80));
      if (random.below(5) == 0) text += "ü€😀";
    }
    std::string document;
    append_string(document, text);
    ASSERT_TRUE(is_value(document));
    std::string_view back;
    ASSERT_EQ(parser.parse(simdjson::padded_string(document)).get_string().get(back), simdjson::SUCCESS);
    ASSERT_EQ(back, text);
  }
}

TEST(JsonWriterTest, SetsTheCommas) {
  Writer json;
  json.begin('{').key("a").text("x").key("b").begin('[').number(1).number(2).begin('{').end('}').null();
  json.end(']').key("c").begin('{').end('}').key("d").boolean(true).key("e").raw("[1]").end('}');
  EXPECT_EQ(json.str(), R"({"a":"x","b":[1,2,{},null],"c":{},"d":true,"e":[1]})");
}

TEST(JsonWriterTest, EscapesKeysAndTexts) {
  Writer json;
  json.begin('{').key("a\"b").text("c\nd").end('}');
  EXPECT_EQ(json.str(), R"({"a\"b":"c\nd"})");
}

TEST(JsonWriterTest, WritesNumbersThatReadBackExactly) {
  Writer json;
  json.begin('[').number(std::numeric_limits<std::uint64_t>::max()).number(-7).number(12.5).number(0.1);
  json.number(1e300).number(-0.0).end(']');
  EXPECT_EQ(json.str(), "[18446744073709551615,-7,12.5,0.1,1e+300,-0]");
}

TEST(JsonWriterTest, WritesNullForWhatIsNoNumber) {
  Writer json;
  json.begin('[').number(std::numeric_limits<double>::quiet_NaN());
  json.number(-std::numeric_limits<double>::infinity()).end(']');
  EXPECT_EQ(json.str(), "[null,null]");
}

}  // namespace
}  // namespace pannier::json
