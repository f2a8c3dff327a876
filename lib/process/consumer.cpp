#include "process/consumer.h"

#include "base/text.h"
#include "process/forwarded.h"
#include "process/headers.h"

namespace pannier::process {
namespace {

Consumer named_by_address(const record::Record& record, const Networks& trusted) {
  const Client client = client_of(record, trusted);
  if (client.address.empty()) return {.name = anonymous, .from = ConsumerFrom::nobody};
  return {.name = client.address,
          .from = client.is_forwarded ? ConsumerFrom::forwarded : ConsumerFrom::client_ip};
}

}  // namespace

Consumer consumer_of(const record::Record& record, std::span<const std::string> headers,
                     const ClientRules& client) {
  if (const auto given = text::trimmed(record.consumer); !given.empty()) return {.name = given};
  for (std::size_t i = 0; i < headers.size(); ++i)
    if (const auto value = header(record, headers[i]); !value.empty())
      return {.name = value, .from = ConsumerFrom::header, .header = static_cast<std::uint16_t>(i)};
  if (client.use_ip) return named_by_address(record, client.trusted);
  return {.name = anonymous, .from = ConsumerFrom::nobody};
}

}  // namespace pannier::process
