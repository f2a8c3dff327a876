// What Malti's ingest answers, word for word: as FastAPI writes it. Users: malti_body, the ingest route.
// Threads: pure functions; a DetailList belongs to one body.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "record/malti_decoder.h"

namespace pannier::receive {

struct MaltiAnswer {
  int status = 200;
  std::string json;
};

MaltiAnswer malti_stored(std::uint64_t count, std::string_view service);     // 200
MaltiAnswer malti_detail(int status, std::string_view text);                 // {"detail":"…"}
MaltiAnswer malti_mismatch(std::string_view owner, std::string_view other);  // 403: whose the key is
MaltiAnswer malti_media_type();  // 422: no JSON content type. Malti's own echoes the body

// 422: the body is no JSON, by what stands there; `at` in characters.
MaltiAnswer malti_json_invalid(std::string_view message, std::size_t at);

// The `detail` of a 422. Bounded: `most` mistakes are listed, each with an input of at most longest_echo
// bytes, and none any more once it is `enough` bytes long: at most 250 KiB in all.
class DetailList {
 public:
  static constexpr std::size_t most = 100;
  static constexpr std::size_t enough = 240UL * 1024;

  void clear();
  void add(std::string_view member,
           const record::MaltiMistake& mistake);                       // of the body; empty: the body itself
  void add(std::uint64_t index, const record::MaltiMistake& mistake);  // of an element of `requests`
  [[nodiscard]] MaltiAnswer answer() const;

 private:
  bool open(const record::MaltiMistake& mistake);
  void close(const record::MaltiMistake& mistake);
  std::string entries_;
  std::size_t count_ = 0;
};

}  // namespace pannier::receive
