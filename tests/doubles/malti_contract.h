// What a Malti server says to one ingest request, without any network: reference/malti.md as a function.
// Users: ScriptedBackend. Threads: pure functions; a Contract is a value that its owner guards.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace pannier::doubles {

// A record as it was stored, by Malti or (otlp_contract.h) as a span. Text is as sent: Malti's HTML cleaner
// is not imitated.
struct MaltiRecord {
  std::string service, node, method, endpoint, consumer, context, created_at;
  std::int64_t status = 0, response_time = 0;
  std::string raw;          // its JSON as it came, white space gone
  std::size_t request = 0;  // index into ScriptedBackend::requests()
};

// How a batch fails that holds a poisoned record.
enum class Poison {
  unprocessable,         // 422 with the record's index
  unprocessable_hidden,  // 422 that names nobody
  bad_request,           // 400 that names nobody
  server_error_element,  // 500 with element #N
  server_error,          // 500 that names nobody
};

struct Contract {
  std::map<std::string, std::string> keys;      // key to the service that owns it
  std::map<std::string, std::string> users;     // a person's keys: 403
  std::map<std::string, Poison> poison;         // by context
  std::size_t largest_body = 64 * 1024 * 1024;  // above it 413, as a proxy in front would
  bool takes_gzip = true;                       // OTLP only: else packed bodies get 415
};

using Headers = std::map<std::string, std::string>;  // names in lower case

struct Answer {
  int status = 0;
  std::string body;
  Headers headers = {{"content-type", "application/json"}};
};

struct Ruling {
  Answer answer;
  std::vector<MaltiRecord> records;  // that the body holds, as far as it can be read
};

// The answer to POST /api/v1/ingest. The records are stored where it is a 200.
Ruling rule(const Contract& contract, const Headers& headers, std::string_view body);

}  // namespace pannier::doubles
