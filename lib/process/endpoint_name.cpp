#include "process/endpoint_name.h"

#include <algorithm>
#include <utility>

namespace pannier::process {
namespace {

constexpr std::size_t most_uses = 9;  // of captures: a short path must not become a long endpoint

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

EndpointName::EndpointName(std::string_view as) {
  Piece piece;
  for (std::size_t at = 0; at < as.size(); ++at) {
    const bool is_escape = as[at] == '\\' && at + 1 < as.size();
    if (is_escape) ++at;
    if (!is_escape || !is_digit(as[at])) {
      piece.literal += as[at];
      continue;
    }
    piece.group = static_cast<std::size_t>(as[at] - '0');
    groups_ = std::max(groups_, *piece.group + 1);
    pieces_.push_back(std::exchange(piece, {}));
  }
  fixed_ = piece.literal;
  pieces_.push_back(std::move(piece));
}

std::optional<std::string> EndpointName::fault(std::string_view as, std::optional<int> captures) {
  if (as.empty()) return "expected the endpoint's name, got nothing; write /users/{user_id}";
  std::size_t uses = 0;
  for (std::size_t at = as.find('\\'); at != std::string_view::npos; at = as.find('\\', at + 2)) {
    if (at + 1 < as.size() && as[at + 1] == '\\') continue;
    if (at + 1 == as.size() || !is_digit(as[at + 1]))
      return "has a \\ with no number behind it; write \\1 for a capture, \\\\ for a backslash";
    const std::string asked(as.substr(at, 2));
    if (!captures) return "has " + asked + ", but only a ~ expression has captures; write match: \"~ …(…)…\"";
    if (as[at + 1] - '0' > *captures)
      return "has " + asked + ", but the expression has " + std::to_string(*captures) +
             (*captures == 1 ? " capture" : " captures") + "; write " +
             (*captures == 0 ? "\\0, the whole path" : "\\0 to \\" + std::to_string(*captures)) +
             ", or put ( ) around what is meant";
    if (++uses > most_uses) return "uses captures more than nine times; write fewer";
  }
  return std::nullopt;
}

std::string_view EndpointName::text(std::span<const std::string_view> groups, Arena& arena) const {
  std::size_t size = 0;
  for (const Piece& piece : pieces_)
    size += piece.literal.size() + (piece.group ? groups[*piece.group].size() : 0);
  if (size == 0) return "/";
  char* const begin = arena.claim(size);
  char* out = begin;
  for (const Piece& piece : pieces_) {
    out = std::ranges::copy(piece.literal, out).out;
    if (piece.group) out = std::ranges::copy(groups[*piece.group], out).out;
  }
  return {begin, out};
}

}  // namespace pannier::process
