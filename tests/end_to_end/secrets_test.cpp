// Keys: from files, credentials and variables, through trouble and cure; and nowhere else than in the
// request.
#include <sys/resource.h>

#include <filesystem>

#include "tests/doubles/http_asking.h"
#include "tests/end_to_end/setup.h"

namespace pannier::end_to_end {
namespace {

constexpr const char* secret_file_key = "s3cret-from-a-file";
constexpr const char* secret_variable_key = "s3cret-from-a-variable";
constexpr const char* secret_credential_key = "s3cret-from-a-credential";
constexpr const char* secret_otlp_key = "s3cret-of-multiplayer";
constexpr const char* secret_proxy_password = "s3cret-of-a-proxy";

std::string config_with(const ScriptedBackend& backend, const std::string& keys) {
  return std::string(usual_receive) + usual_control +
         "observe: { address: 127.0.0.1:@tcp@ }\ndeliver:\n  multiplayer: { url: " + backend.url() +
         ", send: all, batch: { interval: 100ms } }\n  malti:\n    url: " + backend.url() +
         "\n    retry: { base: 50ms, cap: 200ms }\n    batch: { interval: 100ms }\n    keys: { " + keys +
         " }\n";
}

BackendOptions backend_with(const std::map<std::string, std::string>& services) {
  BackendOptions options;
  options.keys.clear();
  for (const auto& [service, key] : services) options.keys[key] = service;  // as Malti looks them up
  return options;
}

class SecretsTest : public testing::Test {
 protected:
  SecretsTest()
      : backend_(backend_with({{"orders", secret_file_key},
                               {"users", secret_variable_key},
                               {"search", secret_credential_key},
                               {"any", secret_otlp_key}})),
        daemon_({.config = config_with(backend_,
                                       "orders: { file: \"@folder@/orders.key\" }, users: \"${USERS_KEY}\", "
                                       "search: { credential: search-key }"),
                 .environment = {
                     {"USERS_KEY", secret_variable_key},
                     {"MULTIPLAYER_OTLP_KEY", secret_otlp_key},
                     {"HTTPS_PROXY", std::string("http://ann:") + secret_proxy_password + "@127.0.0.1:9"},
                     {"CREDENTIALS_DIRECTORY", credentials_.path()},
                     {"PANNIER__LOG__LEVEL", "debug"}}}) {
    write_file(key_path(), std::string(secret_file_key) + "\n");
    write_file(credentials_ / "search-key", secret_credential_key);
  }

  [[nodiscard]] std::string key_path() const { return daemon_.folder() / "orders.key"; }
  [[nodiscard]] std::string proc(const char* name) const {
    return read_file("/proc/" + std::to_string(daemon_.pid()) + "/" + name);
  }
  void send_to_all(std::uint64_t first) {
    send_records(daemon_, first, 1, {{"service", "\"orders\""}});
    send_records(daemon_, first + 1, 1, {{"service", "\"users\""}});
    send_records(daemon_, first + 2, 1, {{"service", "\"search\""}});
  }

  TemporaryFolder credentials_;
  ScriptedBackend backend_;
  DaemonProcess daemon_;
};

TEST_F(SecretsTest, KeysFromFileVariableAndCredentialAreUsed) {
  ASSERT_TRUE(daemon_.start());
  send_to_all(0);
  ASSERT_TRUE(backend_.wait_for_records(3, patience));
  settled(daemon_);
}

TEST_F(SecretsTest, KeysAreFoundInNoOutputNoLogAndNotInTheEnvironmentOfTheProcess) {
  ASSERT_TRUE(daemon_.start());
  backend_.next(answer(401, R"({"detail":"Invalid API key"})"));
  send_to_all(0);
  ASSERT_TRUE(backend_.wait_for_records(3, patience));
  settled(daemon_);
  const CommandResult config = daemon_.command({"config", "--config", daemon_.config_path()});
  ASSERT_EQ(config.exit_code, 0) << config.error;
  const std::string metrics = get_http(daemon_.tcp_port(), "/metrics").body;
  EXPECT_NE(metrics.find("pannier_balanced 1"), std::string::npos);
  const std::string environment = proc("environ");
  EXPECT_NE(environment.find("PATH="), std::string::npos) << "nothing was read: the search proves nothing";
  const std::string shown = config.output + metrics + environment + proc("cmdline") +
                            daemon_.status_json().text() +
                            daemon_.command({"status", "--control", daemon_.control_path()}).output +
                            daemon_.log() + daemon_.output();
  for (const char* key :
       {secret_file_key, secret_variable_key, secret_credential_key, secret_otlp_key, secret_proxy_password})
    EXPECT_EQ(shown.find(key), std::string::npos) << key;
}

TEST_F(SecretsTest, ACrashLeavesNoCoreFile) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_CORE, &before), 0);
  const rlimit unlimited{before.rlim_max, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_CORE, &unlimited), 0);
  const bool started = daemon_.start();
  ::setrlimit(RLIMIT_CORE, &before);
  ASSERT_TRUE(started);
  EXPECT_NE(proc("limits").find("Max core file size        0                    0"), std::string::npos);
  daemon_.signal(SIGABRT);
  EXPECT_EQ(daemon_.wait_for_end(), -SIGABRT);
  for (const auto& entry : std::filesystem::directory_iterator(daemon_.folder()))
    EXPECT_NE(entry.path().filename().string().substr(0, 4), "core");
}

// A key file goes wrong while the backend refuses the old key: nothing is lost, the log names the file, and
// the right key is used as soon as it is there.
class KeyFileTroubleTest : public SecretsTest, public testing::WithParamInterface<const char*> {
 protected:
  void spoil() const {
    const std::string how = GetParam();
    std::filesystem::remove(key_path());
    if (how == "is empty") write_file(key_path(), "");
    if (how == "is not one key") write_file(key_path(), "half\nkey\n");
    if (how == "is not a regular file") std::filesystem::create_directory(key_path());
  }
};

TEST_P(KeyFileTroubleTest, IsSaidAndCuredWithNothingLost) {
  ASSERT_TRUE(daemon_.start());
  spoil();
  backend_.remove_key(secret_file_key);
  backend_.set_key("the-new-key", "orders");
  send_records(daemon_, 0, 5, {{"service", "\"orders\""}});
  wait_for_state(daemon_, orders, "blocked", "key refused");
  ASSERT_TRUE(wait_until([&] { return daemon_.log().find(GetParam()) != std::string::npos; }, patience))
      << daemon_.log();
  EXPECT_NE(daemon_.log().find("orders.key"), std::string::npos);
  std::filesystem::remove(key_path());
  write_file(key_path(), "the-new-key\n");
  ASSERT_EQ(daemon_.reload().exit_code, 0);
  ASSERT_TRUE(backend_.wait_for_records(5, patience));
  settled(daemon_);
}

INSTANTIATE_TEST_SUITE_P(EveryTrouble, KeyFileTroubleTest,
                         testing::Values("no such file", "is empty", "is not one key",
                                         "is not a regular file"),
                         [](const auto& info) {
                           std::string name;
                           for (const char c : std::string(info.param))
                             if (c != ' ') name += c;
                           return name;
                         });

TEST_F(SecretsTest, AStartWithoutAReadableKeyFileIsRefusedWithItsCure) {
  std::filesystem::remove(key_path());
  write_file(key_path(), "two keys\nin one file\n");
  daemon_.launch();
  EXPECT_EQ(daemon_.wait_for_end(), 2);
  EXPECT_NE(daemon_.log().find("deliver.malti.keys.orders: " + key_path() +
                               " is not one key on one line; write nothing else into it"),
            std::string::npos)
      << daemon_.log();
}

}  // namespace
}  // namespace pannier::end_to_end
