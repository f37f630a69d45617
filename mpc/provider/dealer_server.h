// DealerServer: answers parties over ByteStreams. It keeps a master key and counters and nothing else: every answer is a function of that key and the request,
// so several processes with one master key can serve the same session, and one that is restarted goes on.
#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <vector>

#include "comm/byte_stream.h"
#include "mpc/provider/dealer.h"
#include "mpc/provider/dealer_protocol.h"

namespace crypten {

struct DealerOptions {
  std::vector<std::string> roster;  // fingerprint of each rank's certificate; empty: plaintext or in memory, clients are who they say (insecure)
  std::string fingerprint;          // of the dealer's own certificate; empty without TLS
  std::chrono::milliseconds hello_timeout{10'000};
  uint64_t max_correction_bytes = uint64_t{4} << 30;  // of one request
  int max_world_size = 256;
};

struct DealerCounters {
  uint64_t clients = 0, refused = 0, requests = 0, correction_bytes = 0;
};

class DealerServer {
 public:
  // Throws DealerIsParty: the own certificate is one of the roster's: who deals and takes part knows every value.
  DealerServer(const Key& master, DealerOptions options);

  // Serves one client until it leaves; runs on as many threads as there are clients. The rank's key goes only to the holder of the roster's certificate for
  // that rank. Ranks that are not corrected get their key and nothing else. A client that is refused is told why, and the same error is thrown here:
  // VersionMismatch, ConfigMismatch (roster), PeerIdentityMismatch, InvalidArgument (ranks, ring, requests), MalformedFrame.
  void serve(ByteStream& client);

  DealerCounters counters() const;

 private:
  DealerHello greet(ByteStream& client) const;
  void check(const DealerHello& hello, const std::string& identity) const;
  void answer(ByteStream& client, const DealerHello& hello);

  Key master_;
  DealerOptions options_;
  std::atomic<uint64_t> clients_ = 0, refused_ = 0, requests_ = 0, correction_bytes_ = 0;
};

}  // namespace crypten
