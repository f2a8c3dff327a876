// Reads bodies from standard input, each behind a line with its size, and prints what MaltiBody makes of it:
// a line {"status":…,"body":…} with Malti's answer, or with the records of a good one. Users: ingest_test.py.
#include <cstdio>
#include <iostream>
#include <string>

#include "base/json.h"
#include "receive/malti_body.h"
#include "record/line_decoder.h"
#include "record/time_text.h"

namespace {

using namespace pannier;

void write_record(json::Writer& json, const record::Record& record, bool doomed) {
  json.begin('{');
  json.key("service").text(record.service).key("node").text(record.node);
  json.key("method").text(record.method).key("endpoint").text(record.endpoint);
  json.key("status").number(record.status).key("response_time").number(record.response_ms);
  json.key("consumer").text(record.consumer).key("context").text(record.context);
  if (record.has_created_at) {
    char text[record::utc_text_bytes];
    record::write_utc(text, record.created_at);
    json.key("created_at").text({text, sizeof text});
  }
  json.key("is_plain").boolean(record.is_plain).key("doomed").boolean(doomed).end('}');
}

void answer(receive::MaltiBody& body, std::string_view text) {
  json::Writer json;
  json.begin('{');
  if (body.read(text)) {
    json.key("status").number(200).key("body").begin('[');
    body.each([&](record::Record& record, bool doomed) { write_record(json, record, doomed); });
    json.end(']').key("changed").number(body.changed_texts()).key("unknown").number(body.unknown_fields());
  } else {
    json.key("status").number(body.answer().status).key("body").raw(body.answer().json);
    json.key("rejected").begin('{');
    for (std::size_t i = 0; i < count_of<Reject>; ++i)
      if (body.rejected().at(i) != 0) json.key(name(static_cast<Reject>(i))).number(body.rejected().at(i));
    json.end('}');
  }
  std::puts(json.end('}').str().c_str());
}

}  // namespace

int main() {
  receive::MaltiBody body;
  std::string size;
  while (std::getline(std::cin, size)) {
    const std::size_t bytes = std::stoul(size);
    std::string text(bytes + record::line_padding, '"');
    std::cin.read(text.data(), static_cast<std::streamsize>(bytes));
    answer(body, {text.data(), bytes});
  }
  return 0;
}
