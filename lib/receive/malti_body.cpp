#include "receive/malti_body.h"

#include <simdjson.h>

#include <algorithm>
#include <utility>

namespace pannier::receive {
namespace {

using json::Reader;
using record::MaltiMistake;

constexpr std::string_view unparsable = "There was an error parsing the body";

// Python would read UTF-16 and UTF-32, which no SDK writes; their first character has a zero byte.
bool is_wide(std::string_view body) {
  return body.size() > 1 && (body[0] == '\0' || body[1] == '\0');
}

std::size_t characters(std::string_view text) {
  const auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; };
  return static_cast<std::size_t>(std::ranges::count_if(text, begins));
}

bool is_requests(const Reader::Value& key) {
  constexpr std::string_view name = "requests";
  if (!key.escaped) return key.inside() == name;
  if (key.inside().size() > name.size() * 6) return false;
  std::array<char, name.size() * 6> text{};
  bool has_half = false;
  const char* const end = json::unescape_to(text.data(), key.inside(), has_half);
  return std::string_view(text.data(), static_cast<std::size_t>(end - text.data())) == name;
}

}  // namespace

bool MaltiBody::read(std::string_view body) {
  unreadable_ = false;
  has_requests_ = false;
  begin_requests();
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  if (body.starts_with(byte_order_mark)) body.remove_prefix(byte_order_mark.size());
  if (is_wide(body) || !simdjson::validate_utf8(body.data(), body.size())) {
    unreadable_ = true;
    return refuse(malti_detail(400, unparsable), Reject::utf8);
  }
  if (body.empty())
    return refuse_whole("", {.type = "missing", .message = "Field required", .input = "null"});
  Reader reader(body);
  const bool is_json = parse(reader);
  decoder_.forget();
  if (is_json) return judge();
  unreadable_ = true;
  const auto& [message, at] = reader.complaint();
  return refuse(message.empty() ? malti_detail(400, unparsable)
                                : malti_json_invalid(message, characters(body.substr(0, at))),
                Reject::json);
}

bool MaltiBody::refuse(MaltiAnswer answer, Reject reason) {
  answer_ = std::move(answer);
  rejected_ = {};
  rejected_[static_cast<std::size_t>(reason)] = 1;
  return false;
}

bool MaltiBody::refuse_whole(std::string_view member, const MaltiMistake& mistake) {
  details_.clear();
  details_.add(member, mistake);
  return refuse(details_.answer(), Reject::json);
}

bool MaltiBody::parse(Reader& reader) {
  is_object_ = reader.peek() == '{';
  const char* const begin = reader.place();
  Reader::Value ignored;
  if (is_object_ ? !walk_root(reader) : !reader.value(ignored)) return false;
  root_ = {begin, static_cast<std::size_t>(reader.place() - begin)};
  return reader.finish();
}

bool MaltiBody::walk_root(Reader& reader) {
  bool more = false;
  if (!reader.enter(more)) return false;
  while (more) {
    Reader::Value key, value;
    if (!reader.key(key)) return false;
    const bool is_ours = is_requests(key);
    is_list_ = is_ours ? reader.peek() == '[' : is_list_;
    if (is_ours && is_list_ ? !walk_requests(reader) : !reader.value(value)) return false;
    if (is_ours && !is_list_) requests_ = value.raw;
    has_requests_ = has_requests_ || is_ours;
    if (!reader.next(more)) return false;
  }
  return true;
}

// Of two lists the last one counts.
void MaltiBody::begin_requests() {
  rejected_ = {};
  details_.clear();
  kept_.clear();
  count_ = faulty_ = unknown_fields_ = changed_texts_ = 0;
  has_other_ = false;
}

bool MaltiBody::walk_requests(Reader& reader) {
  begin_requests();
  const char* const begin = reader.place();
  bool more = false;
  if (!reader.enter(more)) return false;
  while (more) {
    const char* const place = reader.place();
    if (!decoder_.read(reader)) return false;
    take_element(place);
    if (!reader.next(more)) return false;
  }
  requests_ = {begin, static_cast<std::size_t>(reader.place() - begin)};
  return true;
}

void MaltiBody::take_element(const char* place) {
  const auto mistakes = decoder_.mistakes();
  for (const MaltiMistake& mistake : mistakes) details_.add(count_, mistake);
  if (!mistakes.empty()) {
    ++rejected_[static_cast<std::size_t>(decoder_.reject())];
    ++faulty_;
  } else if (faulty_ == 0) {
    note_service(decoder_.record().service);
    keep(place);
  }
  ++count_;
  unknown_fields_ += decoder_.unknown_fields();
  changed_texts_ += decoder_.changed_texts();
}

// What was decoded once need not be decoded again.
void MaltiBody::keep(const char* place) {
  if (kept_.size() != count_) return;
  if (kept_.size() < most_kept && decoder_.is_all_views())
    kept_.push_back({decoder_.record(), decoder_.is_doomed()});
  else
    rest_ = place;
}

void MaltiBody::note_service(std::string_view service) {
  if (count_ == 0) {
    service_ = service;
  } else if (!has_other_ && service != service_) {
    has_other_ = true;
    other_service_ = service;
  }
}

bool MaltiBody::judge() {
  if (!is_object_)
    return refuse_whole("", {.type = "model_attributes_type",
                             .message = "Input should be a valid dictionary or object to extract fields from",
                             .input = root_});
  if (!has_requests_)
    return refuse_whole("requests", {.type = "missing", .message = "Field required", .input = root_});
  if (!is_list_)
    return refuse_whole("requests",
                        {.type = "list_type", .message = "Input should be a valid list", .input = requests_});
  if (count_ == 0) {
    answer_ = malti_detail(400, "Empty requests array is not allowed");
    return false;
  }
  if (faulty_ == 0) return true;
  rejected_[static_cast<std::size_t>(Reject::batch)] = count_ - faulty_;
  answer_ = details_.answer();
  return false;
}

std::optional<std::string_view> MaltiBody::other_service() const {
  return has_other_ ? std::optional<std::string_view>(other_service_) : std::nullopt;
}

std::optional<std::string_view> MaltiBody::stranger_to(std::string_view owner) const {
  if (service_ != owner) return service_;
  return other_service();
}

}  // namespace pannier::receive
