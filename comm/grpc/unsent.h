// Unsent: how much of what gRPC has written may wait in the kernel before it leaves. The answer to a keepalive ping waits behind it, and by default that is up to 4 MiB:
// over a line of 10 Mbit/s longer than the other side waits for the answer, which would take a slow line for a lost peer.
#pragma once

#include <string>

namespace crypten {

// Bytes: 3 s at 3 Mbit/s. A quarter of it made exchanges of 64 MiB on one machine slower by 30 %; this much costs nothing that could be measured.
inline constexpr int kMostUnsent = 1 << 20;

// Bounds it (TCP_NOTSENT_LOWAT) on this process's connections to `peer`, as ClientContext::peer() and ServerContext::peer() name it: "ipv4:10.0.0.7:29500".
// Returns on how many; 0 where the peer is none of TCP.
int limit_unsent(const std::string& peer);

}  // namespace crypten
