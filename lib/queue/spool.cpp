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
Result<void> Spool::open() {
  return worker_->open();
}
void Spool::start() {
  worker_->start();
}
bool Spool::stop(std::chrono::milliseconds longest) {
  return worker_->stop(longest);
}
void Spool::ended(std::span<const RowEnd> ends) {
  if (ends.empty()) return;
  worker_->post(
      [ends](Worker::Inbox& inbox) { inbox.ends.insert(inbox.ends.end(), ends.begin(), ends.end()); },
      Worker::When::gathered);
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
