// What must not leave: headers, bodies, error texts and query strings are used or forgotten, never kept,
// until masking exists. A canary in each of them is found nowhere.
#include <array>

#include "tests/end_to_end/setup.h"

namespace pannier::end_to_end {
namespace {

constexpr std::string_view canary = "CaNaRy7f3b9e";

struct Place {
  std::string_view name, value;
};

// Each place that may hold a secret; %C becomes the canary.
constexpr std::array places{
    Place{"path", R"json("/users/7?token=%C&a=b")json"},
    Place{"path", R"json("/a(?token=%C)")json"},
    Place{"endpoint", R"json("/a?token=%C")json"},
    Place{"endpoint", R"json("/a(?token=%C)")json"},
    Place{"request_headers", R"json({"authorization":"Bearer %C","x-%C":"1","cookie":"%C"})json"},
    Place{"response_headers", R"json({"set-cookie":"%C"})json"},
    Place{"request_body", R"json("{\"password\":\"%C\"}")json"},
    Place{"request_body", R"json({"password":"%C","deep":{"%C":["%C"]}})json"},
    Place{"response_body", R"json(["%C"])json"},
    Place{"error", R"json({"type":"%C","message":"%C","stack":"%C"})json"},
    Place{"attributes", R"json({"%C":"%C"})json"},
    Place{"unknown_field", R"json("%C")json"},
    Place{"%C", R"json(1)json"},
};

std::string filled(std::string_view text) {
  std::string result(text);
  for (std::size_t at = result.find("%C"); at != std::string::npos; at = result.find("%C", at)) {
    result.replace(at, 2, canary);
  }
  return result;
}

// One faultless record and some faulty ones for each place.
std::vector<std::string> lines_for(const Place& place, std::uint64_t& id) {
  const std::string name = filled(place.name), value = filled(place.value);
  const std::string endpoint = place.name == "path" ? "" : "\"/a\"";
  return {numbered_line(id++, {{name, value}, {"endpoint", endpoint}}),
          numbered_line(id++, {{name, value}, {"status", "99"}}),
          numbered_line(id++, {{name, value}, {"consumer", "7"}}),
          numbered_line(id++, {{name, value}}) + "trailing " + std::string(canary), "{" + value};
}

class PrivacyTest : public testing::Test {
 protected:
  PrivacyTest() {
    DaemonOptions options = malti_options(backend_, {{"PANNIER__LOG__LEVEL", "debug"}});
    options.config += "  local: { path: \"@folder@/records.db\" }\n";
    daemon_.emplace(options);
  }
  // Everything that the daemon says or keeps.
  std::string all_that_is_left() const {
    std::string all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(daemon_->folder())) {
      if (entry.is_regular_file()) all += "\n" + entry.path().string() + ": " + read_file(entry.path());
    }
    for (const SeenRequest& request : backend_.requests()) {
      all += request.target + request.body;
      for (const auto& [name, value] : request.headers) all += name + value;
    }
    return all;
  }
  ScriptedBackend backend_;
  std::optional<DaemonProcess> daemon_;
};

TEST_F(PrivacyTest, ACanaryInHeadersBodiesErrorsAndQueriesIsFoundNowhere) {
  ASSERT_TRUE(daemon_->start());
  std::uint64_t id = 0;
  std::vector<std::string> lines;
  for (const Place& place : places) {
    for (const std::string& line : lines_for(place, id)) lines.push_back(line);
  }
  // Refusals that echo what was sent, so that the log has something to tell.
  backend_.poison(mark(0), Poison::unprocessable);
  backend_.poison(mark(4), Poison::server_error_element);
  backend_.next(answer(503, "{\"detail\":\"busy\"}"));
  UnixStreamClient client(daemon_->stream_path());
  ASSERT_TRUE(client.hello("\"ack\":true", patience));
  for (const std::string& line : lines) ASSERT_TRUE(client.send_line(line));
  ASSERT_TRUE(client.wait_for_ack(lines.size(), patience));
  ASSERT_TRUE(DatagramClient::to_unix(daemon_->datagram_path()).send(lines[0]));
  ASSERT_TRUE(DatagramClient::to_udp(daemon_->udp_port()).send(lines[1]));
  wait_for_lines(*daemon_, lines.size() + 2);
  const JsonDocument status = settled(*daemon_);
  EXPECT_EQ(over_listeners(status, "accepted"), places.size() + 1) << status.text();

  const std::string shown = daemon_->command({"status", "--control", daemon_->control_path()}).output +
                            daemon_->command({"config", "--config", daemon_->config_path()}).output +
                            status.text();
  EXPECT_EQ(shown.find(canary), std::string::npos) << shown;
  EXPECT_EQ(daemon_->terminate(), 0);
  const std::string left = all_that_is_left();
  EXPECT_NE(left.find(mark(8 * 4)), std::string::npos)
      << "nothing was kept at all: the search proves nothing";
  const std::size_t found = left.find(canary);
  EXPECT_EQ(found, std::string::npos) << left.substr(found < 200 ? 0 : found - 200, 400);
}

TEST_F(PrivacyTest, HeadersServeTheConsumerAndAreThenForgotten) {
  ASSERT_TRUE(daemon_->start());
  send_records(*daemon_, 0, 1,
               {{"consumer", ""}, {"request_headers", R"({"X-User-Id":"ann","cookie":"c00kie"})"}});
  ASSERT_TRUE(backend_.wait_for_records(1, patience));
  EXPECT_EQ(backend_.records()[0].consumer, "ann");
  settled(*daemon_);
  EXPECT_EQ(daemon_->terminate(), 0);
  EXPECT_EQ(all_that_is_left().find("c00kie"), std::string::npos);
}

TEST_F(PrivacyTest, KeysAreShownNowhere) {
  ASSERT_TRUE(daemon_->start());
  backend_.next(answer(401, R"({"detail":"Invalid API key key-orders"})"));
  send_records(*daemon_, 0, 1);
  settled(*daemon_);
  const std::string shown = daemon_->command({"status", "--control", daemon_->control_path()}).output +
                            daemon_->command({"config", "--config", daemon_->config_path()}).output +
                            daemon_->status_json().text();
  EXPECT_EQ(daemon_->terminate(), 0);
  EXPECT_EQ((shown + read_file(daemon_->folder() / "records.db")).find("key-users"), std::string::npos);
  EXPECT_EQ(daemon_->log().find("key-users"), std::string::npos);
}

}  // namespace
}  // namespace pannier::end_to_end
