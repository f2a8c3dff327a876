#include "simulation/spool_story.h"

#include <vector>

#include "simulation/record_ids.h"
#include "simulation/story.h"

namespace pannier::simulation {
namespace {

std::string records_of(const queue::Slice& slice) {
  std::vector<RecordId> records;
  add_records_of(slice, records);
  return named(records);
}

// A part of the sentence.
void add(std::string& story, const std::string& part) {
  story.append(story.empty() ? "" : "; ").append(part);
}

std::string story_of(const queue::Finish& finish) {
  const std::string records = counted(finish.records, "record");
  const std::string row = "row " + std::to_string(finish.row) + " of " + std::string(finish.lane);
  if (finish.whole) return row + " is removed, its last " + records + " came to an end";
  return records + " of " + row + " came to an end, the rest stays";
}

}  // namespace

std::string story_of(const queue::Transaction& transaction) {
  std::string story;
  for (const queue::MakeRoom& room : transaction.make_room)
    add(story, "the oldest rows of " + std::string(room.rows.lane) + " give way, the spool is full");
  for (const queue::Put& put : transaction.puts)
    add(story, records_of(put.slice) + " of " + std::string(put.lane) + " as row " + std::to_string(put.row) +
                   (put.slice.maybe_sent ? " (maybe sent)" : ""));
  for (const queue::Finish& finish : transaction.finishes) add(story, story_of(finish));
  for (const queue::LetterPut& put : transaction.letters)
    add(story, records_of(put.letter.slice) + " of " + std::string(put.lane) + " as dead letter " +
                   std::to_string(put.id));
  if (transaction.removal)
    add(story, transaction.removal->replay ? "dead letters become rows again" : "dead letters are purged");
  if (transaction.is_trial) add(story, "nothing, to see whether the disk is well");
  return story.empty() ? "numbers only" : story;
}

std::string story_of(const queue::Loaded& loaded) {
  std::string story;
  for (const queue::LoadedRow& row : loaded.rows) {
    std::vector<RecordId> records;
    for (const queue::RecordRange& range : row.left) {
      if (!row.segment) continue;
      add_records_of({row.segment, range.first, range.last}, records);
    }
    add(story, "row " + std::to_string(row.row) +
                   (row.segment ? ", " + named(records) : std::string(" is damaged, its records are lost")) +
                   (row.maybe_sent ? " (maybe sent)" : ""));
  }
  return story.empty() ? "nothing" : story;
}

}  // namespace pannier::simulation
