// Drop rules: which records Malti or the local store leave out.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "config/value_lists.h"
#include "process/drop_rules.h"

namespace pannier::config::reading {
namespace {

using process::DropRule;
using process::StatusRange;
using Condition = process::TextPattern::Kind;

constexpr std::array<std::string_view, 6> members{"status",   "method",  "endpoint",
                                                  "consumer", "service", "for"};
constexpr std::string_view sound_rule = "{ status: [404], endpoint: /health }";
constexpr std::uint64_t least_status = 100;
constexpr std::uint64_t most_status = 599;

std::optional<std::int32_t> status_number(std::string_view text) {
  const auto number = whole_number(text);
  if (!number || *number < least_status || *number > most_status) return std::nullopt;
  return static_cast<std::int32_t>(*number);
}

// "404", "5xx", "200-299".
std::optional<StatusRange> status_range(std::string_view text) {
  const bool is_class =
      text.size() == 3 && text[0] >= '1' && text[0] <= '5' && text::equal_ignoring_case(text.substr(1), "xx");
  if (is_class) return StatusRange{(text[0] - '0') * 100, (text[0] - '0') * 100 + 99};
  const std::size_t dash = text.find('-');
  const auto least = status_number(text::trimmed(text.substr(0, dash)));
  const auto most =
      dash == std::string_view::npos ? least : status_number(text::trimmed(text.substr(dash + 1)));
  if (!least || !most || *least > *most) return std::nullopt;
  return StatusRange{*least, *most};
}

class DropRuleReader {
 public:
  DropRuleReader(const Written& node, Faults& faults) : node_(node), faults_(faults) {}

  std::string read(Value& value) {
    if (node_.kind != Written::Kind::map) {
      no(node_, faults_, "expected a rule; write " + std::string(sound_rule));
      return {};
    }
    const std::size_t before = faults_.size();
    rule_.line = node_.place.line;
    rule_.column = node_.place.column;
    for (const Entry& entry : node_.entries) read_member(entry);
    if (shown_.empty() && faults_.size() == before)
      no(node_, faults_,
         "the rule has no condition and would drop everything; write " + std::string(sound_rule));
    value.drop.push_back(rule_);
    return shown_ + " for " + for_;
  }

 private:
  void read_member(const Entry& entry) {
    if (entry.key == "status") {
      each_item(entry, [&](const Written& item) { return status(item); });
    } else if (entry.key == "method") {
      each_item(entry, [&](const Written& item) { return method(item); });
    } else if (entry.key == "for") {
      destinations(entry);
    } else if (entry.key == "endpoint") {
      condition(entry, Condition::path, rule_.endpoint);
    } else if (entry.key == "consumer") {
      condition(entry, Condition::name, rule_.consumer);
    } else if (entry.key == "service") {
      condition(entry, Condition::name, rule_.service);
    } else {
      unknown(entry);
    }
  }

  void unknown(const Entry& entry) {
    const std::string_view meant = text::nearest(std::string_view(entry.key).substr(0, 64), members);
    faults_.push_back(
        {entry.place, quoted(entry.key) + ": a drop rule has no such member; " +
                          (meant.empty() ? "known are status, method, endpoint, consumer, service and for"
                                         : "did you mean " + std::string(meant) + "?")});
  }

  bool status(const Written& item) {
    const auto range = status_range(item.text);
    if (range) rule_.status.push_back(*range);
    return range || !no(item, faults_, quoted(item.text) + " is not a status; write 404, 5xx or 200-299");
  }

  bool method(const Written& item) {
    if (!is_token(item.text)) return !no(item, faults_, quoted(item.text) + " is not a method; write GET");
    rule_.methods.push_back(item.text);
    return true;
  }

  // One text, or a list of them; none is no condition.
  template <typename Read>
  void each_item(const Entry& entry, Read read) {
    const Written& node = entry.value;
    const bool is_list = node.kind == Written::Kind::list;
    if (!is_list && node.kind != Written::Kind::scalar)
      return static_cast<void>(no(node, faults_, entry.key + ": expected one value, or a list in [ ]"));
    if (node.items.size() > longest_list)
      return static_cast<void>(no(node, faults_, entry.key + " has more than 1000 items"));
    std::string list;
    const auto take = [&](const Written& item) {
      if (item.kind != Written::Kind::scalar)
        no(item, faults_, entry.key + ": expected one value, or a list of them");
      else
        read(item);
      list.append(list.empty() ? "" : " ").append(item.text);
    };
    if (is_list)
      std::ranges::for_each(node.items, take);
    else
      take(node);
    if (!list.empty()) show(entry.key, list);
  }

  void destinations(const Entry& entry) {
    rule_.of = {};
    for_.clear();
    const std::string before = shown_;
    each_item(entry, [&](const Written& item) { return destination(item); });
    shown_ = before;
    const bool is_empty = entry.value.kind == Written::Kind::list && entry.value.items.empty();
    if (is_empty) no(entry.value, faults_, "for names no destination; write [malti, local], or leave it out");
  }

  bool destination(const Written& item) {
    const bool is_malti = item.text == "malti";
    if (item.text == "multiplayer")
      return !no(
          item, faults_,
          "Multiplayer has no drop rules: what it gets is chosen by deliver.multiplayer.send; write malti "
          "or local");
    if (!is_malti && item.text != "local")
      return !no(item, faults_,
                 quoted(item.text) + " is no destination with drop rules; write malti or local");
    rule_.of.at(static_cast<std::size_t>(is_malti ? process::Destination::malti
                                                  : process::Destination::local)) = true;
    for_.append(for_.empty() ? "" : " and ").append(item.text);
    return true;
  }

  void condition(const Entry& entry, Condition kind, std::string& into) {
    const Written& node = entry.value;
    if (node.kind != Written::Kind::scalar || node.text.size() > 1000 || !text::is_utf8(node.text) ||
        text::has_control_character(node.text))
      return static_cast<void>(
          no(node, faults_,
             entry.key + " must be a text of at most 1000 characters; write " + std::string(sound_rule)));
    if (const auto fault = process::fault_in_condition(node.text, kind))
      return static_cast<void>(no(node, faults_, entry.key + ": " + quoted(node.text) + " " + *fault));
    into = node.text;
    if (!into.empty()) show(entry.key, into);
  }

  void show(std::string_view name, std::string_view text) {
    shown_.append(shown_.empty() ? "" : " ").append(name).append(" ").append(text);
  }

  const Written& node_;
  Faults& faults_;
  DropRule rule_;
  std::string shown_;
  std::string for_ = "malti and local";
};

}  // namespace

std::optional<Value> drop_rules(const Written& node, Faults& faults) {
  auto value = each(node, faults, [&](const Written& item, Value& read) {
    return DropRuleReader(item, faults).read(read);
  });
  if (!value) return value;
  if (const auto fault = process::fault_in(value->drop)) return no(node, faults, fault->message, fault->code);
  return value;
}

}  // namespace pannier::config::reading
