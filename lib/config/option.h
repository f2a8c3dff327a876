// One row of the table of options: all that parser, `pannier config`, manual and sample file need to know of
// a setting, and where its value goes. Threads: rows are constants.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.h"

namespace pannier::config {

enum class Kind {
  group,     // a listener or step that `off` switches off; its settings stand below it
  text,      // 1 to 4096 bytes, no control characters
  name,      // a service or node: 1 to 100 characters, no control characters, no /
  path,      // a file's
  socket,    // a Unix socket's path: at most 107 bytes
  mode,      // octal digits: "0660"
  address,   // IP:PORT
  url,       // of a backend
  size,      // 16MiB
  duration,  // 250ms
  integer,
  fraction,  // 90% or 0.9
  boolean,
  choice,        // one of the words in `choices`
  texts,         // a list of header names
  hosts,         // a list of hosts' names
  origins,       // a list of https://app.example.com
  uids,          // a list of numbers
  networks,      // a list of IP addresses and networks, or none
  rules,         // a list of {match, as}
  drop_rules,    // a list of {status, method, endpoint, consumer, service, for}
  pattern,       // of a context: a text with {placeholders}
  secret,        // a text, or a file that holds it
  named_texts,   // a map of free names
  named_secrets  // a map of services
};

bool wants_list(Kind kind);  // one written in [ ]; in a variable, by commas

// How an SDK's variable differs from ours.
enum class Sdk { none, plain, seconds, percent, only_true };

// What was written, understood. Only the members that the option's kind names are set.
struct Value {
  std::string text;          // as it is shown, in one spelling: 1024KiB is 1MiB, a secret ***; all kinds
  std::uint64_t number = 0;  // size (bytes), integer, mode
  double fraction = 0;       // 0 to 1
  bool truth = false;        // boolean, group
  std::string name;          // of maps of free names: the entry's
  SecretSource secret;       // secret, named_secrets: the text, or a file that is not read yet
  std::chrono::microseconds duration{};
  std::vector<std::string> items;            // texts, hosts, origins, networks
  std::vector<uid_t> uids;                   // uids
  std::vector<process::EndpointRule> rules;  // rules
  std::vector<process::DropRule> drop;       // drop_rules
};

struct Option {
  std::string_view path;  // "deliver.malti.batch.records"
  Kind kind = Kind::text;
  std::string_view fallback = {};  // the default, as text; {run}, {control}, {state}, {host}: config/places.h
  std::string_view least = {};     // of sizes, times and integers
  std::string_view most = {};
  std::string_view choices = {};  // words that a choice knows
  std::string_view later = {};    // words that it will know when their part is built
  bool none = false;              // `none` is a value
  std::string_view help = {};     // one sentence
  std::string_view example = {};  // in the sample, where the default shows nothing
  Sdk sdk = Sdk::none;
  std::string_view variable = {};  // the SDKs' name for it
  bool restart = false;            // a reload cannot change it
  bool built = true;
  std::string_view harmless = {};  // not built: the value that asks for nothing, and so is accepted
  std::string_view woken_by = {};  // group, off by default: the settings that switch it on; "*": any
  void (*store)(Settings&, const Value&) = nullptr;
};

}  // namespace pannier::config
