#include "config/mistake.h"

#include <algorithm>
#include <tuple>

#include "base/text.h"

namespace pannier::config {

std::string Mistake::text() const {
  std::string out = text::shown(source);
  if (place.line > 0)
    out.append(":").append(std::to_string(place.line)).append(":").append(std::to_string(place.column));
  if (!subject.empty()) out.append(": ").append(text::shown(subject));
  return out.append(": ").append(what);
}

void sort_by_place(Mistakes& mistakes) {
  const auto key = [](const Mistake& mistake) {
    return std::tuple(mistake.place.line == 0, mistake.place.line, mistake.place.column,
                      std::string_view(mistake.source), std::string_view(mistake.subject));
  };
  std::ranges::sort(mistakes, [&](const Mistake& a, const Mistake& b) { return key(a) < key(b); });
}

std::string quoted(std::string_view text) {
  return std::string("\"").append(text::shown(text, 80)).append("\"");
}

}  // namespace pannier::config
