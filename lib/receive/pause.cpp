#include "receive/pause.h"

namespace pannier::receive {

void Pause::ask(SteadyTime now) {
  if (!until_ && !ran_out_) until_ = now + longest_;
}

void Pause::room_came() {
  until_.reset();
  ran_out_ = false;
}

bool Pause::is_on(SteadyTime now) {
  if (until_ && now >= *until_) {
    until_.reset();
    ran_out_ = true;
  }
  return until_.has_value();
}

}  // namespace pannier::receive
