#include "process/endpoint.h"

#include <algorithm>
#include <optional>

namespace pannier::process {
namespace {

constexpr std::string_view root = "/";
constexpr std::string_view id = "{id}";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_hex_letter(char c) {
  return (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool begins_name(char c) {
  const bool is_ascii = static_cast<unsigned char>(c) < 0x80U;  // Python and JavaScript take any letter
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || !is_ascii;
}
bool has(std::string_view text, char c) {
  return text.find(c) != std::string_view::npos;
}

// How many characters of `text` are a name; 0 where none begins.
std::size_t name_length(std::string_view text) {
  if (text.empty() || !begins_name(text.front())) return 0;
  const auto end = std::ranges::find_if_not(text, [](char c) { return begins_name(c) || is_digit(c); });
  return static_cast<std::size_t>(end - text.begin());
}

struct Parameter {
  std::string_view name;
  std::size_t length;  // of its spelling
};

// Whether {name begins anywhere: a quantifier as {4} is none.
bool has_brace_of_parameter(std::string_view text) {
  for (std::size_t at = text.find('{'); at != std::string_view::npos; at = text.find('{', at + 1))
    if (name_length(text.substr(at + 1)) > 0) return true;
  return false;
}

// <name>, <int:name>, <any(a, b):name>.
std::optional<Parameter> angled(std::string_view text) {
  const std::size_t end = text.find_first_of("</>", 1);
  if (end == std::string_view::npos || text[end] != '>') return std::nullopt;
  std::string_view name = text.substr(1, end - 1);
  if (has_brace_of_parameter(name)) return std::nullopt;
  name.remove_prefix(name.rfind(':') + 1);  // npos + 1 is 0
  if (name.empty() || name_length(name) != name.size()) return std::nullopt;
  return Parameter{name, end + 1};
}

// How long the constraint "(…)" is with which `text` begins; 0 where there is none.
std::size_t constraint_length(std::string_view text) {
  std::size_t depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\')
      ++i;
    else if (text[i] == '(')
      ++depth;
    else if (text[i] == ')')
      --depth;
    if (depth == 0) return text[i] == ')' ? i + 1 : 0;
  }
  return 0;
}

// {name:path}, {id:[0-9]{4}}.
std::optional<Parameter> braced(std::string_view text) {
  const std::size_t name = name_length(text.substr(1));
  if (name == 0 || text.substr(1 + name, 1) != ":") return std::nullopt;
  std::size_t depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '{') ++depth;
    if (text[i] == '}' && --depth == 0) return Parameter{text.substr(1, name), i + 1};
  }
  return std::nullopt;
}

// (?P<name>[0-9]{4}).
std::optional<Parameter> grouped(std::string_view text) {
  constexpr std::string_view opening = "(?P<";
  if (!text.starts_with(opening)) return std::nullopt;
  const std::size_t name = name_length(text.substr(opening.size()));
  const std::size_t length = constraint_length(text);
  if (name == 0 || length == 0 || text[opening.size() + name] != '>') return std::nullopt;
  return Parameter{text.substr(opening.size(), name), length};
}

// :name, :name?, :rest*, :name(\d+).
std::optional<Parameter> coloned(std::string_view text) {
  const std::size_t name = name_length(text.substr(1));
  if (name == 0) return std::nullopt;
  std::size_t length = 1 + name;
  length += constraint_length(text.substr(length));
  const std::string_view rest = text.substr(length);
  const bool has_modifier = !rest.empty() && std::string_view("?*+").find(rest[0]) != std::string_view::npos;
  if (has_modifier && (rest.size() == 1 || rest[1] == '/')) ++length;
  return Parameter{text.substr(1, name), length};
}

std::optional<Parameter> parameter_at(std::string_view endpoint, std::size_t at) {
  switch (endpoint[at]) {
    case '<': return angled(endpoint.substr(at));
    case '{': return braced(endpoint.substr(at));
    case '(': return grouped(endpoint.substr(at));
    default: break;
  }
  const bool begins_segment = at == 0 || endpoint[at - 1] == '/';
  if (endpoint[at] == ':' && begins_segment) return coloned(endpoint.substr(at));
  return std::nullopt;
}

// Django's routes of old are expressions: ^users/$. Nothing else begins so.
std::string_view without_anchors(std::string_view endpoint) {
  if (!endpoint.starts_with('^')) return endpoint;
  endpoint.remove_prefix(std::min(endpoint.find_first_not_of('^'), endpoint.size()));
  endpoint.remove_suffix(endpoint.ends_with('$') && !endpoint.ends_with("\\$") ? 1 : 0);
  return endpoint;
}

std::string_view respelled(std::string_view endpoint, Arena& arena) {
  // Only ":a" to "{a}" grows, by one, and takes two characters and a slash.
  char* const begin = arena.claim(endpoint.size() + endpoint.size() / 2 + 1);
  char* out = begin;
  for (std::size_t at = 0; at < endpoint.size() && endpoint[at] != '?';) {
    if (const auto parameter = parameter_at(endpoint, at)) {
      *out++ = '{';
      out = std::ranges::copy(parameter->name, out).out;
      *out++ = '}';
      at += parameter->length;
    } else {
      *out++ = endpoint[at++];
    }
  }
  return out == begin ? root : std::string_view(begin, out);
}

bool is_uuid(std::string_view segment) {
  if (segment.size() != 36) return false;
  for (std::size_t i = 0; i < segment.size(); ++i) {
    const bool is_dash_due = i == 8 || i == 13 || i == 18 || i == 23;
    const bool is_right = is_dash_due ? segment[i] == '-' : is_digit(segment[i]) || is_hex_letter(segment[i]);
    if (!is_right) return false;
  }
  return true;
}

bool is_id(std::string_view segment) {
  std::size_t digits = 0;
  for (const char c : segment) {
    if (is_digit(c))
      ++digits;
    else if (!is_hex_letter(c))
      return is_uuid(segment);
  }
  return digits > 0 && (digits == segment.size() || segment.size() >= 8);
}

template <typename Visitor>
void for_each_segment(std::string_view path, Visitor visit) {
  while (true) {
    const std::size_t slash = path.find('/');
    visit(path.substr(0, slash));
    if (slash == std::string_view::npos) return;
    path.remove_prefix(slash + 1);
  }
}

}  // namespace

std::string_view with_one_spelling(std::string_view endpoint, Arena& arena) {
  endpoint = without_anchors(endpoint);
  if (endpoint.empty()) return root;
  if (!has(endpoint, '<') && !has(endpoint, ':') && !has(endpoint, '?')) return endpoint;
  return respelled(endpoint, arena);
}

std::string_view without_ids(std::string_view path, Arena& arena) {
  if (path.empty()) return root;
  std::size_t ids = 0;
  for_each_segment(path, [&](std::string_view segment) { ids += is_id(segment) ? 1 : 0; });
  if (ids == 0) return path;
  char* const begin = arena.claim(path.size() + ids * id.size() + 1);
  char* out = begin;
  for_each_segment(path, [&](std::string_view segment) {
    out = std::ranges::copy(is_id(segment) ? id : segment, out).out;
    *out++ = '/';
  });
  return {begin, out - 1};
}

std::string_view without_query(std::string_view path) {
  return path.substr(0, path.find('?'));
}

std::string_view as_it_came(std::string_view endpoint) {
  endpoint = without_query(endpoint);
  return endpoint.empty() ? root : endpoint;
}

}  // namespace pannier::process
