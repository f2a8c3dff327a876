// Dead letters in the spool's core: how many may wait for the disk, and what a person orders.
#include <algorithm>
#include <utility>

#include "queue/spool_core.h"

namespace pannier::queue {

// Whatever becomes of a letter, its records are dead, and counted so.
void SpoolCore::buried(std::vector<Letter> letters, SteadyTime now) {
  for (Letter& letter : letters) {
    count_dead({letter.lane, letter.reason, letter.slice.is_stored()}, letter.slice.records());
    letter_bytes_ += letter.slice.bytes().size();
    letters_.push_back(std::move(letter));
    due_by(now + gather);
  }
  give_up_letters(trouble_.empty() ? most_waiting_letters : waiting_letters);
}

void SpoolCore::unkept(const UnkeptLetter& letter, std::uint64_t records, SteadyTime now) {
  count_dead(letter, records);
  purge_unkept(records);
  due_by(now + gather);
}

// Of those that were stored their rows' ends tell.
void SpoolCore::count_dead(const UnkeptLetter& letter, std::uint64_t records) {
  if (letter.is_stored) return;
  numbers_[{letter.lane, observe::Account::died_unstored, 0}] += records;
  numbers_[{letter.lane, observe::Account::dead, number_of(letter.reason)}] += records;
}

void SpoolCore::purge_unkept(std::uint64_t records) {
  numbers_[{0, observe::Account::purged, number_of(Purge::no_store)}] += records;
  rings_.purged(Purge::no_store, records);
}

void SpoolCore::give_up_letters(std::size_t most_bytes) {
  while (letter_bytes_ > most_bytes) {
    const Slice slice = std::move(letters_.front().slice);
    letters_.pop_front();
    letter_bytes_ -= slice.bytes().size();
    purge_unkept(slice.records());
  }
}

void SpoolCore::asked_for_letters(SteadyTime now) {
  if (!letters_.empty()) due_by(now);
}

void SpoolCore::order(LetterOrder order) {
  orders_.push_back(std::move(order));
}

void SpoolCore::add_letters(Work& work) {
  // However small the spool is, most of it is for what can still be delivered.
  work.transaction.letter_bytes = std::min(options_.letter_bytes, options_.bytes / 4);
  for (Letter& letter : letters_) {
    const std::string_view lane = lane_of(letter.lane).name;
    work.transaction.letters.push_back({next_row_++, lane, std::move(letter)});
  }
  letters_.clear();
  letter_bytes_ = 0;
}

void SpoolCore::add_removal(Work& work) {
  if (orders_.empty()) return;
  work.order = std::move(orders_.front());
  orders_.pop_front();
  LetterRemoval removal{work.order->which,  letters_at_once, work.order->replay,
                        work.order->reason, next_row_,       rings_.destinations_on()};
  if (removal.replay) next_row_ += static_cast<RowId>(letters_at_once);
  work.transaction.removal = std::move(removal);
}

void SpoolCore::removed(Work& work, const Applied& applied, Outcome& out) {
  rings_.purged(Purge::bytes, applied.letters_over);
  rings_.purged(Purge::corrupt, applied.letters_corrupt);
  if (!work.order) return;
  LetterOrder order = std::move(*work.order);
  order_done_.corrupt += applied.letters_corrupt;
  for (const RemovedLetters& lane : applied.removed) {
    order_done_.letters += lane.letters;
    order_done_.records += lane.records;
    if (order.replay)
      replayed(lane);
    else
      rings_.purged(order.reason, lane.records);
  }
  if (applied.removed_all) return end_order(order, {}, out);
  order.which.after = applied.removed_up_to;
  orders_.push_front(std::move(order));
}

void SpoolCore::end_order(const LetterOrder& order, std::string failure, Outcome& out) {
  order_done_.token = order.token;
  order_done_.failure = std::move(failure);
  out.orders.push_back(std::exchange(order_done_, {}));
}

void SpoolCore::replayed(const RemovedLetters& letters) {
  const LaneId lane = lane_named_(letters.lane);
  lane_of(lane).bytes += letters.bytes;
  rings_.replayed(lane, letters.records);
}

void SpoolCore::give_up_orders(Outcome& out) {
  for (const LetterOrder& order : std::exchange(orders_, {}))
    end_order(order, "the spool could not be opened; see: pannier status", out);
}

}  // namespace pannier::queue
