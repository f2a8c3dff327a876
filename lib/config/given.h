// What somebody wrote for an option, from whichever side, before it is checked by kind. The three readers put
// unknown names and parts that are not built into `mistakes`; the rest goes on to config/settle.h.
// Threads: plain values.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "config/environment.h"
#include "config/mistake.h"
#include "config/option.h"
#include "config/written.h"

namespace pannier::config {

enum class Rank { file, sdk, environment, flag };  // the later outranks the earlier

struct Given {
  const Option* option = nullptr;
  std::string name = {};  // of maps of free names: the entry's
  Written node = {};
  Place key_place = {};
  Rank rank = Rank::file;
  std::string source = {};     // for mistakes: "pannier.yaml", "environment", "command line"
  std::string subject = {};    // for mistakes: the path, or the variable's name
  std::string where = {};      // for people: "file pannier.yaml:3", "environment MALTI_URL"
  bool from_variable = false;  // ${NAME} stood in the file

  [[nodiscard]] std::string path() const;  // with the free name
  [[nodiscard]] Mistake mistake(Place place, std::string what, ErrorCode code = ErrorCode::invalid) const;
};

struct Draft {
  std::vector<Given> given;
  Mistakes mistakes;
  std::vector<std::string> warnings;  // something is odd
  std::vector<std::string> notes;     // nothing is wrong, but somebody may wonder
};

void add_file(const Written& root, const std::string& source, const Environment& environment, Draft& draft);
void add_environment(const Environment& environment, Draft& draft);
void add_flags(const std::map<std::string, std::string>& flags, Draft& draft);

// An option's value as one text: lists by commas.
Written node_of(const Option& option, std::string_view text);

}  // namespace pannier::config
