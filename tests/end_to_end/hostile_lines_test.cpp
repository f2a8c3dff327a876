// Lines that are no records: rejected with the field's name, neighbours and connection live on.
#include <array>

#include "tests/end_to_end/setup.h"

namespace pannier::end_to_end {
namespace {

struct Bad {
  std::string reason, line;
};

std::string nested(int depth) {
  return std::string(static_cast<std::size_t>(depth), '[') +
         std::string(static_cast<std::size_t>(depth), ']');
}

// The table's first row, and its relatives.
std::vector<Bad> bad_lines() {
  const auto with = [](std::string_view name, std::string_view value) {
    return numbered_line(999'999, {{name, value}});
  };
  return {
      {"json", R"({"method":"GET","status":200)"},
      {"json", "not JSON at all"},
      {"json", "[]"},
      {"json", numbered_line(999'999) + " {}"},
      {"json", with("unknown", "tru")},
      {"method", with("method", "7")},
      {"method", with("method", "")},
      {"method", with("method", "\"\"")},
      {"endpoint", with("endpoint", "")},
      {"endpoint", with("endpoint", "{}")},
      {"status", with("status", "")},
      {"status", with("status", "99")},
      {"status", with("status", "600")},
      {"status", with("status", "\"two hundred\"")},
      {"status", with("status", "NaN")},
      {"response_time", with("response_time", "")},
      {"response_time", with("response_time", "-1")},
      {"response_time", with("response_time", "1e300")},
      {"response_time", with("response_time_s", "1")},
      {"created_at", with("created_at", "\"9999-01-01T00:00:00Z\"")},
      {"created_at", with("created_at", "\"2026-02-30T00:00:00Z\"")},
      {"consumer", with("consumer", "[1]")},
      {"context", with("context", "\"a\\u0000b\"")},
      {"context", with("context", "\"\\ud800\"")},
      {"service", with("service", "\"a/b\"")},
      {"service", with("service", "\"\"")},
      {"node", with("node", "\"line\\nbreak\"")},
      {"trace_id", with("trace_id", "\"xyz\"")},
      {"utf8", with("context", "\"\xff\xfe\"")},
      {"utf8", with("context", "\"\xc0\xaf\"")},
      {"json", with("context", std::string_view("\"a\0b\"", 5))},
      {"duplicate", R"({"method":"GET","method":"GET","endpoint":"/","status":200,"response_time":1})"},
      {"control", R"({"welcome":{}})"},
      {"control", R"({"ack":1})"},
  };
}

std::map<std::string, std::uint64_t> reasons(const std::vector<Bad>& lines) {
  std::map<std::string, std::uint64_t> result;
  for (const Bad& bad : lines) ++result[bad.reason];
  return result;
}

void expect_rejected(const JsonDocument& status, const std::string& listener,
                     const std::map<std::string, std::uint64_t>& expected) {
  const std::string at = "/listeners/" + listener + "/rejected";
  for (const auto& [reason, count] : expected) EXPECT_EQ(status.number(at + "/" + reason), count) << reason;
  EXPECT_EQ(status.names(at).size(), expected.size()) << status.text();
}

class HostileLinesTest : public testing::Test {
 protected:
  HostileLinesTest() : daemon_(malti_options(backend_)) {}
  void SetUp() override { ASSERT_TRUE(daemon_.start()); }
  ScriptedBackend backend_;
  DaemonProcess daemon_;
};

TEST_F(HostileLinesTest, EachIsRejectedByItsFieldBetweenNeighboursThatLive) {
  const std::vector<Bad> lines = bad_lines();
  UnixStreamClient client(daemon_.stream_path());
  ASSERT_TRUE(client.hello("\"ack\":true", patience));
  std::uint64_t id = 0;
  for (const Bad& bad : lines) client.send_line(numbered_line(id++) + "\n" + bad.line);
  client.send_line(numbered_line(id++));
  const auto ack = client.wait_for_ack(lines.size() + id, patience);
  ASSERT_TRUE(ack);
  EXPECT_EQ(ack->rejected, lines.size());
  const JsonDocument status = settled(daemon_);
  expect_rejected(status, "unix_stream", reasons(lines));
  EXPECT_EQ(backend_.contexts(), marks(0, id));
}

TEST_F(HostileLinesTest, EachIsRejectedInADatagramToo) {
  const std::vector<Bad> lines = bad_lines();
  const auto client = DatagramClient::to_unix(daemon_.datagram_path());
  std::uint64_t id = 0;
  for (const Bad& bad : lines) {
    ASSERT_TRUE(client.send(numbered_line(id) + "\n" + bad.line + "\n" + numbered_line(id + 1)));
    id += 2;
  }
  ASSERT_TRUE(client.send(R"({"hello":{"service":"users"}})"));
  wait_for_lines(daemon_, id + lines.size() + 1);
  const JsonDocument status = settled(daemon_);
  auto expected = reasons(lines);
  ++expected["hello"];
  expect_rejected(status, "unix_datagram", expected);
  EXPECT_EQ(backend_.contexts(), marks(0, id));
}

TEST_F(HostileLinesTest, DeepNestingIsRejectedWhereverItStands) {
  UnixStreamClient client(daemon_.stream_path());
  ASSERT_TRUE(client.hello("\"ack\":true", patience));
  const std::string deep = nested(10'000);
  client.send_line(deep);
  client.send_line(numbered_line(1, {{"unknown", deep}}));
  client.send_line(numbered_line(2, {{"request_body", deep}}));
  client.send_line(numbered_line(3, {{"attributes", deep}}));
  client.send_line(numbered_line(4));
  const auto ack = client.wait_for_ack(5, patience);
  ASSERT_TRUE(ack);
  EXPECT_EQ(ack->rejected, 4U);
  settled(daemon_);
  EXPECT_EQ(backend_.contexts(), marks(4, 1));
}

TEST_F(HostileLinesTest, ALineOverTheLimitIsSkippedToItsEndInBoundedMemory) {
  UnixStreamClient client(daemon_.stream_path());
  ASSERT_TRUE(client.hello("\"ack\":true", patience));
  client.send_line(numbered_line(1));
  ASSERT_TRUE(client.wait_for_ack(1, patience));
  const std::uint64_t before = daemon_.peak_resident_bytes();
  const std::string piece(1U << 20U, 'x');
  for (int i = 0; i != 64; ++i) ASSERT_TRUE(client.send(piece, patience));
  client.send_line("");
  client.send_line(numbered_line(2));
  const auto ack = client.wait_for_ack(3, patience);
  ASSERT_TRUE(ack);
  EXPECT_EQ(ack->rejected, 1U);
  EXPECT_LT(daemon_.peak_resident_bytes(), before + bounded_growth);
  const JsonDocument status = settled(daemon_);
  expect_rejected(status, "unix_stream", {{"too_long", 1}});
  EXPECT_EQ(backend_.contexts(), marks(1, 2));
}

TEST_F(HostileLinesTest, ALineOfExactlyTheLimitIsTakenAndOneByteMoreIsNot) {
  constexpr std::size_t limit = 256 * 1024;
  const auto of_size = [](std::uint64_t id, std::size_t size) {
    const std::size_t frame = numbered_line(id, {{"request_body", "\"\""}}).size();
    return numbered_line(id, {{"request_body", "\"" + std::string(size - frame, 'x') + "\""}});
  };
  UnixStreamClient client(daemon_.stream_path());
  ASSERT_TRUE(client.hello("\"ack\":true", patience));
  client.send_line(of_size(1, limit));
  client.send_line(of_size(2, limit + 1));
  client.send_line(numbered_line(3));
  const auto ack = client.wait_for_ack(3, patience);
  ASSERT_TRUE(ack);
  EXPECT_EQ(ack->rejected, 1U);
  settled(daemon_);
  EXPECT_EQ(backend_.contexts(), (std::set<std::string>{mark(1), mark(3)}));
}

TEST_F(HostileLinesTest, ALastLineWithoutNewlineCounts) {
  UnixStreamClient whole(daemon_.stream_path());
  ASSERT_TRUE(whole.send(numbered_line(1)));
  whole.close();
  UnixStreamClient half(daemon_.stream_path());
  ASSERT_TRUE(half.send(R"({"method":"GE)"));
  half.close();
  wait_for_lines(daemon_, 2);
  settled(daemon_);
  EXPECT_EQ(backend_.contexts(), marks(1, 1));
}

class HostileTextTest : public HostileLinesTest {
 protected:
  static constexpr std::array<std::string_view, 3> obeyed{"\x1b", "\u202e", "\x7f"};

  // Sends what a terminal would obey in every place that is shown: lanes, shapes, a backend's words.
  void send_it() {
    const std::string escape = "\x1b[31m", bidi = "\u202e", del = "\x7f";
    UnixStreamClient client(daemon_.stream_path());
    ASSERT_TRUE(client.hello("\"ack\":true", patience));
    client.send_line(numbered_line(1, {{"context", R"("a\u001b[2Jb\nc\u202ed")"}}));
    client.send_line(numbered_line(2, {{"service", "\"svc" + bidi + del + "\""}}));
    client.send_line(numbered_line(3, {{"service", "\"svc" + bidi + "\""}}));
    client.send_line(numbered_line(4, {{"status", "\"" + bidi + "\""}}));
    client.send_line(escape + bidi + del);
    client.send_line("{\"" + escape + "\":1}");
    ASSERT_TRUE(client.wait_for_ack(6, patience));
    backend_.next(answer(401, R"({"detail":"bad \u001b[31mkey\n\u202e"})").repeated(3));
    client.send_line(numbered_line(5));
    wait_for_number(daemon_, std::string(orders) + "/delivered", 2);
    expect_balanced(daemon_);
  }
  static void expect_harmless(const std::string& text) {
    for (const std::string_view hostile : obeyed) EXPECT_EQ(text.find(hostile), std::string::npos) << text;
  }
};

TEST_F(HostileTextTest, IsEscapedInStatusAndLog) {
  send_it();
  const std::string status = daemon_.command({"status", "--control", daemon_.control_path()}).output;
  EXPECT_NE(status.find("svc\\u{202e}"), std::string::npos) << status;
  expect_harmless(status + daemon_.log() + daemon_.output());
}

TEST_F(HostileTextTest, IsEscapedInTheStatusJsonToo) {
  send_it();
  const JsonDocument status = daemon_.status_json();
  EXPECT_TRUE(status.has("/lanes/malti~1svc\u202e")) << status.text();
  expect_harmless(status.text());
}

}  // namespace
}  // namespace pannier::end_to_end
