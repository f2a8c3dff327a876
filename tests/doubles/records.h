// Lines for pannier's sockets that can be told apart: each carries a mark in its `context`.
// Threads: any.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace pannier::doubles {

// A field's name and its raw JSON value; an empty value leaves the field out.
using Override = std::pair<std::string_view, std::string_view>;
using Overrides = std::initializer_list<Override>;

std::string mark(std::uint64_t id);  // "~s000000000042~"
// The marks of `count` records from `first` on.
std::set<std::string> marks(std::uint64_t first, std::uint64_t count);
// The first mark in a text; empty where there is none.
std::string_view mark_in(std::string_view text);

// A record's line, without newline, whose context is mark(id).
std::string numbered_line(std::uint64_t id, Overrides overrides = {});
// The same under the next free number of this process: counted from 900000000000 up, so that it never meets
// the small numbers that tests give themselves.
std::string record_line(Overrides overrides = {});

}  // namespace pannier::doubles
