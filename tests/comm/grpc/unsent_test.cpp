#include "comm/grpc/unsent.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "tests/comm/grpc/connect_all.h"

using namespace crypten;
using namespace crypten::test;

namespace {

// Two ends of a TCP connection of the loopback interface.
struct Connection {
  explicit Connection(int family) {
    sockaddr_storage address{};
    address.ss_family = static_cast<sa_family_t>(family);
    if (family == AF_INET) reinterpret_cast<sockaddr_in&>(address).sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    else reinterpret_cast<sockaddr_in6&>(address).sin6_addr = in6addr_loopback;
    socklen_t length = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    const int listener = socket(family, SOCK_STREAM, 0);
    if (bind(listener, reinterpret_cast<sockaddr*>(&address), length) != 0 || listen(listener, 1) != 0) throw std::runtime_error("cannot listen");
    getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length);
    port = ntohs(family == AF_INET ? reinterpret_cast<sockaddr_in&>(address).sin_port : reinterpret_cast<sockaddr_in6&>(address).sin6_port);
    near = socket(family, SOCK_STREAM, 0);
    if (connect(near, reinterpret_cast<sockaddr*>(&address), length) != 0) throw std::runtime_error("cannot connect");
    far = accept(listener, nullptr, nullptr);
    close(listener);
  }
  ~Connection() {
    close(near);
    close(far);
  }
  int near, far, port;
};

int most_unsent(int fd) {
  int value = 0;
  socklen_t length = sizeof value;
  return getsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &value, &length) == 0 ? value : -1;
}

}  // namespace

TEST_CASE("the connection to a peer is bounded, by gRPC's name for it, and no other") {
  const Connection first(AF_INET), other(AF_INET), sixth(AF_INET6);
  const int before = most_unsent(first.near);
  CHECK(before != kMostUnsent);
  CHECK(limit_unsent("ipv4:127.0.0.1:" + std::to_string(first.port)) == 1);
  CHECK(most_unsent(first.near) == kMostUnsent);
  CHECK(limit_unsent("ipv6:%5B::1%5D:" + std::to_string(sixth.port)) == 1);
  CHECK(most_unsent(sixth.near) == kMostUnsent);
  for (const int fd : {first.far, other.near, other.far, sixth.far}) CHECK(most_unsent(fd) == before);
  for (const char* none : {"", "unix:/tmp/x", "ipv4:", "ipv4:127.0.0.1:1", "ipv6:::1:80", "ipv6:%5D%5B:80", "dns:localhost:80"}) CHECK(limit_unsent(none) == 0);
}

TEST_CASE("both ends of every connection of a mesh are bounded") {
  const auto meshes = connect_all(TestRun(3));
  int bounded = 0;
  for (int fd = 0; fd < 1024; ++fd) bounded += most_unsent(fd) == kMostUnsent;
  CHECK(bounded >= 6);
}
