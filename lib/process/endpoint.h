// The name of what was called: frameworks' spellings of a route made one, and a raw path without its ids.
// Users: steps. Threads: pure functions; new text lies in the arena, unchanged text is returned as it came.
// Both are idempotent, and neither returns an empty text or brings in a character that JSON escapes.
#pragma once
#include <string_view>

#include "base/arena.h"

namespace pannier::process {

// A route's pattern with every parameter as {name}: <int:name> and <name> anywhere (Flask, Django), :name at
// the beginning of a segment (Express; its ?, *, + and its (constraint) go), {name:path} (Starlette, Spring),
// (?P<name>…) (Django's expressions, which lose their ^ and $). A query is cut off: frameworks that
// know no route report the raw address, and query strings go nowhere.
// Cost: three memchr where there is nothing to do.
std::string_view with_one_spelling(std::string_view endpoint, Arena& arena);

// `path` with {id} for each segment that is all digits, a UUID, or 8 and more hex digits with a digit among
// them. REQUIRES: without its query.
std::string_view without_ids(std::string_view path, Arena& arena);

std::string_view without_query(std::string_view path);

// An endpoint that needs no respelling: only its query goes. Never empty.
std::string_view as_it_came(std::string_view endpoint);

inline constexpr std::string_view no_route = "(no route)";  // process.strict, and no rule knows the path

}  // namespace pannier::process
