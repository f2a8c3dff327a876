#include "net/unix_socket.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/un.h>

#include <cstring>
#include <fstream>
#include <vector>

#include "tests/net/scratch.h"

namespace pannier::net::test {
namespace {

using testing::HasSubstr;

struct stat status_of(const std::string& path) {
  struct stat status{};
  EXPECT_EQ(::lstat(path.c_str(), &status), 0) << path;
  return status;
}

unsigned mode_of(const std::string& path) {
  return status_of(path).st_mode & 07777U;
}

int call(int socket, const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  return ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

Fd client(int type, const std::string& path) {
  Fd fd(::socket(AF_UNIX, type | SOCK_NONBLOCK, 0));
  return call(fd.get(), path) == 0 ? std::move(fd) : Fd();
}

std::string refusal(const Result<UnixSocket>& result, ErrorCode code) {
  if (result) return "no error";
  EXPECT_EQ(result.error().code, code) << result.error().message;
  return result.error().message;
}

const std::string us = "held by test_net (pid " + std::to_string(::getpid()) + ")";

class Umask {
 public:
  explicit Umask(mode_t mask) : before_(::umask(mask)) {}
  ~Umask() { ::umask(before_); }

 private:
  mode_t before_;
};

TEST(UnixSocketTest, HasJustTheModeThatWasAskedForWhateverTheUmask) {
  for (const mode_t mask : {0000U, 0022U, 0077U, 0777U}) {
    const Scratch scratch;
    const Umask umask(mask);
    for (const mode_t mode : {0600U, 0660U, 0666U}) {
      const std::string path = scratch.path("s" + std::to_string(mode));
      ASSERT_TRUE(listen_unix({.path = path, .mode = mode})) << path;
      EXPECT_EQ(mode_of(path), mode);
    }
  }
}

TEST(UnixSocketTest, BelongsToItsGroup) {
  const Scratch scratch;
  // Only root may give a file to a group that it is not in.
  const group* wanted = ::geteuid() == 0 ? ::getgrnam("nogroup") : ::getgrgid(::getegid());
  ASSERT_NE(wanted, nullptr);
  const gid_t gid = wanted->gr_gid;
  const std::string path = scratch.path("control/s");
  ASSERT_TRUE(listen_unix({.path = path, .mode = 0660, .group = wanted->gr_name, .directory_mode = 0710}));
  EXPECT_EQ(status_of(path).st_gid, gid);
  EXPECT_EQ(mode_of(path), 0660U);
  EXPECT_EQ(status_of(scratch.path("control")).st_gid, gid);
  EXPECT_EQ(mode_of(scratch.path("control")), 0710U);
}

TEST(UnixSocketTest, NamesAGroupThatIsUnknownAndLeavesNothingBehind) {
  const Scratch scratch;
  const auto message =
      refusal(listen_unix({.path = scratch.path("a/s"), .group = "no-such-group"}), ErrorCode::invalid);
  EXPECT_THAT(message, HasSubstr("there is no group \"no-such-group\""));
  EXPECT_FALSE(std::filesystem::exists(scratch.path("a")));
}

TEST(UnixSocketTest, MakesItsDirectories) {
  const Scratch scratch;
  const Umask umask(0077);
  ASSERT_TRUE(listen_unix({.path = scratch.path("a/b/s"), .directory_mode = 0700}));
  EXPECT_EQ(mode_of(scratch.path("a")), 0755U);
  EXPECT_EQ(mode_of(scratch.path("a/b")), 0700U);
}

TEST(UnixSocketTest, LeavesAnExistingDirectoryAsItIs) {
  const Scratch scratch;
  ::mkdir(scratch.path("a").c_str(), 0750);
  ASSERT_TRUE(listen_unix({.path = scratch.path("a/s"), .directory_mode = 0700}));
  EXPECT_EQ(mode_of(scratch.path("a")), 0750U);
}

TEST(UnixSocketTest, ReplacesASocketThatADeadDaemonLeft) {
  const Scratch scratch;
  const std::string path = scratch.path("s");
  for (const int type : {SOCK_STREAM, SOCK_DGRAM, SOCK_STREAM}) {
    {
      ASSERT_TRUE(bind_unix(type, {.path = path}));
    }
    EXPECT_TRUE(S_ISSOCK(status_of(path).st_mode));
  }
  const auto alive = listen_unix({.path = path});
  ASSERT_TRUE(alive);
  EXPECT_TRUE(client(SOCK_STREAM, path));
}

TEST(UnixSocketTest, NeverReplacesOneThatIsAlive) {
  const Scratch scratch;
  const std::string path = scratch.path("s");
  for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
    const auto alive = type == SOCK_STREAM ? listen_unix({.path = path}) : bind_unix(type, {.path = path});
    ASSERT_TRUE(alive);
    EXPECT_EQ(refusal(listen_unix({.path = path}), ErrorCode::in_use), path + " is in use, " + us);
    EXPECT_EQ(refusal(bind_unix(SOCK_DGRAM, {.path = path}), ErrorCode::in_use), path + " is in use, " + us);
    EXPECT_TRUE(client(type, path));
  }
}

TEST(UnixSocketTest, TakesAFullBacklogForAlive) {
  const Scratch scratch;
  const std::string path = scratch.path("s");
  const auto alive = bind_unix(SOCK_STREAM, {.path = path});
  ASSERT_TRUE(alive);
  ::listen(alive->fd.get(), 0);
  std::vector<Fd> callers;
  do callers.push_back(client(SOCK_STREAM, path));
  while (callers.back());
  EXPECT_EQ(errno, EAGAIN);
  EXPECT_THAT(refusal(listen_unix({.path = path}), ErrorCode::in_use), HasSubstr(us));
}

TEST(UnixSocketTest, NeverRemovesWhatIsNoSocket) {
  const Scratch scratch;
  std::ofstream(scratch.path("file")) << "precious";
  std::filesystem::create_directory(scratch.path("folder"));
  {
    ASSERT_TRUE(listen_unix({.path = scratch.path("stale")}));
  }
  std::filesystem::create_symlink(scratch.path("stale"), scratch.path("link"));
  std::filesystem::create_symlink(scratch.path("nowhere"), scratch.path("dangling"));
  for (const auto* name : {"file", "folder", "link", "dangling"}) {
    EXPECT_EQ(
        refusal(listen_unix({.path = scratch.path(name)}), ErrorCode::invalid),
        scratch.path(name) + " exists and is no socket; it is left alone: remove it or choose another path");
    status_of(scratch.path(name));
  }
  EXPECT_FALSE(std::filesystem::exists(scratch.path("nowhere")));
}

TEST(UnixSocketTest, NeverRemovesASocketOfSomebodyElse) {
  if (::geteuid() != 0) return;  // only root can make such a socket for the test
  const Scratch scratch;
  const std::string path = scratch.path("s");
  {
    ASSERT_TRUE(listen_unix({.path = path}));
  }
  ASSERT_EQ(::chown(path.c_str(), 65534, 65534), 0);
  EXPECT_THAT(refusal(listen_unix({.path = path}), ErrorCode::invalid),
              HasSubstr("is a socket of uid 65534"));
  EXPECT_TRUE(S_ISSOCK(status_of(path).st_mode));
}

TEST(UnixSocketTest, SaysThatAPathIsTooLongOrNotAbsolute) {
  const Scratch scratch;
  EXPECT_THAT(refusal(listen_unix({.path = scratch.path(std::string(100, 'x'))}), ErrorCode::invalid),
              HasSubstr("too long for a Unix socket"));
  EXPECT_THAT(refusal(listen_unix({.path = "s"}), ErrorCode::invalid), HasSubstr("not an absolute path"));
}

TEST(UnixSocketTest, IsUnlinkedOnlyWhileItIsOurs) {
  const Scratch scratch;
  const std::string path = scratch.path("s");
  const auto ours = listen_unix({.path = path});
  ASSERT_TRUE(ours);
  std::filesystem::rename(path, scratch.path("moved"));
  EXPECT_FALSE(unlink_if_ours(path, ours->file));
  const auto successor = listen_unix({.path = path});
  EXPECT_FALSE(unlink_if_ours(path, ours->file));
  EXPECT_TRUE(client(SOCK_STREAM, path));
  EXPECT_TRUE(unlink_if_ours(path, successor->file));
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(UnixSocketTest, KnowsWhoConnected) {
  const Scratch scratch;
  const auto listener = listen_unix({.path = scratch.path("s")});
  const Fd caller = client(SOCK_STREAM, scratch.path("s"));
  const Fd accepted(::accept(listener->fd.get(), nullptr, nullptr));
  const auto peer = peer_credentials(accepted.get());
  ASSERT_TRUE(peer);
  EXPECT_EQ(peer->uid, ::geteuid());
  EXPECT_EQ(peer->pid, ::getpid());
  EXPECT_FALSE(peer_credentials(Fd(::socket(AF_INET, SOCK_STREAM, 0)).get()));
}

TEST(UnixSocketTest, KnowsWhoSentADatagram) {
  const Scratch scratch;
  const auto receiver = bind_unix(SOCK_DGRAM, {.path = scratch.path("s")});
  const Fd sender = client(SOCK_DGRAM, scratch.path("s"));
  ASSERT_EQ(::send(sender.get(), "x", 1, 0), 1);
  char byte = 0;
  iovec part{&byte, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(ucred))> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ASSERT_EQ(::recvmsg(receiver->fd.get(), &message, 0), 1);
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  ASSERT_NE(header, nullptr);
  ucred credentials{};
  std::memcpy(&credentials, CMSG_DATA(header), sizeof credentials);
  EXPECT_EQ(credentials.uid, ::geteuid());
}

TEST(UnixSocketTest, IsNonBlockingAndNotInherited) {
  const Scratch scratch;
  const auto listener = listen_unix({.path = scratch.path("s")});
  EXPECT_NE(::fcntl(listener->fd.get(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(::fcntl(listener->fd.get(), F_GETFD) & FD_CLOEXEC, 0);
}

}  // namespace
}  // namespace pannier::net::test
