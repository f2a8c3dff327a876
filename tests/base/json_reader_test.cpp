// What the reader takes and where it complains; what Python's json says to the same texts is in
// tests/ingest, by the thousand.
#include "base/json_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/json.h"
#include "base/random.h"

namespace pannier::json {
namespace {

// With the bytes behind it that may lie there.
class Document {
 public:
  explicit Document(std::string_view text, char behind = '"')
      : padded_(std::string(text).append(Reader::readable_bytes_behind, behind)), size_(text.size()) {}
  [[nodiscard]] std::string_view view() const { return {padded_.data(), size_}; }

 private:
  std::string padded_;
  std::size_t size_;
};

// "" where the text is one JSON value, else "message at 5", or "unreadable at 5".
std::string outcome_of(std::string_view text, char behind = '"') {
  const Document document(text, behind);
  Reader reader(document.view());
  Reader::Value value;
  if (reader.value(value) && reader.finish()) return {};
  const auto& [message, at] = reader.complaint();
  return std::string(message.empty() ? "unreadable" : message) + " at " + std::to_string(at);
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

std::string unescaped(std::string_view inside, bool& has_half) {
  std::string out(inside.size(), '\0');
  out.resize(static_cast<std::size_t>(unescape_to(out.data(), inside, has_half) - out.data()));
  return out;
}

TEST(JsonReaderTest, ComplainsInPythonsWordsAndPlaces) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "Expecting value at 0"},
      {"{", "Expecting property name enclosed in double quotes at 1"},
      {"{\"a\":1,}", "Expecting property name enclosed in double quotes at 7"},
      {"{\"a\" 1}", "Expecting ':' delimiter at 5"},
      {"{\"a\":}", "Expecting value at 5"},
      {"[1 2]", "Expecting ',' delimiter at 3"},
      {"[1,]", "Expecting value at 3"},
      {"[{]}", "Expecting property name enclosed in double quotes at 2"},
      {"{\"a\":01}", "Expecting ',' delimiter at 6"},
      {"-", "Expecting value at 0"},
      {"tru", "Expecting value at 0"},
      {"1 x", "Extra data at 2"},
      {"\"a", "Unterminated string starting at at 0"},
      {"\"a\n\"", "Invalid control character at at 2"},
      {"\"a\\x\"", "Invalid \\escape at 2"},
      {"\"a\\u12g4\"", "Invalid \\uXXXX escape at 3"},
  };
  for (const auto& [text, complaint] : cases)
    for (const char behind : {'"', '\0', '1', ']', '}', ' '})
      EXPECT_EQ(outcome_of(text, behind), complaint) << text << " and behind it " << behind;
}

TEST(JsonReaderTest, TakesTheWordsThatOnlyPythonTakes) {
  for (const char* text : {"NaN", "Infinity", "-Infinity", "[NaN,-Infinity]"})
    EXPECT_EQ(outcome_of(text), "");
}

TEST(JsonReaderTest, DepthAndDigitsAreBounded) {
  const auto nested = [](std::size_t depth) { return repeated("[", depth) + repeated("]", depth); };
  EXPECT_EQ(outcome_of(nested(Reader::max_depth)), "");
  EXPECT_EQ(outcome_of(nested(Reader::max_depth + 1)), "unreadable at 1000");
  EXPECT_EQ(outcome_of(repeated("{\"a\":", 1001)), "unreadable at 5000");
  EXPECT_EQ(outcome_of("-" + repeated("1", Reader::most_digits)), "");
  EXPECT_EQ(outcome_of("[" + repeated("1", Reader::most_digits + 1) + "]"), "unreadable at 1");
  EXPECT_EQ(outcome_of(repeated("1", Reader::most_digits + 1) + ".0"), "");
}

TEST(JsonReaderTest, AWalkShowsEachValueAsItIsWritten) {
  const Document document(R"( {"a" : [1, {"b":"]"}] , "c\n":-1.50e+3,"d":{} , "e": [ ] } )");
  Reader reader(document.view());
  std::string seen;
  bool more = false;
  ASSERT_EQ(reader.peek(), '{');
  ASSERT_TRUE(reader.enter(more));
  while (more) {
    Reader::Value key, value;
    ASSERT_TRUE(reader.key(key) && reader.value(value) && reader.next(more));
    seen.append(key.raw).append(key.escaped ? "(escaped)" : "").append("=").append(value.raw).append(";");
  }
  EXPECT_TRUE(reader.finish());
  EXPECT_EQ(seen, R"("a"=[1, {"b":"]"}];"c\n"(escaped)=-1.50e+3;"d"={};"e"=[ ];)");
}

TEST(JsonReaderTest, ALikelyKeyIsTakenOnlyWhereItStands) {
  constexpr LikelyKey likely("\"response_time\":");
  for (const auto& [text, is_there] :
       std::vector<std::pair<std::string, bool>>{{R"({"response_time":1})", true},
                                                 {R"({ "response_time":1})", true},
                                                 {R"({"response_time" :1})", false},
                                                 {R"({"response_tim":1})", false},
                                                 {R"({"response_time)", false}}) {
    const Document document(text);
    Reader reader(document.view());
    bool more = false;
    ASSERT_TRUE(reader.enter(more));
    EXPECT_EQ(reader.take(likely), is_there) << text;
    Reader::Value value;
    if (is_there) EXPECT_TRUE(reader.value(value) && reader.next(more) && reader.finish());
  }
  const Document cut(R"({"a")", ':');
  Reader reader(cut.view());
  bool more = false;
  ASSERT_TRUE(reader.enter(more));
  EXPECT_FALSE(reader.take(LikelyKey("\"a\":"))) << "what lies behind the text is none of it";
}

TEST(JsonReaderTest, TextsOfAnyLengthAreReadToTheirEnd) {
  for (std::size_t size = 0; size < 100; ++size) {
    const std::string text = "[\"" + std::string(size, 'x') + "\"]";
    EXPECT_EQ(outcome_of(text), "");
    EXPECT_EQ(outcome_of(text.substr(0, size + 2)), "Unterminated string starting at at 1");
    EXPECT_EQ(outcome_of("\"" + std::string(size, 'x') + "\x1f\""),
              "Invalid control character at at " + std::to_string(size + 1));
  }
}

TEST(JsonReaderTest, EscapesMeanWhatTheyMean) {
  bool has_half = false;
  EXPECT_EQ(unescaped(R"(a\"\\\/\b\f\n\r\tz)", has_half), "a\"\\/\b\f\n\r\tz");
  EXPECT_EQ(unescaped(R"(\u0041\u00e9\u20AC\ud83d\ude00)", has_half), "Aé€😀");
  EXPECT_EQ(unescaped(R"(\u0000)", has_half), std::string(1, '\0'));
  EXPECT_FALSE(has_half);
}

TEST(JsonReaderTest, HalfASurrogatePairIsReplacedAndSaid) {
  for (const auto& [inside, text] :
       std::vector<std::pair<std::string, std::string>>{{R"(\ud800)", "\ufffd"},
                                                        {R"(\udc00a)", "\ufffda"},
                                                        {R"(\ud800\ud83d\ude00)", "\ufffd😀"},
                                                        {R"(\ud83d\u0041)", "\ufffdA"},
                                                        {R"(\ud83dde00)", "\ufffdde00"}}) {
    bool has_half = false;
    EXPECT_EQ(unescaped(inside, has_half), text) << inside;
    EXPECT_TRUE(has_half) << inside;
  }
}

// The checker of grammar knows nothing of this reader.
TEST(JsonReaderTest, AgreesWithTheGrammarOnWhateverIsBroken) {
  Random random(5);
  const std::string good = R"({"a":[1,-2.5e3,{"b":"c\u00e9\n"},[],{}],"d":true,"e":null,"f":{"g":[false]}})";
  constexpr std::string_view spices = "\"\\{}[]:,1e.-u \nnt0";
  std::size_t refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text = good;
    for (std::uint64_t changes = 1 + random.next() % 3; changes > 0; --changes)
      text.replace(random.next() % text.size(), random.next() % 3, 1, spices[random.next() % spices.size()]);
    const bool is_json = outcome_of(text).empty();
    ASSERT_EQ(is_json, is_value(text)) << text;
    refused += is_json ? 0 : 1;
  }
  EXPECT_GT(refused, 5'000U);
  EXPECT_LT(refused, 19'900U);
}

}  // namespace
}  // namespace pannier::json
