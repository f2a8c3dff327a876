#include "daemon/guest_keys.h"

#include <algorithm>

namespace pannier::daemon {

using receive::KeyRuling;
using std::chrono::seconds;

namespace {

constexpr int unauthorized = 401;

KeyRuling busy(std::string_view detail, seconds retry_after) {
  return {.status = 503, .detail = std::string(detail), .retry_after = retry_after};
}

}  // namespace

// A 401 speaks of the key, a 403 of the key for this service.
const GuestKeys::Guest* GuestKeys::refused(std::string_view key, std::string_view service,
                                           SteadyTime now) const {
  const auto found = std::ranges::find_if(guests_, [&](const Guest& guest) {
    return guest.refused_until && now < *guest.refused_until && guest.key.reveal() == key &&
           (guest.refusal.status == unauthorized || guest.service == service);
  });
  return found == guests_.end() ? nullptr : &*found;
}

GuestKeys::Guest* GuestKeys::find(std::string_view key, std::string_view service) {
  const auto found = std::ranges::find_if(
      guests_, [&](const Guest& guest) { return guest.service == service && guest.key.reveal() == key; });
  return found == guests_.end() ? nullptr : &*found;
}

// The one that was not used for longest of those that hold nothing.
bool GuestKeys::make_place() {
  if (guests_.size() < most_open) return true;
  auto idle = guests_.end();
  for (auto guest = guests_.begin(); guest != guests_.end(); ++guest)
    if (hooks_.is_empty(guest->lane) && (idle == guests_.end() || guest->last_used < idle->last_used))
      idle = guest;
  if (idle == guests_.end()) return false;
  guests_.erase(idle);
  return true;
}

GuestKeys::Guest* GuestKeys::open_one(std::string_view key, std::string_view service) {
  if (!make_place()) return nullptr;
  Secret secret{std::string(key)};
  const auto lane = hooks_.open(service, secret);
  if (!lane) return nullptr;
  Guest& guest = guests_.emplace_back();
  guest.service = service;
  guest.key = std::move(secret);
  guest.lane = *lane;
  return &guest;
}

KeyRuling GuestKeys::admit(std::string_view key, std::string_view service, std::size_t records,
                           SteadyTime now) {
  if (const Guest* known = refused(key, service, now))
    return {.status = known->refusal.status, .detail = known->refusal.detail};
  Guest* guest = find(key, service);
  if (guest == nullptr) guest = open_one(key, service);
  if (guest == nullptr)
    return busy("too many keys that pannier was not given; list this service under deliver.malti.keys",
                seconds(60));
  guest->last_used = now;
  if (!guest->is_proven && guest->unproven + records > most_unproven)
    return busy("this key is not proven yet; pannier takes 1000 records until Malti has taken one batch",
                seconds(5));
  if (!guest->is_proven) guest->unproven += records;
  return {.lane = guest->lane};
}

void GuestKeys::said(observe::LaneId lane, const KeyWord& word, SteadyTime now) {
  const auto guest = std::ranges::find(guests_, lane, &Guest::lane);
  if (guest == guests_.end()) return;
  if (word.is_good) {
    guest->is_proven = true;
    guest->refused_until.reset();
    return;
  }
  guest->refused_until = now + refused_for;
  guest->refusal = word;
}

void GuestKeys::closed(observe::LaneId lane) {
  std::erase_if(guests_, [lane](const Guest& guest) { return guest.lane == lane; });
}

}  // namespace pannier::daemon
