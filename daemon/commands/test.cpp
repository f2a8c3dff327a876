#include "base/json.h"
#include "base/text.h"
#include "config/test_file.h"
#include "config/yaml_source.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/input.h"
#include "daemon/commands/sample_check.h"

namespace pannier::daemon::commands {
namespace {

struct Failure {
  const config::SampleRecord* sample;
  std::vector<Difference> differences;
};

// Each sample comes alone: what the cardinality guard has seen before is nobody's expectation.
config::Settings without_guard(config::Settings settings) {
  settings.process.cardinality.enabled = false;
  return settings;
}

std::vector<Failure> failures_of(const std::vector<config::SampleRecord>& samples,
                                 const config::Loaded& config) {
  std::vector<Failure> failures;
  Trials trials(without_guard(config.settings), system_now());
  for (const config::SampleRecord& sample : samples) {
    trials.connect(sample.from);
    if (!sample.hello.empty()) trials.take(sample.hello);
    auto found = differences(sample, trials.take(sample.line), config);
    if (!found.empty()) failures.push_back({&sample, std::move(found)});
  }
  return failures;
}

std::string place_of(const std::string& source, const config::SampleRecord& sample) {
  return text::shown(source) + ":" + std::to_string(sample.place.line);
}

void append_text(std::string& out, const Failure& failure, const std::string& source) {
  out.append(place_of(source, *failure.sample)).append(": ");
  out.append(failure.sample->name.empty() ? "a sample" : text::shown(failure.sample->name));
  out.append(" is not as expected\n");
  std::size_t widest = 0;
  for (const Difference& each : failure.differences) widest = std::max(widest, each.subject.size());
  for (const Difference& each : failure.differences) {
    out.append("  ").append(each.subject).append(widest - each.subject.size(), ' ');
    out.append("  expected  ").append(each.expected).append("\n");
    out.append(widest + 2, ' ').append("  got       ").append(each.got);
    out.append(each.why.empty() ? "" : "  (" + each.why + ")").append("\n");
  }
}

std::string json_of(const std::vector<config::SampleRecord>& samples, const std::vector<Failure>& failures) {
  json::Writer out;
  out.begin('{').key("samples").number(samples.size()).key("passed").number(samples.size() - failures.size());
  out.key("failed").number(failures.size()).key("failures").begin('[');
  for (const Failure& failure : failures) {
    out.begin('{').key("line").number(failure.sample->place.line).key("name").text(failure.sample->name);
    out.key("differences").begin('[');
    for (const Difference& each : failure.differences) {
      out.begin('{').key("what").text(each.subject).key("expected").text(each.expected);
      out.key("got").text(each.got).key("why").text(each.why).end('}');
    }
    out.end(']').end('}');
  }
  return text::json_shown(out.end(']').end('}').str()) + "\n";
}

std::string text_of(const std::vector<config::SampleRecord>& samples, const std::vector<Failure>& failures,
                    const std::string& source) {
  std::string out;
  for (const Failure& failure : failures) append_text(out, failure, source);
  return out + counted(samples.size(), "sample", "samples") + ": " +
         std::to_string(samples.size() - failures.size()) + " passed, " + std::to_string(failures.size()) +
         " failed\n";
}

int run_samples(const Invocation& invocation, const TestOptions& options, const std::string& source,
                const std::vector<config::SampleRecord>& samples, const config::Loaded& config) {
  const std::vector<Failure> failures = failures_of(samples, config);
  invocation.out << (options.json ? json_of(samples, failures) : text_of(samples, failures, source));
  return failures.empty() ? ExitCode::done : ExitCode::failed;
}

}  // namespace

int test(const Invocation& invocation, const TestOptions& options) {
  const std::string source = options.file == "-" ? "standard input" : options.file;
  const auto input = Input::open(options.file);
  if (!input) return fail(invocation, "test", input.error().message, ExitCode::wrong_usage);
  const auto text = input->read_all(config::longest_yaml);
  if (!text) return fail(invocation, "test", text.error().message, ExitCode::wrong_usage);
  const auto loaded = config::load(request_of(invocation));
  const auto read = config::read_test_file(*text, source);
  config::Mistakes mistakes;
  if (const auto* wrong = std::get_if<config::Mistakes>(&loaded)) mistakes = *wrong;
  if (const auto* wrong = std::get_if<config::Mistakes>(&read))
    mistakes.insert(mistakes.end(), wrong->begin(), wrong->end());
  if (!mistakes.empty()) return report(invocation, mistakes, "nothing was tested");
  return run_samples(invocation, options, source, std::get<std::vector<config::SampleRecord>>(read),
                     std::get<config::Loaded>(loaded));
}

}  // namespace pannier::daemon::commands
