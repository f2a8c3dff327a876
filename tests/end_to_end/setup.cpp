#include "tests/end_to_end/setup.h"

namespace pannier::end_to_end {

namespace {

std::string escaped(const std::string& name) {  // as JSON pointer asks
  std::string result;
  for (const char letter : name)
    result += letter == '~' ? "~0" : letter == '/' ? "~1" : std::string(1, letter);
  return result;
}

std::uint64_t over(const JsonDocument& status, const std::string& group, const std::string& member) {
  std::uint64_t total = 0;
  for (const std::string& name : status.names("/" + group)) {
    const std::string pointer = "/" + group + "/" + escaped(name) + "/" + member;
    total += status.number(pointer) + status.sum(pointer);
  }
  return total;
}

}  // namespace

BackendOptions two_services() {
  BackendOptions options;
  options.keys = {{"key-orders", "orders"}, {"key-users", "users"}};
  return options;
}

std::string malti_config(const std::string& url) {
  return std::string("service: orders\nnode: test\n") + usual_receive + usual_control +
         "deliver:\n"
         "  malti:\n"
         "    url: \"" +
         url +
         "\"\n"
         "    keys: { orders: key-orders, users: key-users }\n"
         "    batch: { interval: 200ms }\n"
         "    retry: { base: 20ms, cap: 100ms }\n"
         "    timeout: 2s\n";
}

DaemonOptions malti_options(const ScriptedBackend& backend, Environment environment) {
  DaemonOptions options;
  options.config = malti_config(backend.url());
  options.environment = std::move(environment);
  return options;
}

std::uint64_t over_listeners(const JsonDocument& status, const std::string& member) {
  return over(status, "listeners", member);
}

std::uint64_t over_lanes(const JsonDocument& status, const std::string& member) {
  return over(status, "lanes", member);
}

void wait_for_number(const DaemonProcess& daemon, const std::string& pointer, std::uint64_t value) {
  const auto is_so = [&] { return daemon.status_json().number(pointer) == value; };
  EXPECT_TRUE(wait_until(is_so, patience)) << pointer << " is not " << value << "\n"
                                           << daemon.status_json().text() << "\n"
                                           << daemon.log();
}

void wait_for_state(const DaemonProcess& daemon, const std::string& lane, const std::string& state,
                    const std::string& why) {
  const auto is_so = [&] {
    const JsonDocument status = daemon.status_json();
    return status.string(lane + "/state") == state && status.string(lane + "/why").starts_with(why);
  };
  EXPECT_TRUE(wait_until(is_so, patience)) << lane << " is not " << state << ": " << why << "\n"
                                           << daemon.status_json().text() << "\n"
                                           << daemon.log();
}

void wait_for_lines(const DaemonProcess& daemon, std::uint64_t lines) {
  const auto is_so = [&] {
    const JsonDocument status = daemon.status_json();
    return over_listeners(status, "lines") + over_listeners(status, "kernel_dropped") == lines;
  };
  EXPECT_TRUE(wait_until(is_so, patience)) << "not " << lines << " lines\n" << daemon.status_json().text();
}

JsonDocument settled(const DaemonProcess& daemon) {
  const auto holds_nothing = [&] { return over_lanes(daemon.status_json(), "held") == 0; };
  EXPECT_TRUE(wait_until(holds_nothing, patience)) << daemon.status_json().text() << "\n" << daemon.log();
  expect_balanced(daemon);
  return daemon.status_json();
}

void expect_balanced(const DaemonProcess& daemon) {
  const CommandResult check = daemon.check();
  EXPECT_EQ(check.exit_code, 0) << check.output << check.error;
}

void send_records(const DaemonProcess& daemon, std::uint64_t first, std::uint64_t count,
                  Overrides overrides) {
  UnixStreamClient client(daemon.stream_path());
  ASSERT_TRUE(client.is_open());
  std::string lines;
  for (std::uint64_t id = first; id != first + count; ++id) lines += numbered_line(id, overrides) + "\n";
  ASSERT_TRUE(client.hello("\"ack\":true", patience));
  ASSERT_TRUE(client.send(lines, patience));
  ASSERT_TRUE(client.wait_for_ack(count, patience));
}

void expect_logged(const DaemonProcess& daemon, const std::string& words) {
  EXPECT_TRUE(wait_until([&] { return daemon.log().find(words) != std::string::npos; }, patience))
      << "the log does not say: " << words << "\n"
      << daemon.log();
}

std::string last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of('\n');
  if (end == std::string::npos) return {};
  const std::size_t start = text.rfind('\n', end);
  return text.substr(start == std::string::npos ? 0 : start + 1,
                     end - (start == std::string::npos ? 0 : start + 1) + 1);
}

}  // namespace pannier::end_to_end
