#include "config/yaml_source.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <istream>
#include <streambuf>

#include "base/text.h"

namespace pannier::config {
namespace {

constexpr std::size_t deepest = 16;
constexpr std::size_t most_values = 10'000;

Place place_of(const YAML::Mark& mark) {
  return {mark.line + 1, mark.column + 1};
}

// Ends the parsing from inside an event; never leaves this file.
struct Refused {
  Place place;
  std::string what;
};

class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(std::string source, Mistakes& mistakes) : source_(std::move(source)), mistakes_(mistakes) {}
  Written take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) throw Refused{place_of(mark), "holds a second document; take the --- out"};
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    check(mark, "", anchor);
    Written node = empty(Written::Kind::null, mark);
    // Where nothing stands, yaml-cpp points at what comes next.
    if (!open_.empty() && open_.back().has_key) node.place = open_.back().key_place;
    value(std::move(node));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw Refused{place_of(mark),
                  "aliases are not allowed; write the value out, or quote a text that begins with *"};
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    check(mark, tag, anchor);
    if (open_.empty() || open_.back().node.kind != Written::Kind::map || open_.back().has_key) {
      Written node = Written::scalar(text, place_of(mark));
      node.quoted = tag == "!";  // yaml-cpp's own mark of them
      return value(std::move(node));
    }
    key(text, place_of(mark));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    begin(mark, tag, anchor, Written::Kind::list);
  }
  void OnSequenceEnd() override { end(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    begin(mark, tag, anchor, Written::Kind::map);
  }
  void OnMapEnd() override { end(); }

 private:
  static Written empty(Written::Kind kind, const YAML::Mark& mark) {
    Written node;
    node.kind = kind;
    node.place = place_of(mark);
    return node;
  }

  struct Open {
    Written node;
    bool has_key = false;
    bool is_twice = false;  // the key stands above already; its value is left out
    std::string key;
    Place key_place;
  };

  void check(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (++values_ > most_values)
      throw Refused{place_of(mark), "more than 10000 values; make the file smaller"};
    if (anchor != YAML::NullAnchor) throw Refused{place_of(mark), "anchors are not allowed; take the & out"};
    if (!tag.empty() && tag != "?" && tag != "!")
      throw Refused{place_of(mark), "tags are not allowed; take the ! out"};
  }
  void key(const std::string& text, Place place) {
    Open& open = open_.back();
    open.has_key = true;
    open.is_twice = open.node.find(text) != nullptr;
    open.key = text;
    open.key_place = place;
    if (open.is_twice)
      mistakes_.push_back({source_, place, path(), "stands here twice; leave one of them out"});
  }
  [[nodiscard]] std::string path() const {
    std::string out;
    for (const Open& open : open_)
      if (open.has_key) out.append(out.empty() ? "" : ".").append(open.key);
    return out;
  }
  void begin(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Written::Kind kind) {
    check(mark, tag, anchor);
    if (!open_.empty() && open_.back().node.kind == Written::Kind::map && !open_.back().has_key)
      throw Refused{place_of(mark), "a setting's name must be plain text"};
    if (open_.size() == deepest) throw Refused{place_of(mark), "nested more than 16 deep"};
    open_.emplace_back().node = empty(kind, mark);
  }
  void end() {
    Written done = std::move(open_.back().node);
    open_.pop_back();
    value(std::move(done));
  }
  void value(Written node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.kind == Written::Kind::list) {
      parent.node.items.push_back(std::move(node));
      return;
    }
    if (!parent.has_key) throw Refused{node.place, "a setting has no name; write name: value"};
    if (!parent.is_twice)
      parent.node.entries.push_back({std::move(parent.key), parent.key_place, std::move(node)});
    parent.has_key = false;
  }

  std::string source_;
  Mistakes& mistakes_;
  std::vector<Open> open_;
  Written root_;
  std::size_t values_ = 0;
  std::size_t documents_ = 0;
};

// yaml-cpp guesses UTF-16 and swallows control characters; neither belongs into a configuration.
std::optional<Refused> text_fault(std::string_view text) {
  Place place{1, 1};
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20U && c != '\n' && c != '\r' && c != '\t') || byte == 0x7fU)
      return Refused{place, "a control character; is this a text file?"};
    place = c == '\n' ? Place{place.line + 1, 1} : Place{place.line, place.column + 1};
  }
  for (place = {1, 1}; !text.empty(); ++place.line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (!text::is_utf8(text.substr(0, end))) return Refused{place, "is not UTF-8; save the file as UTF-8"};
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return std::nullopt;
}

std::string_view line_of(std::string_view text, int number) {
  for (; number > 1; --number) text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  return text.substr(0, text.find('\n'));
}

// Tabs before a name are the usual cause, and yaml-cpp seldom says so.
Refused syntax_fault(std::string_view text, const YAML::Exception& wrong) {
  const Place place = wrong.mark.is_null() ? Place{1, 1} : place_of(wrong.mark);
  const std::string_view line = text.empty() ? text : line_of(text, place.line);
  const std::size_t tab = line.substr(0, line.find_first_not_of(" \t")).find('\t');
  if (tab != std::string_view::npos)
    return {{place.line, static_cast<int>(tab) + 1}, "a tab in the indentation; write spaces"};
  return {place, "this is not YAML: " + text::shown(wrong.msg)};
}

class ViewBuffer : public std::streambuf {
 public:
  explicit ViewBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // a streambuf that only reads
    setg(begin, begin, begin + text.size());
  }
};

void parse(std::string_view text, TreeBuilder& builder) {
  ViewBuffer buffer(text);
  std::istream stream(&buffer);
  YAML::Parser parser(stream);
  while (parser.HandleNextDocument(builder)) {
  }
}

}  // namespace

std::optional<Written> read_yaml(std::string_view text, const std::string& source, Mistakes& mistakes,
                                 Written::Kind wanted) {
  const auto refuse = [&](Place place, std::string what) {
    mistakes.push_back({source, place, {}, std::move(what)});
    return std::nullopt;
  };
  if (auto fault = text_fault(text)) return refuse(fault->place, fault->what);
  TreeBuilder builder(source, mistakes);
  try {
    parse(text, builder);
  } catch (const Refused& refused) {
    return refuse(refused.place, refused.what);
  } catch (const YAML::Exception& wrong) {
    const Refused fault = syntax_fault(text, wrong);
    return refuse(fault.place, fault.what);
  } catch (const std::exception& wrong) {
    return refuse({1, 1}, std::string("this is not YAML: ") + wrong.what());
  }
  Written root = builder.take();
  if (root.kind == Written::Kind::null) root.kind = wanted;
  if (root.kind != wanted)
    return refuse({std::max(root.place.line, 1), std::max(root.place.column, 1)},
                  wanted == Written::Kind::list ? "expected a list; begin each item with - "
                                                : "expected settings; write name: value");
  return root;
}

}  // namespace pannier::config
