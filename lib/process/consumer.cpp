#include "process/consumer.h"

#include "base/text.h"
#include "process/address.h"

namespace pannier::process {
namespace {

std::string_view header(const record::Record& record, std::string_view name) {
  for (const record::Header& candidate : record.request_headers) {
    if (!text::equal_ignoring_case(candidate.name, name)) continue;
    const std::string_view value = text::trimmed(candidate.value);
    if (!value.empty()) return value;
  }
  return {};
}

std::string_view address_of(const record::Record& record) {
  const std::string_view forwarded = header(record, "x-forwarded-for");
  for (const std::string_view candidate :
       {text::trimmed(forwarded.substr(0, forwarded.find(','))), text::trimmed(record.client_ip)})
    if (is_address(candidate)) return candidate;
  return {};
}

}  // namespace

Consumer consumer_of(const record::Record& record, std::span<const std::string> headers, bool use_ip) {
  if (const auto given = text::trimmed(record.consumer); !given.empty()) return {.name = given};
  for (const std::string& name : headers)
    if (const auto value = header(record, name); !value.empty()) return {.name = value};
  if (use_ip)
    if (const auto address = address_of(record); !address.empty())
      return {.name = address, .is_address = true};
  return {.name = "anonymous"};
}

}  // namespace pannier::process
