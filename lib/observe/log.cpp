#include "observe/log.h"

#include <spdlog/async.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <mutex>

#include "base/clock.h"
#include "base/json.h"
#include "observe/repeat_filter.h"

namespace pannier::observe {
namespace {

// spdlog holds room for each from the start: 0.4 KiB.
constexpr std::size_t queued_messages = 1024;

std::mutex seldom_mutex;
RepeatFilter seldom;  // guarded by seldom_mutex

std::shared_ptr<spdlog::logger>& logger() {
  static std::shared_ptr<spdlog::logger> current = [] {
    auto direct = spdlog::stderr_logger_mt("direct");
    direct->set_pattern("%v");
    return direct;
  }();
  return current;
}

bool& writes_json() {
  static bool json = false;
  return json;
}

spdlog::level::level_enum level_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return spdlog::level::debug;
    case LogLevel::info: return spdlog::level::info;
    case LogLevel::warn: return spdlog::level::warn;
    case LogLevel::error: return spdlog::level::err;
  }
  return spdlog::level::info;
}

}  // namespace

void start_log(LogLevel level, LogFormat format) {
  spdlog::init_thread_pool(queued_messages, 1);
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  logger() = std::make_shared<spdlog::async_logger>("pannier", std::move(sink), spdlog::thread_pool(),
                                                    spdlog::async_overflow_policy::overrun_oldest);
  writes_json() = format == LogFormat::json;
  logger()->set_pattern(writes_json() ? R"({"time":"%Y-%m-%dT%H:%M:%S.%fZ","level":"%l","message":%v})"
                                      : "%Y-%m-%dT%H:%M:%S.%eZ [%l] %v",
                        spdlog::pattern_time_type::utc);
  set_log_level(level);
}

void set_log_level(LogLevel level) {
  logger()->set_level(level_of(level));
}

void stop_log() {
  logger()->flush();
  spdlog::shutdown();
}

void log(LogLevel level, std::string_view message) {
  if (!writes_json()) return logger()->log(level_of(level), message);
  std::string quoted;
  json::append_string(quoted, message);
  logger()->log(level_of(level), quoted);
}

void log_seldom(LogLevel level, std::string_view key, std::string_view message) {
  std::optional<std::uint64_t> held_back;
  {
    const std::lock_guard lock(seldom_mutex);
    held_back = seldom.pass(key, steady_now());
  }
  if (!held_back) return;
  if (*held_back == 0) return log(level, message);
  log(level, std::string(message).append(" (and ").append(std::to_string(*held_back)).append(" times more)"));
}

}  // namespace pannier::observe
