#include "receive/datagram_slots.h"

#include <cstring>

namespace pannier::receive {

namespace {

// A page and five cache lines further each: starts a whole number of pages apart would share one cache set.
constexpr std::size_t stride_of(std::size_t datagram_limit) {
  constexpr std::size_t page = 4096;
  return (datagram_limit + record::line_padding + page - 1) / page * page + std::size_t{5} * 64;
}

}  // namespace

DatagramSlots::DatagramSlots(std::size_t datagram_limit, bool with_senders)
    : with_senders_(with_senders), memory_(new char[count * stride_of(datagram_limit)]) {
  for (std::size_t index = 0; index < count; ++index) {
    places_[index] = {.iov_base = memory_.get() + index * stride_of(datagram_limit),
                      .iov_len = datagram_limit};
    headers_[index].msg_hdr.msg_iov = &places_[index];
    headers_[index].msg_hdr.msg_iovlen = 1;
  }
}

int DatagramSlots::receive(int fd) {
  if (with_senders_) lend_ancillary();
  return ::recvmmsg(fd, headers_.data(), count, MSG_DONTWAIT | MSG_CMSG_CLOEXEC, nullptr);
}

// The kernel writes into the length what it used, so it is set again for each call.
void DatagramSlots::lend_ancillary() {
  for (std::size_t index = 0; index < count; ++index) {
    headers_[index].msg_hdr.msg_control = ancillary_[index].bytes.data();
    headers_[index].msg_hdr.msg_controllen = ancillary_[index].bytes.size();
  }
}

Datagram DatagramSlots::datagram(std::size_t index) const {
  const mmsghdr& message = headers_[index];
  Datagram datagram{.bytes = {static_cast<const char*>(places_[index].iov_base), message.msg_len},
                    .is_cut = (message.msg_hdr.msg_flags & MSG_TRUNC) != 0};
  if (!with_senders_) return datagram;
  const cmsghdr* ancillary = CMSG_FIRSTHDR(&message.msg_hdr);
  if (ancillary != nullptr && ancillary->cmsg_level == SOL_SOCKET &&
      ancillary->cmsg_type == SCM_CREDENTIALS) {
    ucred sender{};
    std::memcpy(&sender, CMSG_DATA(ancillary), sizeof sender);
    datagram.uid = sender.uid;
  }
  return datagram;
}

}  // namespace pannier::receive
