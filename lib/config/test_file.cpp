#include "config/test_file.h"

#include <algorithm>
#include <array>

#include "base/json.h"
#include "base/text.h"
#include "config/value.h"
#include "config/yaml_source.h"

namespace pannier::config {
namespace {

using observe::ListenerId;
using Names = std::span<const std::string_view>;

constexpr std::array<std::string_view, 6> sample_keys{"name", "from", "hello", "record", "line", "expect"};
constexpr std::array<std::string_view, 2> hello_keys{"service", "node"};
constexpr std::array<std::string_view, 4> sources{"unix_stream", "unix_datagram", "udp", "http_malti"};
bool is_among(std::string_view text, Names names) {
  return std::ranges::find(names, text) != names.end();
}

// A number, true, false and null are what JSON calls so; all else, and what stands in quotes, is text.
void append_json(json::Writer& out, const Written& node) {
  switch (node.kind) {
    case Written::Kind::null: out.null(); break;
    case Written::Kind::list:
      out.begin('[');
      for (const Written& item : node.items) append_json(out, item);
      out.end(']');
      break;
    case Written::Kind::map:
      out.begin('{');
      for (const Entry& entry : node.entries) {
        out.key(entry.key);
        append_json(out, entry.value);
      }
      out.end('}');
      break;
    case Written::Kind::scalar:
      if (!node.quoted && !node.text.starts_with('"') && json::is_value(node.text))
        out.raw(node.text);
      else
        out.text(node.text);
  }
}

std::string json_of(const Written& node) {
  json::Writer out;
  append_json(out, node);
  return out.str();
}

class Reader {
 public:
  Reader(const std::string& source, Mistakes& mistakes) : source_(source), mistakes_(mistakes) {}

  SampleRecord sample(const Written& node) {
    SampleRecord sample;
    sample.place = node.place;
    if (node.kind != Written::Kind::map) {
      mistake(node.place, "", "expected a sample; write record: { … } and expect: { … }");
      return sample;
    }
    known_keys(node, "", sample_keys);
    if (const Entry* name = node.find("name")) sample.name = text(name->value, "name");
    if (const Entry* from = node.find("from")) sample.from = source(from->value);
    if (const Entry* hello = node.find("hello")) sample.hello = this->hello(hello->value, sample.from);
    sample.line = line(node);
    sample.expected = expected(node);
    return sample;
  }

 private:
  void mistake(Place place, std::string subject, std::string what) {
    mistakes_.push_back({source_, place, std::move(subject), std::move(what)});
  }

  void known_keys(const Written& node, const std::string& below, Names names) {
    for (const Entry& entry : node.entries)
      if (!is_among(entry.key, names))
        mistake(entry.place, below + entry.key, "no such member here; " + one_of(entry.key, names));
  }

  std::string text(const Written& node, const std::string& subject) {
    if (node.kind == Written::Kind::scalar) return node.text;
    mistake(node.place, subject, "expected a text; put it into quotes");
    return {};
  }

  ListenerId source(const Written& node) {
    constexpr std::array listeners{ListenerId::unix_stream, ListenerId::unix_datagram, ListenerId::udp,
                                   ListenerId::http_malti};
    const auto found = std::ranges::find(sources, node.text);
    if (node.kind == Written::Kind::scalar && found != sources.end())
      return listeners[static_cast<std::size_t>(found - sources.begin())];
    mistake(node.place, "from", quoted(node.text) + " is no listener; " + one_of(node.text, sources));
    return ListenerId::unix_stream;
  }

  std::string hello(const Written& node, ListenerId from) {
    if (node.kind != Written::Kind::map || node.entries.empty()) {
      mistake(node.place, "hello", "expected what a connection says of itself; write { service: orders }");
      return {};
    }
    if (from != ListenerId::unix_stream) mistake(node.place, "hello", "only a stream has one; leave it out");
    known_keys(node, "hello.", hello_keys);
    json::Writer out;
    out.begin('{').key("hello").begin('{');
    for (const Entry& entry : node.entries) {
      if (!reading::is_name(entry.value.text))
        mistake(entry.value.place, "hello." + entry.key,
                quoted(entry.value.text) + " is no name; write 1 to 100 characters without /");
      out.key(entry.key).text(entry.value.text);
    }
    return out.end('}').end('}').str();
  }

  std::string line(const Written& sample) {
    const Entry* record = sample.find("record");
    const Entry* raw = sample.find("line");
    if ((record == nullptr) == (raw == nullptr)) {
      const char* what = record != nullptr ? "beside record there is no line; leave one of them out"
                                           : "the sample lacks its record; write record: { method: GET, … }";
      mistake(raw != nullptr ? raw->place : sample.place, raw != nullptr ? "line" : "", what);
      return {};
    }
    if (raw != nullptr) return raw_line(raw->value);
    if (record->value.kind == Written::Kind::map) return json_of(record->value);
    mistake(record->value.place, "record",
            "expected fields; write { method: GET, … }, or line: for raw text");
    return {};
  }

  std::string raw_line(const Written& node) {
    std::string line = text(node, "line");
    if (line.ends_with('\n')) line.pop_back();
    if (line.find('\n') != std::string::npos)
      mistake(node.place, "line", "holds several lines; write a sample for each");
    else if (node.kind == Written::Kind::scalar && text::trimmed(line).empty())
      mistake(node.place, "line", "is blank, and blank lines are nothing; write the line");
    return line;
  }

  std::vector<Expectation> expected(const Written& sample) {
    const Entry* expect = sample.find("expect");
    if (expect == nullptr || expect->value.kind != Written::Kind::map || expect->value.entries.empty()) {
      mistake(expect != nullptr ? expect->place : sample.place, expect != nullptr ? "expect" : "",
              "the sample expects nothing; write expect: { endpoint: \"/users/{id}\" }");
      return {};
    }
    known_keys(expect->value, "expect.", expectation_names());
    const Entry* ends = expect->value.find("rejected");
    if (ends == nullptr) ends = expect->value.find("filtered");
    if (ends != nullptr && expect->value.entries.size() > 1)
      mistake(ends->place, "expect." + ends->key,
              "such a line has nothing else to expect; leave the rest out");
    std::vector<Expectation> all;
    for (const Entry& entry : expect->value.entries)
      if (is_among(entry.key, expectation_names())) add(entry, all);
    return all;
  }

  void add(const Entry& entry, std::vector<Expectation>& all) {
    auto read = read_expectation(entry);
    if (auto* good = std::get_if<Expectation>(&read))
      all.push_back(std::move(*good));
    else
      mistake(entry.value.place, "expect." + entry.key, std::get<std::string>(read));
  }

  const std::string& source_;
  Mistakes& mistakes_;
};

}  // namespace

std::variant<std::vector<SampleRecord>, Mistakes> read_test_file(std::string_view text,
                                                                 const std::string& source) {
  Mistakes mistakes;
  std::vector<SampleRecord> samples;
  if (const auto root = read_yaml(text, source, mistakes, Written::Kind::list)) {
    Reader reader(source, mistakes);
    for (const Written& item : root->items) samples.push_back(reader.sample(item));
    if (samples.empty())
      mistakes.push_back({source, {}, {}, "holds no samples; write - record: { … } and expect: { … }"});
  }
  if (mistakes.empty()) return samples;
  sort_by_place(mistakes);
  return mistakes;
}

}  // namespace pannier::config
