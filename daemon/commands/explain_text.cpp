#include "daemon/commands/explain_text.h"

#include "base/text.h"
#include "config/expectation.h"
#include "daemon/commands/invocation.h"
#include "daemon/commands/trial_words.h"
#include "observe/ledger.h"
#include "record/telling.h"

namespace pannier::daemon::commands {
namespace {

using observe::DestinationId;

constexpr std::size_t label_width = 13;

class Page {
 public:
  explicit Page(std::string title) : out_(std::move(title)) { out_ += '\n'; }

  void row(std::string_view label, std::string_view value, std::string_view why = {}) {
    out_.append("  ").append(label).append(label_width - std::min(label_width, label.size()), ' ');
    out_.append(value);
    if (!why.empty()) out_.append("  (").append(why).append(")");
    out_ += '\n';
  }
  void below(std::string_view text) {
    if (!text.empty()) out_.append(2 + label_width, ' ').append(text).append("\n");
  }
  [[nodiscard]] std::string str() const { return out_; }

 private:
  std::string out_;
};

std::string shown_or_none(std::string_view text) {
  return text.empty() ? "none" : text::shown(text);
}

void ignored(Page& page, const Explained& explained) {
  if (explained.trial.unknown_fields == 0) return;
  std::string names;
  for (const record::UnknownField& field : record::unknown_fields_of(explained.line)) {
    names.append(names.empty() ? "" : ", ").append(text::shown(field.name, 60));
    if (!field.meant.empty()) names.append(" (did you mean ").append(field.meant).append("?)");
  }
  page.row("ignored", counted(explained.trial.unknown_fields, "field", "fields") + " that no record has",
           names.empty() ? "" : names);
}

void rejected(Page& page, const Explained& explained) {
  if (explained.trial.answer.empty())
    page.row("rule", record::rule_of(explained.trial.reject));
  else
    page.row("answer", text::shown(explained.trial.answer, 1000));
  page.row("its shape", text::shown(explained.trial.shape, 250), "what status shows of it");
  if (record::without_syslog_header(explained.line).size() < explained.line.size())
    page.below("it begins with a syslog header, which only datagrams may: try --from udp");
}

void hello(Page& page, const Trial& trial) {
  page.row("service", shown_or_none(trial.hello.service), "of the lines below that name none");
  page.row("node", shown_or_none(trial.hello.node), "the same");
}

void response(Page& page, const Trial& trial) {
  const Told& told = trial.became;
  page.row("response", text::shown(told.method) + " " + std::to_string(told.status) + " in " +
                           config::milliseconds_text(told.response_ms) + " ms");
  page.row("created_at", time_words(told.created_at),
           trial.came.has_created_at ? "the record's own, or its start and duration" : "arrival: now");
}

std::string cut_words(const Fate& fate) {
  if (fate.texts_cut == 0) return {};
  return counted(fate.texts_cut, "text is", "texts are") +
         " not whole: Malti keeps 500 characters of its escaped form, and would drop what looks like a tag";
}

std::string guard_words(const Fate& fate, const config::Settings& settings) {
  const process::CardinalityLimits& limits = settings.process.cardinality;
  std::string words;
  if (fate.other_endpoint)
    words = "endpoint becomes (other): beyond " + std::to_string(limits.endpoints) + " of its service";
  if (fate.other_consumer)
    words.append(words.empty() ? "" : "; ")
        .append("consumer becomes (other): beyond " + std::to_string(limits.consumers) + " of its service");
  return words;
}

std::string sent_words(const Fate& fate) {
  std::string_view fragment = fate.fragment;
  if (fate.destination == DestinationId::malti) {
    if (fragment.ends_with(',')) fragment.remove_suffix(1);
    return text::json_shown(fragment);
  }
  if (fate.destination == DestinationId::local) return "a row with the texts above";
  return "one span, " + counted(fragment.size(), "byte", "bytes");
}

void destination(Page& page, const Explained& explained, const Fate& fate) {
  const std::string why = fate_words(explained.trial, fate, explained.config);
  page.row(observe::name(fate.destination), (fate.left_out ? "left out: " : "lane ") + fate_word(fate), why);
  if (fate.left_out) return;
  page.below(guard_words(fate, explained.config.settings));
  page.below(sent_words(fate));
  page.below(cut_words(fate));
  if (fate.is_doomed) page.below("Malti would fail on it: it becomes a dead letter at once (out_of_range)");
  page.below(key_words(explained.trial, fate, explained.config.settings));
}

void accepted(Page& page, const Explained& explained) {
  const Trial& trial = explained.trial;
  const config::Loaded& config = explained.config;
  page.row("service", text::shown(trial.became.service), service_words(trial, config));
  page.row("node", text::shown(trial.became.node), node_words(trial, config));
  page.row("endpoint", text::shown(trial.became.endpoint), endpoint_words(trial, config));
  page.row("consumer", text::shown(trial.became.consumer), consumer_words(trial, config));
  if (trial.became.context.empty())
    page.row("context", "none");
  else
    page.row("context", text::shown(trial.became.context), context_words(trial, config));
  if (!trial.became.client_ip.empty() || !trial.came.client_ip.empty())
    page.row("client_ip", shown_or_none(trial.became.client_ip),
             config.settings.process.anonymize_ip ? "process.anonymize_ip is true" : "");
  response(page, trial);
  for (const Fate& fate : trial.fates) destination(page, explained, fate);
}

}  // namespace

std::string explanation_text(const Explained& explained) {
  const Trial& trial = explained.trial;
  Page page("line " + std::to_string(explained.number) + ": " + outcome_words(trial));
  ignored(page, explained);
  switch (trial.outcome) {
    case Trial::Outcome::rejected: rejected(page, explained); break;
    case Trial::Outcome::filtered: page.row("rule", "status 0 and -1 say that no answer was given"); break;
    case Trial::Outcome::hello: hello(page, trial); break;
    case Trial::Outcome::client_dropped:
      page.row("count", std::to_string(trial.client_dropped), "shown for its listener; in no sum");
      break;
    case Trial::Outcome::accepted: accepted(page, explained); break;
    case Trial::Outcome::none: break;
  }
  return page.str();
}

}  // namespace pannier::daemon::commands
