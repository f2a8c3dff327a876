#include "daemon/reloading.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "deliver/post.h"
#include "observe/log.h"

namespace pannier::daemon {

using observe::LogLevel;

namespace {

net::HttpServer::Response answer(
    int status, const std::vector<std::pair<std::string_view, std::vector<std::string>>>& lists) {
  json::Writer out;
  out.begin('{');
  for (const auto& [name, texts] : lists) {
    out.key(name).begin('[');
    for (const std::string& text : texts) out.text(text);
    out.end(']');
  }
  out.end('}');
  return {.status = status, .content_type = "application/json", .body = out.str()};
}

// The ledger's sums are over a destination's whole life: it comes and goes with the process only.
void keep_destinations(const config::Settings& before, config::Settings& fresh, config::Changes& changes) {
  const auto keep = [&](const char* name, bool& is_on, bool was_on) {
    const bool named = std::ranges::find(changes.restart, name) != changes.restart.end();
    if (is_on != was_on && !named) changes.restart.emplace_back(name);
    is_on = was_on;
  };
  keep("deliver.malti", fresh.malti.enabled, before.malti.enabled);
  keep("deliver.multiplayer", fresh.multiplayer.enabled, before.multiplayer.enabled);
  keep("deliver.local", fresh.local.enabled, before.local.enabled);
}

net::HttpServer::Response unchanged(const config::Mistakes& mistakes) {
  std::vector<std::string> texts;
  for (const config::Mistake& mistake : mistakes) texts.push_back(mistake.text());
  for (const std::string& text : texts) observe::log(LogLevel::error, "reload: " + text);
  observe::log(LogLevel::error, "reload: nothing was changed");
  return answer(422, {{"mistakes", texts}});
}

}  // namespace

void Reloading::refuse(const net::HttpServer::Respond& respond, const char* why) const {
  respond(answer(409, {{"mistakes", {why}}}));
}

void Reloading::start(const net::HttpServer::Respond& respond) {
  if (is_under_way_) return refuse(respond, "a reload is under way; try again");
  is_under_way_ = true;
  parts_.service.reloading();
  parts_.run_blocking([this, respond] {
    auto outcome = std::make_shared<Outcome>(config::load(parts_.request));
    deliver::post_to(parts_.deliver, [this, respond, outcome] { read(std::move(*outcome), respond); });
  });
}

void Reloading::read(Outcome outcome, const net::HttpServer::Respond& respond) {
  const auto* mistakes = std::get_if<config::Mistakes>(&outcome);
  auto response =
      mistakes != nullptr ? unchanged(*mistakes) : changed(std::move(std::get<config::Loaded>(outcome)));
  is_under_way_ = false;
  parts_.service.reloaded();
  respond(std::move(response));
}

net::HttpServer::Response Reloading::changed(config::Loaded fresh) {
  const Loaded before = parts_.in_force();
  config::Changes changes = config::compare(*before, fresh);
  keep_destinations(before->settings, fresh.settings, changes);
  const auto loaded = std::make_shared<const config::Loaded>(std::move(fresh));
  parts_.apply(loaded);
  for (const std::string& warning : loaded->warnings) observe::log(LogLevel::warn, warning);
  for (const std::string& path : changes.restart)
    observe::log(LogLevel::warn, "reload: " + path + " needs a restart to take effect");
  observe::log(LogLevel::info, "reload: " + std::to_string(changes.applied.size()) + " settings changed");
  return answer(200,
                {{"applied", changes.applied}, {"restart", changes.restart}, {"warnings", loaded->warnings}});
}

}  // namespace pannier::daemon
