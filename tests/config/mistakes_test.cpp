#include <sys/stat.h>

#include <functional>

#include "base/text.h"
#include "tests/config/fixture.h"

namespace pannier::config {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;
using MistakesTest = ConfigTest;

TEST_F(MistakesTest, FiveMistakesGiveFiveLinesWithPlaceAndCure) {
  EXPECT_THAT(
      mistakes("service: orders\n"
               "receive:\n"
               "  unix_steam: off\n"
               "memory: 16M\n"
               "deliver:\n"
               "  malti:\n"
               "    url: malti.example.com\n"
               "    batch: { records: 0 }\n"
               "log: { level: loud }\n"),
      ElementsAre("pannier.yaml:3:3: receive.unix_steam: no such setting; did you mean unix_stream?",
                  "pannier.yaml:4:9: memory: \"16M\" is not a size; write 16MiB",
                  "pannier.yaml:7:10: deliver.malti.url: \"malti.example.com\" has no scheme; write "
                  "https://malti.example.com",
                  "pannier.yaml:8:23: deliver.malti.batch.records: expected 1 to 5000, got 0",
                  "pannier.yaml:9:15: log.level: \"loud\" is not known here; write debug, info, warn or "
                  "error"));
}

TEST_F(MistakesTest, SaysWhatIsKnownWhereNothingIsNear) {
  EXPECT_THAT(
      mistakes("xyzzyxyzzy: 1"),
      ElementsAre(StartsWith("pannier.yaml:1:1: xyzzyxyzzy: no such setting; known here: service, node")));
  EXPECT_THAT(mistakes("limits.line: 1KiB"), ElementsAre(HasSubstr("no such setting")));
}

TEST_F(MistakesTest, EachKindNamesItsCure) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"memory: 16", "\"16\" is not a size; write 16MiB"},
      {"memory: 1MiB", "expected 24MiB to 1024GiB, got 1MiB"},
      {"memory: [1]", "expected a single value, got a list"},
      {"memory:", "expected a single value, got nothing"},
      {"shutdown: { timeout: 5 }", "\"5\" is not a time; write 5s"},
      {"shutdown: { timeout: 5m }", "write 5min"},
      {"shutdown: { timeout: 250 msec }", "write 250ms"},
      {"shutdown: { timeout: -5s }", "as 250ms"},
      {"shutdown: { timeout: 9d }", "expected 0s to 1h, got 9d"},
      {"limits: { lanes: many }", "\"many\" is not a whole number; write 1 to 128"},
      {"limits: { lanes: 129 }", "expected 1 to 128, got 129"},
      {"limits: { lanes: 99999999999999999999 }", "is not a whole number"},
      {"process: { anonymize_ip: yes }", "\"yes\" is neither true nor false; write true"},
      {"process: { anonymize_ip: maybe }", "write false"},
      {"process: { consumer: { headers: x-team } }", "expected a list in [ ], got a single value"},
      {"process: { consumer: { headers: [\"a b\"] } }", "\"a b\" is not a header's name"},
      {"service: a/b", "\"a/b\" is no name; write 1 to 100 characters without /"},
      {"service: " + std::string(101, 'x'), "is no name"},
      {"service: \"\"", "has no value"},
      {"service: \"a\\u001b[2Jb\"", "\"a\\x1b[2Jb\" has control characters"},
      {"receive: { unix_stream: { mode: 660rw } }",
       "is not a mode; write octal digits in quotes, as \"0660\""},
      {"receive: { unix_stream: { mode: \"0060\" } }", "shuts the daemon itself out"},
      {"receive: { unix_stream: { mode: \"4660\" } }", "is not a mode"},
      {"receive: { unix_stream: { path: /" + std::string(107, 'x') + " } }", "at most 107 bytes"},
      {"receive: { unix_stream: { allow_uids: [ann] } }", "\"ann\" is not a user's number; write 1000"},
      {"receive: { unix_stream: 5 }", "expected settings, or off; got \"5\""},
      {"receive: 5", "expected settings below it; write max_pause: …"},
      {"receive: { udp: { address: localhost:6258 } }",
       "is not an IP address with a port; write 127.0.0.1:6258"},
      {"receive: { udp: { address: 127.0.0.1:0 } }", "port 0"},
      {"receive: { udp: { address: 0.0.0.0:6258 } }",
       "is open to other hosts; write 127.0.0.1, or set allow_remote"},
      {"observe: { address: localhost }",
       "is not an IP address with a port; write 127.0.0.1:6259 or [::1]:6259"},
      {"observe: { address: 0.0.0.0:6259 }", "is open to other hosts; write 127.0.0.1, or set allow_remote"},
      {"observe: { hosts: [\"a:80\"] }", "\"a:80\" is not a host's name without port; write metrics"},
      {"observe: { hosts: metrics.example.com }", "expected a list in [ ], got a single value"},
      {"observe: {}\ndeliver: { malti: { url: \"http://localhost:6259\" } }",
       "deliver.malti.url: leads to pannier itself (observe.address)"},
      {"receive: { unix_stream: off, unix_datagram: off }", "every listener is off"},
      {"receive: { unix_datagram: { path: /run/pannier/pannier.sock } }", "is the stream socket's path, too"},
      {"control: { path: /run/pannier/pannier.sock }", "is the control socket's path, too"},
      {"resource: [a]", "expected names with values; write { name: value }"},
      {"resource: { a: [b] }", "expected a single value, got a list"},
      {"resource: { \"\": c }", "\"\" is no name"},
      {"deliver: { malti: { keys: { a/b: c } } }", "\"a/b\" is no name"},
      {"deliver: { local: off }", "no destination is left"},
      {"deliver: { malti: { url: \"http://user:secret@host\" } }",
       "user and password have no place in a URL"},
      {"deliver: { malti: { url: \"user:secret@host\" } }", "user and password have no place in a URL"},
      {"deliver: { malti: { batch: { high_mark: most } } }", "\"most\" is not a part; write 90% or 0.9"},
      {"deliver: { malti: { batch: { high_mark: 90 } } }", "expected 1% to 100%, got 9000%"},
      {"deliver: { malti: { retry: { max_attempts: 0 } } }", "expected 1 to 1000000, got 0, or none"},
      {"deliver: { malti: { keys: { orders: } } }", "has no key; write"},
      {"deliver: { malti: { keys: { orders: \"a b\" } } }", "is not a key"},
      {"deliver: { malti: { keys: { orders: { fil: x } } } }", "\"fil\": no such source of a key"},
      {"deliver: { malti: { keys: { orders: { file: [x] } } } }", "expected one source"},
      {"process: { endpoints: [ 5 ] }", "expected a rule; write { match"},
      {"process: { endpoints: [ { match: /a } ] }", "the rule lacks as"},
      {"process: { endpoints: [ { match: /a, as: /b, method: GET } ] }",
       "\"method\": a rule has no such member"},
      {"process: { endpoints: [ { match: \"\", as: /b } ] }", "match must be a text"},
      {"process: { endpoints: [ { match: \"/a/{id\", as: /b } ] }", "has a { that is not closed"},
      {"process: { endpoints: [ { match: \"~ /a(\", as: /b } ] }", "is not a regular expression (missing )"},
      {"process: { endpoints: [ { match: \"~\", as: /b } ] }", "has no expression behind ~"},
  };
  for (const auto& [yaml, cure] : cases) {
    EXPECT_THAT(mistakes(yaml), ElementsAre(HasSubstr(cure))) << yaml;
    EXPECT_THAT(mistakes(yaml), testing::Each(testing::Not(HasSubstr("secret")))) << yaml;
  }
}

TEST_F(MistakesTest, ASettingOfAPartThatIsNotBuiltSaysSo) {
  for (const std::string yaml : {"session: { key: x }", "session: { url: \"https://x\" }"})
    EXPECT_THAT(mistakes(yaml), ElementsAre(HasSubstr("is not built yet; leave it out"))) << yaml;
  EXPECT_THAT(
      mistakes("deliver: { malti: { keys: { a: { credential: c } } } }"),
      ElementsAre(HasSubstr(
          "there is no credential c: CREDENTIALS_DIRECTORY is not set; write LoadCredential=c:PATH")));
}

TEST_F(MistakesTest, AskingForNothingOfAPartThatIsNotBuiltIsFine) {
  EXPECT_THAT(
      mistakes("receive: { http: off }\nobserve: off\nsession: off\n"
               "process: { strict: false, drop: [], context: none, consumer: { trusted_proxies: none } }\n"
               "deliver: { multiplayer: off, malti: { proxy: none, keys_directory: none } }\n"),
      IsEmpty());
}

TEST_F(MistakesTest, AKeyFileThatCannotBeReadNamesTheWayToTry) {
  EXPECT_THAT(
      mistakes("deliver: { malti: { keys: { orders: { file: " + path("gone") + " } } } }"),
      ElementsAre("pannier.yaml:1:37: deliver.malti.keys.orders: cannot read gone as uid 1000 (no such "
                  "file or directory); write the file, or correct the path"));
  EXPECT_THAT(mistakes("deliver: { malti: { keys: { orders: { file: " + path("") + " } } } }"),
              ElementsAre(HasSubstr("is not a regular file")));
  EXPECT_THAT(mistakes("deliver: { malti: { keys: { orders: { file: " + write("empty", "\n") + " } } } }"),
              ElementsAre(HasSubstr("is empty; write the key into it")));
  EXPECT_THAT(mistakes("deliver: { malti: { keys: { orders: { file: " + write("two", "a\nb\n") + " } } } }"),
              ElementsAre(HasSubstr("is not one key on one line")));
  EXPECT_THAT(mistakes("deliver: { malti: { keys: { orders: { file: " +
                       write("large", std::string(65537, 'x')) + " } } } }"),
              ElementsAre(HasSubstr("is larger than 64KiB")));
}

// Root reads everything, so a process that is not root asks.
std::vector<std::string> as_nobody(const std::function<std::vector<std::string>()>& ask) {
  const bool is_root = ::geteuid() == 0;
  if (is_root) EXPECT_EQ(::seteuid(65534), 0);
  std::vector<std::string> lines = ask();
  if (is_root) EXPECT_EQ(::seteuid(0), 0);
  return lines;
}

TEST_F(MistakesTest, ALackingPermissionNamesTheCommandToTry) {
  const std::string key = write("key", "k", 0);
  request_.file =
      write("pannier.yaml", "deliver: { malti: { keys: { orders: { file: " + key + " } } } }", 0644);
  ASSERT_EQ(::chmod(path("").c_str(), 0755), 0);
  EXPECT_THAT(
      as_nobody([&] { return mistakes(); }),
      ElementsAre("pannier.yaml:1:37: deliver.malti.keys.orders: cannot read key as uid 1000 (permission "
                  "denied); try: sudo -u pannier pannier validate pannier.yaml"));
  ASSERT_EQ(::chmod(request_.file->c_str(), 0), 0);
  EXPECT_THAT(
      as_nobody([&] { return mistakes(); }),
      ElementsAre("pannier.yaml: cannot read pannier.yaml as uid 1000 (permission denied); try: sudo -u "
                  "pannier pannier validate pannier.yaml"));
}

TEST_F(MistakesTest, TheFileItselfMustBeSafeAndThere) {
  request_.file = path("absent.yaml");
  EXPECT_THAT(mistakes(), ElementsAre("absent.yaml: no such file; correct the path"));
  request_.file = write("open.yaml", "service: a", 0666);
  EXPECT_THAT(mistakes(), ElementsAre("open.yaml: everybody can write this file; chmod o-w open.yaml"));
  request_.file = path("");
  EXPECT_THAT(mistakes(), ElementsAre(HasSubstr("is not a regular file")));
  request_.file = path("pipe");
  ASSERT_EQ(::mkfifo(request_.file->c_str(), 0600), 0);
  EXPECT_THAT(mistakes(), ElementsAre(HasSubstr("is not a regular file")));
  request_.file = write("large.yaml", std::string((1U << 20U) + 1, '#'));
  EXPECT_THAT(mistakes(), ElementsAre(HasSubstr("is larger than 1MiB")));
  request_.file.reset();
  EXPECT_THAT(mistakes(), IsEmpty());
}

TEST_F(MistakesTest, AKeyInAFileForEverybodyIsWarnedOf) {
  environment({{"KEY", "k"}});
  const std::string yaml =
      "deliver: { malti: { keys: { orders: abc, users: \"${KEY}\", x: { file: " + write("k", "k") +
      " } } } }";
  request_.file = write("pannier.yaml", yaml, 0644);
  const auto warnings = loaded().warnings;
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_EQ(
      without_folder(warnings[0]),
      "pannier.yaml:1:37: deliver.malti.keys.orders: a key in a file that everybody can read; chmod o-r "
      "pannier.yaml, or write { file: PATH }");
  request_.file = write("pannier.yaml", yaml, 0640);
  EXPECT_THAT(loaded().warnings, IsEmpty());
}

TEST_F(MistakesTest, AKeyThatWouldTravelInTheOpenIsWarnedOf) {
  EXPECT_THAT(loaded("deliver: { malti: { url: http://malti.example.com, keys: { a: b } } }").warnings,
              ElementsAre("deliver.malti.url: keys go unencrypted over http to http://malti.example.com"));
  EXPECT_THAT(loaded("deliver: { malti: { url: \"http://[::1]:8000\", keys: { a: b } } }").warnings,
              IsEmpty());
  EXPECT_THAT(loaded("deliver: { malti: { url: http://127.0.0.1 } }").warnings,
              ElementsAre(HasSubstr("deliver.malti has no key")));
}

TEST_F(MistakesTest, NoMistakeShowsAKey) {
  const std::string key = "canary-5521";
  for (const std::string yaml : {"deliver: { malti: { keys: { orders: \"canary-5521 x\" } } }",
                                 "deliver: { malti: { keys: { orders: [canary-5521] } } }",
                                 "deliver: { malti: { keys: { a: canary-5521, a: canary-5521 } } }",
                                 "deliver: { malti: { keys: { a: canary-5521 }, url: x } }"})
    for (const std::string& line : mistakes(yaml)) EXPECT_EQ(line.find(key), std::string::npos) << line;
}

TEST_F(MistakesTest, SyntaxErrorsHaveTheirPlace) {
  EXPECT_THAT(mistakes("service: a\nlog: { level: info\n"),
              ElementsAre(StartsWith("pannier.yaml:3:1: this is not YAML")));
  EXPECT_THAT(mistakes("log:\n  level: info\n \tformat: text\n"),
              ElementsAre("pannier.yaml:3:2: a tab in the indentation; write spaces"));
  EXPECT_THAT(mistakes("service: a\nservice: b\n"),
              ElementsAre("pannier.yaml:2:1: service: stands here twice; leave one of them out"));
  EXPECT_THAT(mistakes("log: { level: info, level: x }"),
              ElementsAre("pannier.yaml:1:21: log.level: stands here twice; leave one of them out"));
  EXPECT_THAT(mistakes("service:\nnode: ~"),
              ElementsAre(StartsWith("pannier.yaml:1:1: service"), StartsWith("pannier.yaml:2:1: node")));
  EXPECT_THAT(mistakes("a: &x 1"), ElementsAre(HasSubstr("anchors are not allowed")));
  EXPECT_THAT(mistakes("- a"), ElementsAre(HasSubstr("expected settings; write name: value")));
  EXPECT_THAT(mistakes("service: a\n---\nservice: b"), ElementsAre(HasSubstr("second document")));
  EXPECT_THAT(mistakes("service: !!binary aGk="), ElementsAre(HasSubstr("tags are not allowed")));
  EXPECT_THAT(mistakes("[a]: b"), ElementsAre(HasSubstr("a setting's name must be plain text")));
  EXPECT_THAT(mistakes(std::string("service: a\nnode: \"\0\"", 21)),
              ElementsAre(StartsWith("pannier.yaml:2:8: a control character")));
  EXPECT_THAT(mistakes("service: a\nnode: \xff"), ElementsAre(StartsWith("pannier.yaml:2:1: is not UTF-8")));
  EXPECT_THAT(mistakes("# only a comment\n"), IsEmpty());
}

TEST_F(MistakesTest, NestingAndTheNumberOfValuesAreBounded) {
  const std::string open(17, '[');
  EXPECT_THAT(mistakes("process: { drop: " + open + std::string(17, ']') + " }"),
              ElementsAre(HasSubstr("nested more than 16 deep")));
  std::string many = "a: [";
  for (int i = 0; i < 10'000; ++i) many += "1,";
  EXPECT_THAT(mistakes(many + "]"), ElementsAre(HasSubstr("more than 10000 values")));
}

TEST_F(MistakesTest, HostileTextIsEscapedWhereverItIsShown) {
  const auto lines = mistakes("\"\\e[31m\\u202e\": 1\nlog: { level: \"\\u202edlob\" }");
  ASSERT_EQ(lines.size(), 2U);
  for (const std::string& line : lines) {
    EXPECT_FALSE(text::has_control_character(line)) << line;
    EXPECT_THAT(line, HasSubstr("\\u{202e}"));
  }
}

TEST_F(MistakesTest, MistakesOfAllSourcesComeAtOnceAndInOrder) {
  environment({{"PANNIER__MEMORY", "1B"}, {"PANNIER__MEMROY", "1B"}});
  request_.flags = {{"control.pth", "x"}};
  EXPECT_THAT(mistakes("node: a/b\nservice: c/d\n"),
              ElementsAre(StartsWith("pannier.yaml:1:7: node"), StartsWith("pannier.yaml:2:10: service"),
                          "command line: control.pth: no such setting",
                          "environment: PANNIER__MEMORY: expected 24MiB to 1024GiB, got 1B",
                          "environment: PANNIER__MEMROY: no such setting; did you mean PANNIER__MEMORY?"));
}

}  // namespace
}  // namespace pannier::config
