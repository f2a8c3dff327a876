// Every part of the shim in a program as strict as any: see CMakeLists.txt for the flags that it must build
// with.
#include <pannier.hpp>

int main() {
  pannier::Client client;
  const pannier::Header headers[] = {{"a", "b"}};
  const pannier::Attribute attributes[] = {{"whole", 1},  {"long", -1L},   {"unsigned", 1ULL},
                                           {"real", 0.5}, {"text", "x"},   {"truth", true},
                                           {"none", {}},  {"letter", 'c'}, {"view", std::string_view("x")}};
  pannier::Record record;
  record.method = "GET";
  record.request_headers = headers;
  record.attributes = attributes;
  record.took(std::chrono::microseconds(5));
  client.report(record);
  client.flush(std::chrono::milliseconds(0));
  const pannier::Counters last = client.close(std::chrono::milliseconds(0));
  return last.all_dropped() == last[pannier::DropReason::closed] ? 0 : 1;
}
