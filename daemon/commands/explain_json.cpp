#include "base/json.h"
#include "base/text.h"
#include "config/expectation.h"
#include "daemon/commands/explain_text.h"
#include "daemon/commands/trial_words.h"
#include "observe/ledger.h"
#include "record/telling.h"

namespace pannier::daemon::commands {
namespace {

void write_outcome(json::Writer& out, const Trial& trial) {
  switch (trial.outcome) {
    case Trial::Outcome::accepted: out.text("accepted"); break;
    case Trial::Outcome::rejected:
      out.text("rejected").key("reason").text(name(trial.reject));
      if (trial.answer.empty())
        out.key("rule").text(record::rule_of(trial.reject));
      else
        out.key("answer").raw(trial.answer);
      out.key("shape").text(text::shown(trial.shape, 250));
      break;
    case Trial::Outcome::filtered: out.text("filtered").key("reason").text(name(trial.filter)); break;
    case Trial::Outcome::hello:
      out.text("hello").key("service").text(trial.hello.service).key("node").text(trial.hello.node);
      break;
    case Trial::Outcome::client_dropped:
      out.text("client_dropped").key("count").number(trial.client_dropped);
      break;
    case Trial::Outcome::none: out.text("blank"); break;
  }
}

void write_ignored(json::Writer& out, const Explained& explained) {
  out.key("unknown_fields").begin('[');
  if (explained.trial.unknown_fields != 0)
    for (const record::UnknownField& field : record::unknown_fields_of(explained.line)) out.text(field.name);
  out.end(']');
}

void write_record(json::Writer& out, const Explained& explained) {
  const Trial& trial = explained.trial;
  const Told& told = trial.became;
  out.key("record").begin('{');
  out.key("service").text(told.service).key("node").text(told.node).key("method").text(told.method);
  out.key("endpoint")
      .text(told.endpoint)
      .key("consumer")
      .text(told.consumer)
      .key("context")
      .text(told.context);
  out.key("client_ip").text(told.client_ip).key("status").number(told.status);
  out.key("response_time").raw(config::milliseconds_text(told.response_ms));
  out.key("created_at").text(time_words(told.created_at)).end('}');
  out.key("why").begin('{');
  out.key("service").text(service_words(trial, explained.config));
  out.key("node").text(node_words(trial, explained.config));
  out.key("endpoint").text(endpoint_words(trial, explained.config));
  out.key("consumer").text(consumer_words(trial, explained.config));
  out.key("context").text(context_words(trial, explained.config)).end('}');
}

void write_fate(json::Writer& out, const Explained& explained, const Fate& fate) {
  out.key(observe::name(fate.destination)).begin('{');
  const std::string why = fate_words(explained.trial, fate, explained.config);
  if (fate.left_out) {
    out.key("left_out").text(name(*fate.left_out)).key("why").text(why).end('}');
    return;
  }
  out.key("lane").text(fate.lane);
  out.key("other_endpoint").boolean(fate.other_endpoint).key("other_consumer").boolean(fate.other_consumer);
  if (fate.is_doomed) out.key("dead").text(name(Dead::out_of_range));
  out.key("texts_cut").number(fate.texts_cut).key("bytes").number(fate.fragment.size());
  if (fate.destination == observe::DestinationId::malti) {
    std::string_view sent = fate.fragment;
    if (sent.ends_with(',')) sent.remove_suffix(1);
    out.key("has_key").boolean(key_words(explained.trial, fate, explained.config.settings).empty());
    out.key("sends").raw(sent);
  }
  out.end('}');
}

}  // namespace

std::string explanation_json(const Explained& explained) {
  json::Writer out;
  out.begin('{').key("line").number(explained.number).key("outcome");
  write_outcome(out, explained.trial);
  write_ignored(out, explained);
  if (explained.trial.outcome == Trial::Outcome::accepted) {
    write_record(out, explained);
    out.key("destinations").begin('{');
    for (const Fate& fate : explained.trial.fates) write_fate(out, explained, fate);
    out.end('}');
  }
  return text::json_shown(out.end('}').str());
}

}  // namespace pannier::daemon::commands
