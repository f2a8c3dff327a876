#include "daemon/observe_answers.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "daemon/malti_stats.h"

namespace pannier::daemon {
namespace {

constexpr std::array<std::pair<std::string_view, ObservePath>, 5> paths{
    {{"/metrics", ObservePath::metrics},
     {"/healthz", ObservePath::healthz},
     {"/readyz", ObservePath::readyz},
     {"/delivering", ObservePath::delivering},
     {"/stats", ObservePath::stats}}};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_healthy(const deliver::LaneView& view) {
  return view.state == deliver::LaneState::healthy;
}

}  // namespace

std::optional<ObservePath> observe_path(std::string_view target) {
  const auto* found =
      std::ranges::find(paths, net::path_of(target), &std::pair<std::string_view, ObservePath>::first);
  return found == paths.end() ? std::nullopt : std::optional(found->second);
}

std::optional<net::ServerResponse> observe_refusal(const net::HttpHead& head, const net::HttpRules& rules) {
  auto refused = net::refusal(head, rules);
  if (!refused && !observe_path(head.target))
    refused = net::plain_answer(404, "here are /metrics, /healthz, /readyz, /delivering and /stats");
  if (!refused && head.method != "GET" && head.method != "HEAD") {
    refused = net::plain_answer(405, "only GET and HEAD");
    refused->headers.emplace_back("Allow", "GET, HEAD");
  }
  if (refused) refused->headers.emplace_back("Cache-Control", "no-store");
  return refused;
}

std::string own_words(std::string_view why) {
  const std::size_t bracket = why.find(" (");
  std::string words(why.substr(0, bracket));
  if (bracket == std::string_view::npos) return text::shown(words);
  const std::string_view said = why.substr(bracket + 2);
  const bool has_status = said.size() > 3 && std::ranges::all_of(said.substr(0, 3), is_digit) &&
                          (said[3] == ' ' || said[3] == ')');
  if (has_status) words.append(" (").append(said.substr(0, 3)).append(")");
  return text::shown(words);
}

bool is_delivering(const Snapshot& snapshot) {
  return std::ranges::all_of(snapshot.lanes, is_healthy);
}

std::string delivering_json(const Snapshot& snapshot) {
  json::Writer out;
  out.begin('{').key("delivering").boolean(is_delivering(snapshot)).key("lanes").begin('{');
  for (std::size_t id = 0; id < std::min(snapshot.lanes.size(), snapshot.books.lanes.size()); ++id) {
    const deliver::LaneView& view = snapshot.lanes[id];
    if (is_healthy(view)) continue;
    const observe::LaneBooks& lane = snapshot.books.lanes[id];
    out.key(lane.name).begin('{').key("state").text(state_name(view.state));
    out.key("why").text(own_words(view.why));
    out.key("for_s").number(std::chrono::duration<double>(snapshot.now - view.since).count());
    out.key("held").number(lane.held.memory + lane.held.spool + lane.held.in_flight).end('}');
  }
  out.end('}').key("spool").begin('{').key("mode").text(snapshot.spool.mode);
  out.key("state").text(snapshot.spool.state).end('}').end('}');
  return text::json_shown(out.str());
}

std::string stats_json(const Snapshot& snapshot) {
  json::Writer out;
  write_malti_stats(out, snapshot);
  return text::json_shown(out.str());
}

}  // namespace pannier::daemon
