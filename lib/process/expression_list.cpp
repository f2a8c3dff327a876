#include "process/expression_list.h"

#include <algorithm>

namespace pannier::process {
namespace {

constexpr std::size_t most_asked_alone = 2;  // more: one pass for all costs less

// "/orders/" of a path that goes on behind it; empty where there is no such.
std::string_view first_segment(std::string_view path) {
  const std::size_t slash = path.starts_with('/') ? path.find('/', 1) : std::string_view::npos;
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash + 1);
}

// Of every path that the expression can match; empty where that is not plain to see.
std::string_view first_segment_of(std::string_view expression) {
  const std::string_view literal = expression.substr(0, expression.find_first_of("\\.+*?()[]{}|^$"));
  const bool is_one_of_several = expression.find('|') != std::string_view::npos;
  std::string_view segment = first_segment(literal);
  const bool is_slash_optional = segment.size() == literal.size();  // as of /orders/?
  return is_one_of_several ||
                 (is_slash_optional && segment.size() < expression.size() &&
                  std::string_view("*?{").find(expression[segment.size()]) != std::string_view::npos)
             ? std::string_view()
             : segment;
}

}  // namespace

void ExpressionList::add(std::string_view expression, std::size_t number) {
  all_.push_back({number, Expression(expression)});
  texts_.emplace_back(expression);
}

void ExpressionList::arrange() {
  for (std::size_t i = 0; i < texts_.size(); ++i) {
    const std::string_view segment = first_segment_of(texts_[i]);
    segment.empty() ? of_any_.push_back(i) : by_first_segment_[std::string(segment)].push_back(i);
  }
  for (auto& [segment, places] : by_first_segment_) {
    places.insert(places.end(), of_any_.begin(), of_any_.end());
    std::ranges::sort(places);
  }
  const std::vector<std::string_view> views(texts_.begin(), texts_.end());
  set_.compile(views);
}

const ExpressionList::Places& ExpressionList::candidates(std::string_view path) const {
  if (by_first_segment_.empty()) return of_any_;
  const auto found = by_first_segment_.find(first_segment(path));
  return found == by_first_segment_.end() ? of_any_ : found->second;
}

std::size_t ExpressionList::least_match(std::string_view path, std::size_t limit) const {
  const Places& places = candidates(path);
  if (places.empty() || all_[places.front()].number >= limit) return limit;
  std::size_t place = 0;
  if (places.size() > most_asked_alone) {
    const auto answer = set_.least_match(path, place);
    if (answer == ExpressionSet::Answer::none) return limit;
    if (answer == ExpressionSet::Answer::some) return std::min(all_[place].number, limit);
  }
  for (const std::size_t each : places) {
    if (all_[each].number >= limit) break;
    if (all_[each].expression.matches(path)) return all_[each].number;
  }
  return limit;
}

const Expression& ExpressionList::at(std::size_t number) const {
  return std::ranges::lower_bound(all_, number, {}, &Numbered::number)->expression;
}

}  // namespace pannier::process
