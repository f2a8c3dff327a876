// Malti's free text for a request made from a template such as "{trace_id} {client_ip}", so that a slow
// request leads to its recording. Users: steps; config asks fault. Threads: immutable, safe from any.
// Cost: no allocation, the text is written into the arena. Bound: sixteen placeholders.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/random.h"
#include "record/record.h"

namespace pannier::process {

class ContextTemplate {
 public:
  // Empty: there is none. REQUIRES: no fault.
  explicit ContextTemplate(std::string_view text);
  // What is wrong with it, and the cure.
  static std::optional<std::string> fault(std::string_view text);

  [[nodiscard]] bool empty() const { return pieces_.empty(); }
  [[nodiscard]] bool needs_escaping() const { return needs_escaping_; }  // for its own words

  // What the record lacks is left empty; white space around the whole goes. A trace or span id that the
  // template names and the record lacks is made and stays, so that other destinations tell the same one.
  // REQUIRES: all that is done to the record but this is done, and its headers are still there.
  std::string_view text(record::Record& record, Arena& arena, Random& random) const;

 private:
  struct Piece {
    std::string literal;
    int placeholder = -1;  // behind the literal; its number in the list of those that are known
    std::string header;    // its name, of {header:NAME}
  };
  [[nodiscard]] bool names(int placeholder) const;

  std::vector<Piece> pieces_;
  bool needs_escaping_ = false;
  bool names_trace_ = false, names_span_ = false;
};

}  // namespace pannier::process
