// Who made the request, as far as the record tells.
// Users: steps. Threads: pure functions.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "process/applied.h"
#include "process/networks.h"
#include "record/record.h"

namespace pannier::process {

inline constexpr std::string_view anonymous = "anonymous";

struct Consumer {
  std::string_view name;  // never empty, no white space around it
  ConsumerFrom from{};    // forwarded and client_ip are addresses, so they may have to be anonymized
  std::uint16_t header = 0;
};

// Where an address comes from, if from anywhere: process.consumer.use_ip and trusted_proxies.
struct ClientRules {
  bool use_ip = false;
  Networks trusted{};  // empty: the first address of X-Forwarded-For is believed
};

// The record's own consumer, else the first of `headers` with a value, else the client's address where that
// is asked, else "anonymous". What the application or a header says is its word and stays, even if it looks
// like an address. Cost: no allocation; headers are looked at only where the record names no consumer.
Consumer consumer_of(const record::Record& record, std::span<const std::string> headers,
                     const ClientRules& client);

}  // namespace pannier::process
