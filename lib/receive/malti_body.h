// The body of Malti's POST /api/v1/ingest, taken as Malti's model takes it: all its records or Malti's own
// answer. Users: the ingest route. Threads: not safe; one belongs to one intake thread, and is used again.
// Cost: about 0.25 us a usual record for read() and each() together, no allocation a record. Bounded: at most
// most_kept records are kept from the one to the other, some 270 KiB; those behind are decoded twice.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_reader.h"
#include "base/reasons.h"
#include "receive/malti_answer.h"
#include "record/malti_decoder.h"

namespace pannier::receive {

class MaltiBody {
 public:
  static constexpr std::size_t most_kept = 1024;

  // Reads the whole body; nothing of it counts before all is good. False: answer() says what Malti would, and
  // rejected() what goes to the ledger. REQUIRES: record::line_padding readable bytes behind `body`, which
  // must outlive each().
  bool read(std::string_view body);

  // REQUIRES: read() said false.
  [[nodiscard]] const MaltiAnswer& answer() const { return answer_; }
  // True where the body could not be parsed: FastAPI says that before it looks at the key, all else after.
  [[nodiscard]] bool is_unreadable() const { return unreadable_; }
  // The lines of the ledger's sum, by reason: records with a mistake by their field, the others `batch`; a
  // body that can't be read is one line; one whose `requests` are empty is none.
  [[nodiscard]] const std::array<std::uint64_t, count_of<Reject>>& rejected() const { return rejected_; }

  // REQUIRES for all that follows: read() said true.
  [[nodiscard]] std::uint64_t count() const { return count_; }  // of records; at least 1
  [[nodiscard]] std::uint64_t unknown_fields() const { return unknown_fields_; }
  [[nodiscard]] std::uint64_t changed_texts() const { return changed_texts_; }  // set right
  // The first record's service, and the first other one, if any: views that live until the next read().
  [[nodiscard]] std::string_view service() const { return service_; }
  [[nodiscard]] std::optional<std::string_view> other_service() const;
  // The first record's service that is not `owner`'s: for 403 by malti_mismatch().
  [[nodiscard]] std::optional<std::string_view> stranger_to(std::string_view owner) const;

  // Hands out the records in order: visit(record::Record&, bool is_doomed). A record lives during its visit.
  // A doomed one Malti takes, and then fails on its batch: it is to become a dead letter (out_of_range).
  template <typename Visit>
  void each(Visit&& visit) {
    for (const Kept& kept : kept_) {
      record::Record record = kept.record;
      visit(record, kept.is_doomed);
    }
    if (kept_.size() == count_) return;
    json::Reader reader(requests_);
    bool more = false;
    reader.enter(more);
    reader.resume_at(rest_);
    while (more) {
      decoder_.read(reader);
      visit(decoder_.record(), decoder_.is_doomed());
      reader.next(more);
    }
    decoder_.forget();
  }

 private:
  struct Kept {
    record::Record record;
    bool is_doomed = false;
  };
  bool refuse(MaltiAnswer answer, Reject reason);
  bool refuse_whole(std::string_view member, const record::MaltiMistake& mistake);
  bool parse(json::Reader& reader);
  bool walk_root(json::Reader& reader);
  bool walk_requests(json::Reader& reader);
  void begin_requests();
  void take_element(const char* place);
  void note_service(std::string_view service);
  void keep(const char* place);
  bool judge();

  record::MaltiDecoder decoder_;
  DetailList details_;
  MaltiAnswer answer_;
  std::array<std::uint64_t, count_of<Reject>> rejected_{};
  std::string_view root_, requests_;  // their text
  std::vector<Kept> kept_;            // the first records, up to one that has texts of its own
  const char* rest_ = nullptr;        // where the first begins that is not kept
  std::string service_, other_service_;
  std::uint64_t count_ = 0, faulty_ = 0, unknown_fields_ = 0, changed_texts_ = 0;
  bool is_object_ = false, has_requests_ = false, is_list_ = false, has_other_ = false, unreadable_ = false;
};

}  // namespace pannier::receive
