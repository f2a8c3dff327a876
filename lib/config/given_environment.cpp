// PANNIER__ names, and the names that users of the backends' SDKs have in their deployments.
#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"
#include "config/given.h"
#include "config/option_table.h"
#include "config/value.h"

namespace pannier::config {
namespace {

constexpr std::string_view prefix = "PANNIER__";
constexpr std::array<std::string_view, 2> without_effect{"MALTI_MAX_RETRIES",
                                                         "MALTI_MAX_KEEPALIVE_CONNECTIONS"};

Given given_by(const Option& option, std::string_view variable, Written node, Rank rank) {
  return {.option = &option,
          .node = std::move(node),
          .rank = rank,
          .source = "environment",
          .subject = std::string(variable),
          .where = "environment " + std::string(variable)};
}

void mistaken(Draft& draft, std::string_view variable, std::string what) {
  draft.mistakes.push_back({"environment", {}, std::string(variable), std::move(what)});
}

std::string nearest_variable(std::string_view name) {
  std::vector<std::string> known;
  for (const Option& option : all_options())
    if (has_variable(option) && option.built) known.push_back(variable_of(option));
  const std::vector<std::string_view> views(known.begin(), known.end());
  return std::string(name.size() > 100 ? std::string_view() : text::nearest(name, views));
}

// The option whose variable `name` is; for a map, also the names below it.
const Option* option_of(std::string_view name) {
  for (const Option& option : all_options()) {
    const std::string variable = variable_of(option);
    if (name == variable) return &option;
    if (!has_variable(option) && name.starts_with(variable + "__")) return &option;
  }
  return nullptr;
}

void own_variable(std::string_view name, std::string_view text, Draft& draft) {
  const Option* option = option_of(name);
  if (option == nullptr) {
    const std::string meant = nearest_variable(name);
    return mistaken(draft, name,
                    "no such setting; " + (meant.empty() ? std::string("see pannier config for the names")
                                                         : "did you mean " + meant + "?"));
  }
  if (!option->built) {
    if (option->harmless.empty() || text != option->harmless)
      draft.warnings.push_back(
          std::string(name).append(" is without effect: ").append(option->path).append(" is not built yet"));
    return;
  }
  if (!has_variable(*option))
    return mistaken(draft, name, std::string(option->path).append(" can only be written in the file"));
  draft.given.push_back(given_by(*option, name, node_of(*option, text), Rank::environment));
}

bool is_plain_number(std::string_view text) {
  double number = 0;
  const char* last = text.data() + text.size();
  const auto [end, fault] = std::from_chars(text.data(), last, number, std::chars_format::fixed);
  return fault == std::errc() && end == last && number >= 0 && number < 1e12;
}

std::string only_true(std::string_view variable, std::string_view text, Draft& draft) {
  const std::string lower = text::lower(text);
  if (lower != "true" && lower != "false")
    draft.warnings.push_back(std::string(variable)
                                 .append(" is ")
                                 .append(quoted(text))
                                 .append(", which counts as false, as in the SDK; "
                                         "write true or false"));
  return lower == "true" ? "true" : "false";
}

// The SDK's spelling in ours; nothing, and a mistake, where it is none.
std::optional<std::string> translated(const Option& option, std::string_view text, Draft& draft) {
  switch (option.sdk) {
    case Sdk::only_true: return only_true(option.variable, text, draft);
    case Sdk::seconds:
    case Sdk::percent:
      if (!is_plain_number(text)) {
        mistaken(draft, option.variable,
                 quoted(text) + (option.sdk == Sdk::seconds ? " is not a number of seconds; write 30"
                                                            : " is not a number of percent; write 90"));
        return std::nullopt;
      }
      return std::string(text) + (option.sdk == Sdk::seconds ? "s" : "%");
    default: return std::string(text);
  }
}

void sdk_variable(const Option& option, const Environment& environment, Draft& draft) {
  const std::string_view text = text::trimmed(environment.text(option.variable));
  if (text.empty()) return;
  if (!option.built) {
    draft.warnings.push_back(std::string(option.variable)
                                 .append(" is without effect: ")
                                 .append(option.path)
                                 .append(" is not built yet"));
    return;
  }
  if (const auto ours = translated(option, text, draft))
    draft.given.push_back(given_by(option, option.variable, node_of(option, *ours), Rank::sdk));
}

void sdk_key(const Environment& environment, Draft& draft) {
  const std::string_view key = text::trimmed(environment.text("MALTI_API_KEY"));
  const std::string_view service = text::trimmed(environment.text("MALTI_SERVICE_NAME"));
  if (key.empty()) return;
  if (service.empty())
    return mistaken(draft, "MALTI_API_KEY", "nothing says whose key it is; set MALTI_SERVICE_NAME, too");
  if (!reading::is_name(service)) return;  // told of as `service`
  Given given =
      given_by(*find_option("deliver.malti.keys"), "MALTI_API_KEY", Written::scalar(key), Rank::sdk);
  given.name = service;
  draft.given.push_back(std::move(given));
}

// Multiplayer's SDK exporters take the API's key where no other is given.
void multiplayer_key(const Environment& environment, Draft& draft) {
  const std::string_view key = text::trimmed(environment.text("MULTIPLAYER_API_KEY"));
  if (key.empty()) return;
  if (!text::trimmed(environment.text("MULTIPLAYER_OTLP_KEY")).empty()) {
    draft.warnings.emplace_back("MULTIPLAYER_API_KEY is without effect: session.key is not built yet");
    return;
  }
  const Option& option = *find_option("deliver.multiplayer.key");
  draft.given.push_back(given_by(option, "MULTIPLAYER_API_KEY", Written::scalar(key), Rank::sdk));
}

}  // namespace

void add_environment(const Environment& environment, Draft& draft) {
  for (const auto& [name, text] : environment.all())
    if (name.starts_with(prefix)) own_variable(name, text, draft);
  for (const Option& option : all_options())
    if (option.sdk != Sdk::none) sdk_variable(option, environment, draft);
  sdk_key(environment, draft);
  multiplayer_key(environment, draft);
  for (const std::string_view name : without_effect)
    if (environment.get(name))
      draft.notes.push_back(std::string(name).append(
          " is taken, without effect: pannier tries again until deliver.malti.retry.max_age"));
}

}  // namespace pannier::config
