// DealerServer: answers parties over ByteStreams. It keeps a master key, counters and, to save time, masks of static values (mask_cache.h): every answer is a function of that key and the request,
// so several processes with one master key can serve the same session, and one that is restarted goes on.
// Of one client no more is in memory than the messages that its stream reads ahead, small answers that leave together (256 KiB), one correction on its way and,
// where the budget has room, the next one. A client that does not read therefore costs what it holds and nobody's time.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "comm/byte_stream.h"
#include "mpc/provider/dealer.h"
#include "mpc/provider/dealer_budget.h"
#include "mpc/provider/dealer_meter.h"
#include "mpc/provider/dealer_protocol.h"
#include "mpc/provider/mask_cache.h"

namespace crypten {

struct DealerOptions {
  std::vector<std::string> roster;  // fingerprint of each rank's certificate; empty: plaintext or in memory, clients are who they say (insecure)
  std::string fingerprint;          // of the dealer's own certificate; empty without TLS
  std::chrono::milliseconds hello_timeout{10'000};
  uint64_t max_correction_bytes = uint64_t{4} << 30;  // of one request
  int max_world_size = 256;
  int max_clients_per_rank = 4;  // of one session: one, and those whose end was not noticed yet
  uint64_t memory = 0;           // for all requests at one time (dealer_budget.h); 0: no bound
  uint64_t kept_masks = uint64_t{256} << 20;  // bytes of masks that are kept for all sessions together (mask_cache.h); 0: none
  std::chrono::milliseconds stalled_after{10'000};  // a client that takes nothing of its answers for so long leaves if others wait for the memory
};

class DealerServer {
 public:
  // Throws DealerIsParty: the own certificate is one of the roster's: who deals and takes part knows every value.
  DealerServer(const Key& master, DealerOptions options);

  // Serves one client until it leaves; runs on as many threads as there are clients. The rank's key goes only to the holder of the roster's certificate for
  // that rank, and so do the corrections of that rank. A client that is refused is told why, and the same error is thrown here:
  // VersionMismatch, ConfigMismatch (roster), PeerIdentityMismatch, InvalidArgument (ranks, ring, requests), MalformedFrame, SessionError (limits).
  void serve(ByteStream& client);

  DealerCounters counters() const { return meter_.counters(); }
  uint64_t memory_held() const { return budget_.held(); }
  uint64_t masks_held() const { return masks_.held(); }

 private:
  DealerHello await_hello(ByteStream& client) const;
  void admit(ByteStream& client, const DealerHello& hello, std::optional<DealerMeter::Visit>& visit);
  void check(const DealerHello& hello, const std::string& identity) const;
  void answer(ByteStream& client, const DealerHello& hello);

  Key master_;
  DealerOptions options_;
  DealerMeter meter_;
  DealerBudget budget_;
  MaskCache masks_;
};

}  // namespace crypten
