#include "config/option_table.h"

#include <cstdlib>
#include <set>
#include <sstream>

#include "config/given.h"
#include "config/listing.h"
#include "config/sample.h"
#include "config/value.h"
#include "tests/config/fixture.h"

namespace pannier::config {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using OptionTableTest = ConfigTest;

bool holds_one_value(const Option& option) {
  return option.built && option.kind != Kind::named_texts && option.kind != Kind::named_secrets;
}

TEST_F(OptionTableTest, EveryDefaultIsAValueOfItsOwnKind) {
  for (const Option& option : all_options()) {
    if (!holds_one_value(option)) continue;
    Faults faults;
    const auto value = read_value(option, node_of(option, filled(option.fallback, Paths{}, "web-7")), faults);
    EXPECT_TRUE(value.has_value()) << option.path << ": " << (faults.empty() ? "" : faults[0].what);
  }
}

TEST_F(OptionTableTest, EveryBuiltOptionHasASentenceAndAPlaceForItsValue) {
  std::set<std::string_view> paths;
  for (const Option& option : all_options()) {
    EXPECT_TRUE(paths.insert(option.path).second) << option.path;
    EXPECT_EQ(option.built, option.store != nullptr) << option.path;
    EXPECT_EQ(option.built, !option.help.empty()) << option.path;
  }
}

TEST_F(OptionTableTest, EveryRangeIsOfItsOptionsKindAndHoldsTheDefault) {
  for (const Option& option : all_options()) {
    if (option.least.empty()) continue;
    for (const std::string_view bound : {option.least, option.most}) {
      Faults faults;
      EXPECT_TRUE(read_value(option, Written::scalar(bound), faults)) << option.path << " " << bound;
    }
  }
}

TEST_F(OptionTableTest, NamesOfNotBuiltPartsAreKnown) {
  for (const std::string_view path : {"session.url", "session.key"}) {
    const Option* option = find_option(path);
    ASSERT_NE(option, nullptr) << path;
    EXPECT_FALSE(option->built) << path;
  }
}

TEST_F(OptionTableTest, TheSampleFileIsMadeFromTheTable) {
  const std::string sample = PANNIER_SOURCE_DIR "/config/pannier.yaml";
  if (std::getenv("PANNIER_REWRITE_SAMPLE") != nullptr) std::ofstream(sample) << sample_yaml();
  std::ostringstream text;
  text << std::ifstream(sample).rdbuf();
  EXPECT_TRUE(text.str() == sample_yaml()) << "write it anew: run this test with PANNIER_REWRITE_SAMPLE=1";
}

TEST_F(OptionTableTest, TheSampleChangesNothingButUdpAndHttp) {
  const Loaded sample = loaded(sample_yaml());
  EXPECT_THAT(sample.warnings, IsEmpty());
  EXPECT_TRUE(sample.settings.receive.udp.enabled);
  EXPECT_TRUE(sample.settings.receive.http.enabled);
  EXPECT_TRUE(sample.settings.local.enabled);
  request_.file.reset();
  for (const std::string& path : compare(loaded(), sample).restart)
    EXPECT_THAT(path, testing::AnyOf(HasSubstr("receive.udp"), HasSubstr("receive.http")));
}

// Takes the # away from every setting, as a reader may.
std::string uncommented(const std::string& sample) {
  std::istringstream lines(sample);
  std::string out;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t hash = line.find('#');
    if (hash != std::string::npos && hash + 1 < line.size() && line[hash + 1] != ' ') line.erase(hash, 1);
    out += line + "\n";
  }
  return out;
}

TEST_F(OptionTableTest, EverySettingOfTheSampleIsValidWithItsHashTakenAway) {
  std::string yaml = uncommented(sample_yaml());
  const std::string key = "/run/secrets/malti-orders";
  yaml.replace(yaml.find(key), key.size(), write("key", "k"));
  const std::string senders = "/run/secrets/senders-orders";
  yaml.replace(yaml.find(senders), senders.size(), write("senders", "s"));
  const std::string otlp = "https://otlp.multiplayer.app";
  yaml.replace(yaml.find(otlp), otlp.size(), "http://localhost:4319");
  const std::string variable = "${MULTIPLAYER_OTLP_KEY}";  // set, it would go before the file
  yaml.replace(yaml.find(variable), variable.size(), "k");
  const std::string auth = "/run/secrets/proxy";
  const std::string file = write("auth", "user:password");
  for (std::size_t at = yaml.find(auth); at != std::string::npos; at = yaml.find(auth))
    yaml.replace(at, auth.size(), file);
  environment({{"MALTI_USERS_KEY", "k"}});
  const Loaded it = loaded(yaml);
  for (const Option& option : all_options()) {
    if (holds_one_value(option) && option.kind != Kind::group) {
      const Origin* set_by = origin(it, option.path);
      ASSERT_NE(set_by, nullptr) << option.path;
      EXPECT_THAT(set_by->where, HasSubstr("file ")) << option.path;
    }
  }
}

TEST_F(OptionTableTest, TheListingShowsEverySettingWithItsOriginAndNoSecret) {
  environment({{"PANNIER__MEMORY", "32MiB"}, {"MALTI_MAX_RETRIES", "3"}});
  const Loaded it = loaded("deliver: { malti: { keys: { orders: canary-77 } } }");
  const std::string text = without_folder(listing_text(it));
  EXPECT_THAT(text, testing::ContainsRegex("\nmemory +  *= 32MiB +\\(environment PANNIER__MEMORY\\)\n"));
  EXPECT_THAT(
      text, testing::ContainsRegex("\ndeliver.malti.keys.orders += \\*\\*\\* +\\(file pannier.yaml:1\\)\n"));
  EXPECT_THAT(text, testing::ContainsRegex("\nlog.level += info +\\(default\\)\n"));
  EXPECT_THAT(text, HasSubstr("# MALTI_MAX_RETRIES is taken, without effect"));
  EXPECT_THAT(text, HasSubstr("config " + it.settings.version));
  EXPECT_THAT(text, testing::Not(HasSubstr("canary-77")));
  const std::string json = listing_json(it);
  EXPECT_THAT(json, HasSubstr("\"memory\":{\"value\":\"32MiB\",\"from\":\"environment PANNIER__MEMORY\"}"));
  EXPECT_THAT(json, testing::Not(HasSubstr("canary-77")));
}

TEST_F(OptionTableTest, HelpNamesEveryBuiltOption) {
  const std::string help = options_help();
  for (const Option& option : all_options())
    if (option.built) EXPECT_THAT(help, HasSubstr(std::string(option.path)));
}

}  // namespace
}  // namespace pannier::config
