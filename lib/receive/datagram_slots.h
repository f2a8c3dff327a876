// Room for as many datagrams as one recvmmsg takes, each with padding behind it, and the system call itself.
// Users: DatagramListener. Threads: not safe; one belongs to one datagram thread.
// Memory: 64 times the datagram limit of address space; a page is touched when a datagram first reaches it.
#pragma once
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <memory>

#include "receive/datagram_reader.h"

namespace pannier::receive {

class DatagramSlots {
 public:
  static constexpr std::size_t count = 64;

  // `with_senders`: the socket tells its senders' uids (SO_PASSCRED).
  DatagramSlots(std::size_t datagram_limit, bool with_senders);
  DatagramSlots(const DatagramSlots&) = delete;
  DatagramSlots& operator=(const DatagramSlots&) = delete;

  // What lies in the socket, without waiting. How many datagrams; -1: none, errno says why.
  int receive(int fd);
  // REQUIRES: index is below what receive() returned last. Views until the next receive().
  [[nodiscard]] Datagram datagram(std::size_t index) const;

 private:
  // Exactly the room that one uid needs: descriptors that a sender attaches find none and are not received.
  struct alignas(cmsghdr) Ancillary {
    std::array<char, CMSG_SPACE(sizeof(ucred))> bytes;
  };

  void lend_ancillary();

  bool with_senders_;
  std::unique_ptr<char[]> memory_;
  std::array<iovec, count> places_{};
  std::array<Ancillary, count> ancillary_{};
  std::array<mmsghdr, count> headers_{};
};

}  // namespace pannier::receive
