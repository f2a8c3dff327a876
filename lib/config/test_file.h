// What `pannier test` reads: sample records, each with what is expected to become of it. All mistakes at
// once, as of a configuration.
//   - name: a user by number
//     from: unix_stream                 # or unix_datagram, udp, http_malti (an SDK's)
//     hello: { service: web }           # what its connection said first
//     record: { method: GET, path: /users/7, status: 200, response_time: 12 }
//     expect: { endpoint: "/users/{id}", malti: malti/web, multiplayer: not_session }
// `line: '…'` in the place of `record` is the wire's text as it is. Users: the command test.
// Threads: pure functions. Bounds: read_yaml's.
#pragma once
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/expectation.h"
#include "config/mistake.h"
#include "observe/ids.h"

namespace pannier::config {

struct SampleRecord {
  std::string name;  // empty: it has none
  Place place;
  observe::ListenerId from = observe::ListenerId::unix_stream;
  std::string hello;  // a control line; empty: none
  std::string line;   // as on the wire
  std::vector<Expectation> expected;
};

// Sorted mistakes, or at least one sample. `source` is the file's name in mistakes.
std::variant<std::vector<SampleRecord>, Mistakes> read_test_file(std::string_view text,
                                                                 const std::string& source);

}  // namespace pannier::config
