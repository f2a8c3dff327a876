#include "process/steps.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "process/address.h"
#include "process/consumer.h"
#include "process/endpoint.h"
#include "process/headers.h"

namespace pannier::process {
namespace {

bool needs_no_escaping(std::string_view text) {
  return std::ranges::none_of(
      text, [](char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20U; });
}

// For text that did not come with the record.
void put(record::Record& record, std::string_view& field, std::string_view text) {
  field = text;
  record.is_plain = record.is_plain && needs_no_escaping(text);
}

void fill(record::Record& record, std::string_view& field, std::string_view said, std::string_view set) {
  if (field.empty()) put(record, field, said.empty() ? set : said);
}

void forget_headers(record::Record& record) {
  record.request_headers = {};
  record.response_headers = {};
}

}  // namespace

Steps::Steps(Options options)
    : options_(std::move(options)),
      rules_(options_.endpoints),
      client_{options_.consumer_use_ip, Networks(options_.trusted_proxies)},
      template_(options_.context_template) {}

Applied Steps::apply(record::Record& record, const Defaults& defaults, SystemTime arrival, Arena& arena,
                     Random& random) const {
  Applied applied;
  fill_in(record, defaults, arrival);
  name_endpoint(record, arena, applied);
  name_consumer(record, arena, applied);
  hide_client(record, arena);
  give_context(record, arena, random, applied);
  forget_headers(record);
  return applied;
}

void Steps::fill_in(record::Record& record, const Defaults& defaults, SystemTime arrival) const {
  fill(record, record.service, defaults.service, options_.service);
  fill(record, record.node, defaults.node, options_.node);
  if (record.has_created_at) return;
  record.created_at = arrival;
  record.has_created_at = true;
}

void Steps::name_endpoint(record::Record& record, Arena& arena, Applied& applied) const {
  record.path = without_query(record.path);
  if (record.is_processed) {
    applied.endpoint = EndpointFrom::processed;
    record.endpoint = as_it_came(record.endpoint);
  } else if (!record.endpoint.empty()) {
    applied.endpoint = EndpointFrom::record;
    record.endpoint = with_one_spelling(record.endpoint, arena);
  } else {
    name_path(record, arena, applied);
  }
}

void Steps::name_path(record::Record& record, Arena& arena, Applied& applied) const {
  if (const auto named = rules_.find(record.path, arena)) {
    applied.endpoint = EndpointFrom::rule;
    applied.endpoint_rule = static_cast<std::uint16_t>(named->rule);
    put(record, record.endpoint, named->endpoint);
  } else if (options_.strict) {
    applied.endpoint = EndpointFrom::no_route;
    record.endpoint = no_route;
  } else {
    applied.endpoint = EndpointFrom::built_in;
    record.endpoint = without_ids(record.path, arena);
  }
}

void Steps::name_consumer(record::Record& record, Arena& arena, Applied& applied) const {
  applied.consumer = ConsumerFrom::processed;
  if (record.is_processed) return;
  const Consumer consumer = consumer_of(record, options_.consumer_headers, client_);
  applied.consumer = consumer.from;
  applied.consumer_header = consumer.header;
  const bool is_address =
      consumer.from == ConsumerFrom::forwarded || consumer.from == ConsumerFrom::client_ip;
  record.consumer = is_address && options_.anonymize_ip ? anonymized(consumer.name, arena) : consumer.name;
}

void Steps::hide_client(record::Record& record, Arena& arena) const {
  if (options_.anonymize_ip) record.client_ip = anonymized(text::trimmed(record.client_ip), arena);
}

// Behind all that is hidden: a template tells no more than the record then does.
void Steps::give_context(record::Record& record, Arena& arena, Random& random, Applied& applied) const {
  if (!record.context.empty()) {
    applied.context = ContextFrom::record;
    return;
  }
  for (std::size_t i = 0; i < options_.context_headers.size(); ++i) {
    record.context = header(record, options_.context_headers[i]);
    if (record.context.empty()) continue;
    applied.context = ContextFrom::header;
    applied.context_header = static_cast<std::uint16_t>(i);
    return;
  }
  if (template_.empty()) return;
  record.context = template_.text(record, arena, random);
  if (record.context.empty()) return;
  applied.context = ContextFrom::templated;
  record.is_plain = record.is_plain && !template_.needs_escaping();
}

}  // namespace pannier::process
