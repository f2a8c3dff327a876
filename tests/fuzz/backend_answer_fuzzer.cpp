// Any bytes as a backend's answer, Malti's and Multiplayer's: what is judged of it names no record that was
// not sent, and none twice, waits no longer than is allowed, and what is shown of it is harmless and short.
// The input: status, number of records, a switch for form and coding, Retry-After up to a newline, the body.
#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "base/text.h"
#include "deliver/malti/verdict.h"
#include "deliver/otlp/verdict.h"
#include "deliver/retry_after.h"
#include "tests/fuzz/decoded_line.h"

namespace {

using namespace pannier;
using deliver::Judgement;
using deliver::Verdict;
using fuzz::require;

constexpr std::array<int, 16> statuses{200, 201, 204, 301, 400, 401, 403, 404,
                                       408, 413, 415, 422, 429, 500, 502, 503};

void check(const Judgement& judgement, std::uint32_t records) {
  const auto& indexes = judgement.indexes;
  require(std::is_sorted(indexes.begin(), indexes.end()), "indexes are in order");
  require(std::adjacent_find(indexes.begin(), indexes.end()) == indexes.end(), "none is named twice");
  require(indexes.empty() || indexes.back() < records, "only what was sent is named");
  require(indexes.empty() || judgement.verdict == Verdict::isolate, "names mean isolation");
  require(!judgement.wait || *judgement.wait <= deliver::longest_wish, "no wish is longer than an hour");
  require(!judgement.wait || *judgement.wait >= std::chrono::milliseconds::zero(), "nor negative");
  require(judgement.why.size() < 1000 && judgement.note.size() < 5000, "what is shown is short");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  if (input.size() < 3) return 0;
  const auto byte = [&input](std::size_t at) { return static_cast<std::uint8_t>(input[at]); };
  net::HttpOutcome outcome;
  outcome.handed_over = true;
  outcome.answer.emplace();
  outcome.answer->status = statuses.at(byte(0) % statuses.size());
  const std::uint32_t records = 1 + byte(1);
  const bool is_json = (byte(2) & 1) != 0;
  outcome.answer->content_type = is_json ? "application/json" : "application/x-protobuf";
  outcome.answer->body_cut = (byte(2) & 2) != 0;
  const bool packed = (byte(2) & 4) != 0;
  input.remove_prefix(3);
  const std::size_t line = std::min(input.find('\n'), input.size());
  outcome.answer->retry_after = input.substr(0, line);
  outcome.answer->body = input.substr(std::min(line + 1, input.size()));
  const SystemTime now{std::chrono::sys_days{std::chrono::year{2026} / 11 / 21}};
  check(deliver::malti::judge(outcome, records, now), records);
  using deliver::otlp::Encoding;
  const Encoding encoding = is_json ? Encoding::json : Encoding::protobuf;
  check(deliver::otlp::judge(outcome, {records, encoding, packed}, now), records);
  return 0;
}
