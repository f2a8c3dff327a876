// Many services, many keys: in files, in a folder of files, wrong ones, new ones.
#include <filesystem>

#include "tests/end_to_end/setup.h"

namespace pannier::end_to_end {
namespace {

constexpr const char* search = "/lanes/malti~1search";
constexpr std::string_view empty_batch = R"({"requests":[]})";

std::string config_with(const ScriptedBackend& backend) {
  return std::string(usual_receive) + usual_control + "deliver:\n  malti:\n    url: " + backend.url() +
         "\n    retry: { base: 20ms, cap: 100ms }\n    batch: { interval: 100ms }\n"
         "    keys: { orders: { file: \"@folder@/orders.key\" } }\n    keys_directory: \"@folder@/keys\"\n";
}

class KeysTest : public testing::Test {
 protected:
  KeysTest() : backend_(two_services()), daemon_({.config = config_with(backend_)}) {
    std::filesystem::create_directory(daemon_.folder() / "keys");
    write_file(daemon_.folder() / "orders.key", "key-orders\n");
    write_key("users", "key-users");
  }

  void write_key(const std::string& service, const std::string& key) const {
    write_file(daemon_.folder() / "keys" / service, key + "\n");
  }
  void send(std::uint64_t first, std::uint64_t count, const std::string& service) const {
    send_records(daemon_, first, count, {{"service", "\"" + service + "\""}});
  }
  [[nodiscard]] std::vector<SeenRequest> requests_with(const std::string& key) const {
    std::vector<SeenRequest> found;
    for (const SeenRequest& request : backend_.requests())
      if (request.headers.at("x-api-key") == key) found.push_back(request);
    return found;
  }
  [[nodiscard]] std::string status_text() const {
    return daemon_.command({"status", "--control", daemon_.control_path()}).output;
  }

  ScriptedBackend backend_;
  DaemonProcess daemon_;
};

TEST_F(KeysTest, ARotatedKeyIsTakenFromItsFileAndFromTheFolderWithoutAReload) {
  ASSERT_TRUE(daemon_.start());
  send(0, 5, "orders");
  send(5, 5, "users");
  ASSERT_TRUE(backend_.wait_for_records(10, patience));
  for (const char* old : {"key-orders", "key-users"}) backend_.remove_key(old);
  backend_.set_key("new-orders", "orders");
  backend_.set_key("new-users", "users");
  send(10, 5, "orders");
  send(15, 5, "users");
  wait_for_state(daemon_, orders, "blocked", "key refused (401 Invalid API key)");
  wait_for_state(daemon_, users, "blocked", "key refused (401 Invalid API key)");
  EXPECT_NE(status_text().find("write the new key to " + (daemon_.folder() / "keys/users").string()),
            std::string::npos)
      << status_text();
  write_file(daemon_.folder() / "orders.key", "new-orders");
  write_key("users", "new-users");
  ASSERT_TRUE(backend_.wait_for_records(20, patience));
  settled(daemon_);
  for (const char* key : {"new-orders", "new-users"}) {
    const auto requests = requests_with(key);
    ASSERT_GE(requests.size(), 2U);
    EXPECT_EQ(requests[0].body, empty_batch) << "a new key is asked about before it is used";
  }
}

TEST_F(KeysTest, ANewKeyFileIsTakenByAReload) {
  backend_.set_key("key-search", "search");
  ASSERT_TRUE(daemon_.start());
  send(0, 5, "search");
  wait_for_state(daemon_, search, "blocked", "no key");
  const std::string file = (daemon_.folder() / "keys/search").string();
  EXPECT_NE(status_text().find("write the new key to " + file + ", then: pannier reload"), std::string::npos)
      << status_text();
  write_key("search", "key-search");
  const CommandResult reload = daemon_.reload();
  EXPECT_EQ(reload.exit_code, 0) << reload.error;
  EXPECT_NE(reload.output.find("deliver.malti.keys.search"), std::string::npos) << reload.output;
  ASSERT_TRUE(backend_.wait_for_records(5, patience));
  settled(daemon_);
}

TEST_F(KeysTest, ABadFileInTheFolderChangesNothingAtAReload) {
  ASSERT_TRUE(daemon_.start());
  write_key("search", "two\nlines");
  const CommandResult reload = daemon_.reload();
  EXPECT_NE(reload.exit_code, 0);
  EXPECT_NE(reload.error.find("keys/search is not one key on one line; write nothing else into it"),
            std::string::npos)
      << reload.error;
  const CommandResult validate = daemon_.command({"validate", daemon_.config_path()});
  EXPECT_EQ(validate.exit_code, 2);
  send(0, 5, "users");
  ASSERT_TRUE(backend_.wait_for_records(5, patience));
  settled(daemon_);
}

TEST_F(KeysTest, AWrongKeyOfOneServiceDelaysNobodyElseAndItsLaneSendsNoBatchMeanwhile) {
  write_key("users", "wrong");
  ASSERT_TRUE(daemon_.start());
  send(0, 10, "users");
  wait_for_state(daemon_, users, "blocked", "key refused");
  const auto asked_often = [&] { return requests_with("wrong").size() >= 5; };
  ASSERT_TRUE(wait_until(asked_often, patience));
  send(10, 500, "orders");
  ASSERT_TRUE(backend_.wait_for_records(500, patience));
  const auto refused = requests_with("wrong");
  EXPECT_NE(refused[0].body, empty_batch);
  for (std::size_t i = 1; i < refused.size(); ++i) EXPECT_EQ(refused[i].body, empty_batch);
  backend_.set_key("wrong", "users");  // Malti has learned it
  ASSERT_TRUE(backend_.wait_for_records(510, patience));
  settled(daemon_);
  EXPECT_EQ(backend_.stored_records(), 510U);
}

TEST_F(KeysTest, AKeyOfAnotherServiceIsFoundByTheBatchAndNothingIsLost) {
  write_key("users", "key-orders");
  ASSERT_TRUE(daemon_.start());
  send(0, 10, "users");
  wait_for_state(daemon_, users, "blocked", "key refused (403 Service mismatch: expected orders, got users)");
  write_key("users", "key-users");
  ASSERT_TRUE(backend_.wait_for_records(10, patience));
  settled(daemon_);
  EXPECT_EQ(backend_.contexts(), marks(0, 10));
}

// Keys lie where a path that is made of a service's name would lead.
TEST_F(KeysTest, NoPathIsMadeOfWhatARecordSays) {
  backend_.set_key("key-outside", "..");
  write_file(daemon_.folder() / "outside", "key-outside");
  write_file(daemon_.folder() / "keys" / ".hidden", "key-orders");
  std::filesystem::create_symlink(daemon_.folder() / "outside", daemon_.folder() / "keys" / "linked");
  ASSERT_TRUE(daemon_.start());
  expect_logged(daemon_, "linked in " + (daemon_.folder() / "keys").string() + " is a link");
  const std::uint64_t lines = 4;
  UnixStreamClient client(daemon_.stream_path());
  std::string text;
  for (const char* service : {"../outside", "../../../etc/machine-id", "/etc/passwd", "keys/../../outside"})
    text += numbered_line(1000, {{"service", "\"" + std::string(service) + "\""}}) + "\n";
  ASSERT_TRUE(client.send(text, patience));
  wait_for_lines(daemon_, lines);
  EXPECT_EQ(daemon_.status_json().number("/listeners/unix_stream/rejected/service"), lines);
  std::uint64_t first = 0;
  for (const std::string service : {"..", ".", ".hidden", "linked", "%2e%2e", "..\\\\outside"})
    send(first++, 1, service);
  const JsonDocument status = daemon_.status_json();
  for (const char* lane : {"malti~1..", "malti~1.", "malti~1.hidden", "malti~1linked"}) {
    EXPECT_EQ(status.string("/lanes/" + std::string(lane) + "/why"), "no key") << lane;
    const bool may_be_told = std::string(lane).ends_with("linked");
    EXPECT_EQ(status.string("/lanes/" + std::string(lane) + "/key_file").empty(), !may_be_told) << lane;
  }
  EXPECT_EQ(daemon_.reload().exit_code, 0);
  EXPECT_EQ(backend_.request_count(), 0U) << "nobody's key was used";
  expect_balanced(daemon_);
}

TEST_F(KeysTest, TheFolderIsShownAndItsKeysAreNot) {
  ASSERT_TRUE(daemon_.start());
  const CommandResult config = daemon_.command({"config", "--config", daemon_.config_path()});
  const std::string folder = (daemon_.folder() / "keys").string();
  EXPECT_NE(config.output.find("deliver.malti.keys_directory"), std::string::npos);
  EXPECT_NE(config.output.find("*** in " + folder + "/users"), std::string::npos) << config.output;
  EXPECT_EQ(config.output.find("key-users"), std::string::npos);
}

}  // namespace
}  // namespace pannier::end_to_end
