// Which HTTP requests a listener that anybody on the host can reach hears at all (DESIGN.md 2): what stops a
// web page whose name was rebound to this host, another site's script, and a request that comes round again.
// Users: the listeners that are no control socket. Threads: pure functions. Nothing that came is repeated in
// an answer.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/server_exchange.h"

namespace pannier::net {

struct HttpRules {
  std::vector<std::string> hosts = {};    // heard beside IP literals and localhost; lower case, without port
  std::vector<std::string> origins = {};  // "https://app.example.com"; lower case
  std::string media_type = {};            // a POST must be of it; empty: its path decides
  std::string own_via = {};               // this daemon's id: a request that carries it comes from ourselves
};

// What it is answered with before its body is read; none where it is heard.
std::optional<ServerResponse> refusal(const HttpHead& head, const HttpRules& rules);

// "application/json; charset=utf-8" is application/json.
bool is_media_type(std::string_view value, std::string_view wanted);

// The target without its query.
std::string_view path_of(std::string_view target);

// An answer of one line; what is said to whom was refused.
ServerResponse plain_answer(int status, std::string_view sentence);

}  // namespace pannier::net
