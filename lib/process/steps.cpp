#include "process/steps.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "process/address.h"
#include "process/consumer.h"
#include "process/endpoint.h"

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

Steps::Steps(Options options) : options_(std::move(options)), rules_(options_.endpoints) {}

void Steps::apply(record::Record& record, const Defaults& defaults, SystemTime arrival, Arena& arena) const {
  fill_in(record, defaults, arrival);
  name_endpoint(record, arena);
  name_consumer(record, arena);
  hide_client(record, arena);
  forget_headers(record);
}

void Steps::fill_in(record::Record& record, const Defaults& defaults, SystemTime arrival) const {
  fill(record, record.service, defaults.service, options_.service);
  fill(record, record.node, defaults.node, options_.node);
  if (record.has_created_at) return;
  record.created_at = arrival;
  record.has_created_at = true;
}

void Steps::name_endpoint(record::Record& record, Arena& arena) const {
  record.path = without_query(record.path);
  if (!record.endpoint.empty()) {
    record.endpoint = with_one_spelling(record.endpoint, arena);
  } else if (const auto named = rules_.endpoint_for(record.path); !named.empty()) {
    put(record, record.endpoint, named);
  } else {
    record.endpoint = without_ids(record.path, arena);
  }
}

void Steps::name_consumer(record::Record& record, Arena& arena) const {
  const Consumer consumer = consumer_of(record, options_.consumer_headers, options_.consumer_use_ip);
  record.consumer = consumer.name;
  if (consumer.is_address && options_.anonymize_ip) record.consumer = anonymized(consumer.name, arena);
}

void Steps::hide_client(record::Record& record, Arena& arena) const {
  if (options_.anonymize_ip) record.client_ip = anonymized(text::trimmed(record.client_ip), arena);
}

}  // namespace pannier::process
