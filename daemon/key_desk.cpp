#include "daemon/key_desk.h"

#include <algorithm>

namespace pannier::daemon {

using receive::KeyRuling;

namespace {

constexpr std::string_view key_required = "API key required";
constexpr std::string_view key_unknown = "Invalid API key";
constexpr std::size_t longest_key = 4096;

KeyRuling refused(int status, std::string_view detail) {
  return {.status = status, .detail = std::string(detail)};
}

// Takes as long for any other key of this length.
bool is_same(std::string_view one, std::string_view other) {
  if (one.size() != other.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < one.size(); ++i)
    difference |= static_cast<unsigned char>(one[i]) ^ static_cast<unsigned char>(other[i]);
  return difference == 0;
}

// It goes into a header of ours.
bool may_be_shown(std::string_view key) {
  return key.size() <= longest_key && is_secret_text(key);
}

}  // namespace

void KeyDesk::set(const config::Settings& settings) {
  Keys senders;
  for (const auto& [service, source] : settings.receive.http.keys) senders.emplace(service, source.secret);
  std::set<std::string, std::less<>> owned;
  for (const auto& [service, source] : settings.malti.keys) owned.insert(service);
  const std::lock_guard lock(mutex_);
  is_malti_on_ = settings.malti.enabled;
  senders_ = std::move(senders);
  owned_ = std::move(owned);
}

KeyRuling KeyDesk::judge(std::string_view key, std::string_view service, std::size_t records,
                         SteadyTime now) {
  const std::lock_guard lock(mutex_);
  if (!senders_.empty()) return check(key, service);
  if (service.empty() || !is_malti_on_ || owned_.contains(service)) return {};
  if (key.empty()) return refused(401, key_required);
  if (!may_be_shown(key)) return refused(401, key_unknown);
  return guests_.admit(key, service, records, now);
}

KeyRuling KeyDesk::check(std::string_view key, std::string_view service) const {
  if (key.empty()) return refused(401, key_required);
  const std::string* owner = nullptr;
  for (const auto& [name, secret] : senders_)
    if (is_same(secret.reveal(), key)) owner = &name;
  if (owner == nullptr) return refused(401, key_unknown);
  if (service.empty() || *owner == service) return {};
  return refused(403, "Service mismatch: expected " + *owner + ", got " + std::string(service));
}

void KeyDesk::said(observe::LaneId lane, const KeyWord& word, SteadyTime now) {
  const std::lock_guard lock(mutex_);
  guests_.said(lane, word, now);
}

void KeyDesk::closed(observe::LaneId lane) {
  const std::lock_guard lock(mutex_);
  guests_.closed(lane);
}

}  // namespace pannier::daemon
