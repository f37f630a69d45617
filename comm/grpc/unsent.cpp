#include "comm/grpc/unsent.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <charconv>
#include <cstring>
#include <memory>

namespace crypten {
namespace {

// "10.0.0.7:29500" or "::1:29500", of whichever family; empty for others.
std::string text_of(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = {};
  if (address.ss_family == AF_INET) {
    sockaddr_in of4;
    std::memcpy(&of4, &address, sizeof of4);
    inet_ntop(AF_INET, &of4.sin_addr, text, sizeof text);
    return std::string(text) + ":" + std::to_string(ntohs(of4.sin_port));
  }
  if (address.ss_family != AF_INET6) return "";
  sockaddr_in6 of6;
  std::memcpy(&of6, &address, sizeof of6);
  if (IN6_IS_ADDR_V4MAPPED(&of6.sin6_addr)) inet_ntop(AF_INET, of6.sin6_addr.s6_addr + 12, text, sizeof text);
  else inet_ntop(AF_INET6, &of6.sin6_addr, text, sizeof text);
  return std::string(text) + ":" + std::to_string(ntohs(of6.sin6_port));
}

// gRPC's name for the same: "ipv4:10.0.0.7:29500", "ipv6:%5B::1%5D:29500"; a zone (%25eth0) is left out.
std::string text_of(const std::string& peer) {
  if (peer.rfind("ipv4:", 0) == 0) return peer.substr(5);
  const auto open = peer.find("%5B"), close = peer.rfind("%5D");
  if (peer.rfind("ipv6:", 0) != 0 || open == std::string::npos || close == std::string::npos || close < open) return "";
  const std::string host = peer.substr(open + 3, close - open - 3);
  return host.substr(0, host.find('%')) + peer.substr(close + 3);
}

}  // namespace

// gRPC has no public way to reach its sockets; the kernel knows who their peers are.
int limit_unsent(const std::string& peer) {
  const std::string wanted = text_of(peer);
  if (wanted.empty()) return 0;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir("/proc/self/fd"), closedir);
  if (!folder) return 0;
  int found = 0;
  while (const dirent* entry = readdir(folder.get())) {
    int fd = -1;  // "." and ".." are none
    std::from_chars(entry->d_name, entry->d_name + std::strlen(entry->d_name), fd);
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    if (getpeername(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0 || text_of(address) != wanted) continue;
    found += setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &kMostUnsent, sizeof kMostUnsent) == 0;
  }
  return found;
}

}  // namespace crypten
