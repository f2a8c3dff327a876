#include "queue/spool.h"

#include <utility>

#include "queue/spool_worker.h"

namespace pannier::queue {

Spool::Spool(const SpoolOptions& options, std::size_t lanes, Rings& rings, observe::Ledger& ledger,
             Hooks hooks)
    : worker_(std::make_unique<Worker>(options, lanes, rings, ledger, std::move(hooks))) {}
Spool::~Spool() {
  worker_->join();
}
Result<void> Spool::open(std::chrono::milliseconds longest) {
  return worker_->open(longest);
}
void Spool::start() {
  worker_->start();
}
bool Spool::stop(std::chrono::milliseconds longest) {
  return worker_->stop(longest);
}
void Spool::ended(std::span<const RowEnd> ends, std::vector<Letter> letters) {
  if (ends.empty() && letters.empty()) return;
  worker_->note_buried(letters);
  worker_->post(
      [&](Worker::Inbox& inbox) {
        inbox.ends.insert(inbox.ends.end(), ends.begin(), ends.end());
        for (Letter& letter : letters) inbox.add(std::move(letter));
      },
      Worker::When::gathered);
}
void Spool::order(LetterOrder order) {
  worker_->post([&](Worker::Inbox& inbox) { inbox.orders.push_back(std::move(order)); });
}
void Spool::ask(LetterQuestion question) {
  worker_->post([&](Worker::Inbox& inbox) { inbox.questions.push_back(std::move(question)); });
}
void Spool::put_back(PutBack batch) {
  worker_->post([&batch](Worker::Inbox& inbox) { inbox.batches.push_back(std::move(batch)); });
}
void Spool::flush() {
  worker_->post([](Worker::Inbox& inbox) { inbox.flush = true; });
}
SpoolFacts Spool::facts() const {
  return worker_->facts();
}
const SpoolOptions& Spool::options() const {
  return worker_->options();
}

}  // namespace pannier::queue
