// The log: sentences with fields on standard error, written by a thread of its own that never holds up
// another. Levels are promises: info, an operator's action took effect; warn, odd but nothing lost; error,
// data lost or a person is needed. The same message (by its key) appears at most once a minute, with how
// often it was held back. Text from strangers is to be passed through text::shown by the caller. Threads:
// any. Cost: a lock and a queue entry; nothing on the way of a record may call it for each record.
#pragma once
#include <string>
#include <string_view>

namespace pannier::observe {

enum class LogLevel { debug, info, warn, error };
enum class LogFormat { text, json };

// Once, at the start of `run`; before it, and in commands, messages go to standard error at once.
void start_log(LogLevel level, LogFormat format);
void set_log_level(LogLevel level);
void stop_log();  // writes what is queued, within a second

// At once, whatever was said before.
void log(LogLevel level, std::string_view message);
// At most once a minute for each key; later ones say "(and 12 times more)".
void log_seldom(LogLevel level, std::string_view key, std::string_view message);

}  // namespace pannier::observe
