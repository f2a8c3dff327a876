// One element of Malti's `requests` to a Record, or all that Malti's model finds wrong with it.
// Users: receive/malti_body. Threads: not safe; one belongs to one intake thread.
// Cost: about 0.2 us for a usual element, no allocation; escaped texts are written anew.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/json_reader.h"
#include "base/reasons.h"
#include "record/record.h"

namespace pannier::record {

struct MaltiFault;

// An entry of a 422's `detail`, in pydantic's words. All is views into the document, or constant.
struct MaltiMistake {
  std::string_view field{};            // empty: the element itself
  std::string_view type{}, message{};  // the message ends in `error`, where there is one
  std::string_view error{};            // of its ctx
  std::string_view input{};            // JSON as it was sent
};

class MaltiDecoder {
 public:
  // Reads what comes next in `document`, whose text must outlive the record. False: that is no JSON.
  bool read(json::Reader& document);

  // Gives back what a large element claimed; its record is gone.
  void forget() { arena_.reset(); }

  // Of the element just read; valid until the next. Empty mistakes: record() is valid.
  [[nodiscard]] std::span<const MaltiMistake> mistakes() const { return {mistakes_.data(), mistake_count_}; }
  [[nodiscard]] Reject reject() const;  // REQUIRES: a mistake
  [[nodiscard]] Record& record() { return record_; }
  // Malti takes it, and then fails on its whole batch: a number that its columns do not hold.
  [[nodiscard]] bool is_doomed() const { return doomed_; }
  // The record's texts are views into the document: it stays valid as long as that does.
  [[nodiscard]] bool is_all_views() const { return !has_own_text_; }
  [[nodiscard]] std::uint32_t unknown_fields() const { return unknown_; }
  // Texts that were set right: halves of surrogate pairs, NUL, CR, LF.
  [[nodiscard]] std::uint32_t changed_texts() const { return changed_; }

 private:
  static constexpr std::size_t field_count = 9;
  bool walk(json::Reader& document);
  bool take_key(json::Reader& document, std::size_t position, std::size_t& place);
  [[nodiscard]] bool is_given(std::size_t field) const { return (seen_ >> field & 1U) != 0; }
  void judge(std::string_view element);
  void judge_text(std::size_t field, bool required, std::string_view element, std::string_view& out);
  std::int64_t judge_whole(std::size_t field, std::string_view element);
  void judge_time();
  void keep_in_calendar();
  void note(std::size_t field, const MaltiFault& fault, std::string_view input);
  std::string_view written(const json::Reader::Value& value, bool& has_half);
  std::string_view set_right(const json::Reader::Value& value);

  std::array<json::Reader::Value, field_count> given_;  // those that are in `seen_`
  std::array<MaltiMistake, field_count> mistakes_;
  json::Reader::Value ignored_;
  std::array<std::uint8_t, field_count> order_{};  // of the last element's keys
  std::size_t mistake_count_ = 0;
  std::uint32_t seen_ = 0;    // bits of fields
  std::uint64_t faults_ = 0;  // bits of Reject
  std::uint32_t unknown_ = 0, changed_ = 0;
  bool doomed_ = false, has_own_text_ = false;
  Record record_;
  Arena arena_;  // texts that had escapes
};

}  // namespace pannier::record
