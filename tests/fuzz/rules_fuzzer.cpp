// The operator's rules over a stranger's path. Lines: "E match<TAB>as" an endpoint rule, "D
// endpoint<TAB>consumer" a drop rule, "C template" a context, "N network"; what is behind the last of them is
// the path.
//
// Holds: whatever is wrong with a rule can be printed; the sound ones together find what each alone would
// find first; an endpoint is never empty, and text where the path is.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "process/context.h"
#include "process/drop_rules.h"
#include "process/endpoint_rules.h"
#include "process/networks.h"

namespace {

using namespace pannier::process;
using pannier::Arena;

constexpr std::size_t most_rules = 12;

void require(bool promise) {
  if (!promise) std::abort();
}

void require_printable(std::string_view message) {
  require(pannier::text::is_utf8(message) && !pannier::text::has_control_character(message));
  require(message.size() < 2000);
}

// What config lets through.
bool is_setting(std::string_view text) {
  return text.size() <= 1000 && pannier::text::is_utf8(text) && !pannier::text::has_control_character(text);
}

struct Pair {
  std::string first, second;
};

Pair pair_of(std::string_view line) {
  const std::size_t tab = std::min(line.find('\t'), line.size());
  return {std::string(line.substr(0, tab)), std::string(line.substr(std::min(tab + 1, line.size())))};
}

struct Input {
  std::vector<EndpointRule> endpoints;
  std::vector<DropRule> drop;
  std::string context, network;
  std::string path;

  explicit Input(std::string_view data) {
    while (endpoints.size() + drop.size() < most_rules) {
      const std::size_t end = data.find('\n');
      if (end == std::string_view::npos || data.size() < 2 || data[1] != ' ') break;
      take(data[0], data.substr(2, std::max<std::size_t>(end, 2) - 2));
      data.remove_prefix(end + 1);
    }
    path = data;
  }

  void take(char sort, std::string_view line) {
    const Pair pair = pair_of(line);
    if (!is_setting(pair.first) || !is_setting(pair.second)) return;
    if (sort == 'E') take_endpoint({pair.first, pair.second});
    if (sort == 'D') take_drop(pair);
    if (sort == 'C') context = pair.first;
    if (sort == 'N') network = pair.first;
  }
  void take_endpoint(const EndpointRule& rule) {
    const auto faults = faults_in(rule);
    for (const pannier::Error& fault : faults) require_printable(fault.message);
    if (faults.empty()) endpoints.push_back(rule);
  }
  void take_drop(const Pair& pair) {
    const auto endpoint = fault_in_condition(pair.first, TextPattern::Kind::path);
    const auto consumer = fault_in_condition(pair.second, TextPattern::Kind::name);
    for (const auto& fault : {endpoint, consumer})
      if (fault) require_printable(*fault);
    if (endpoint || consumer) return;
    DropRule rule;
    rule.endpoint = pair.first;
    rule.consumer = pair.second;
    drop.push_back(rule);
  }
};

void check_endpoints(const Input& input) {
  const EndpointRules together(input.endpoints);
  Arena arena;
  const auto found = together.find(input.path, arena);
  for (std::size_t i = 0; i < input.endpoints.size(); ++i) {
    const EndpointRules alone({&input.endpoints[i], 1});
    const auto its = alone.find(input.path, arena);
    require(its.has_value() ? found && found->rule <= i : !found || found->rule != i);
    if (its && found->rule == i) require(its->endpoint == found->endpoint);
  }
  if (!found) return;
  require(!found->endpoint.empty());
  if (pannier::text::is_utf8(input.path)) require(pannier::text::is_utf8(found->endpoint));
}

void check_drop(const Input& input) {
  pannier::record::Record record;
  record.endpoint = record.consumer = input.path;
  const auto found = DropRules(input.drop, Destination::malti).first_match(record);
  for (std::size_t i = 0; i < input.drop.size(); ++i) {
    const bool its = DropRules({&input.drop[i], 1}, Destination::malti).first_match(record).has_value();
    require(its ? found && *found <= i : !found || *found != i);
  }
}

void check_context(const Input& input) {
  if (const auto fault = ContextTemplate::fault(input.context)) return require_printable(*fault);
  pannier::record::Record record;
  record.path = record.consumer = input.path;
  Arena arena;
  pannier::Random random(1);
  const std::string_view text = ContextTemplate(input.context).text(record, arena, random);
  if (pannier::text::is_utf8(input.path)) require(pannier::text::is_utf8(text));
}

void check_network(const Input& input) {
  if (const auto fault = Networks::fault(input.network)) return require_printable(*fault);
  const Networks networks({&input.network, 1});
  const auto own = parse_address(input.network.substr(0, input.network.find('/')));
  require(own && networks.contain(*own));
  if (const auto other = parse_address(input.path)) static_cast<void>(networks.contain(*other));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Input input({reinterpret_cast<const char*>(data), size});
  check_endpoints(input);
  check_drop(input);
  check_context(input);
  check_network(input);
  return 0;
}
