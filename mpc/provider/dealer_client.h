// A party's connection to the dealer service (dealer_server.h): the rank's key, and corrections on the corrected rank.
#pragma once

#include <memory>

#include "comm/byte_stream.h"
#include "comm/session.h"
#include "mpc/provider/provider.h"

namespace crypten {

// Says hello and waits for the rank's key. Requests made between two flushes travel together; nothing waits for the dealer but the first access to a Dealt.
// Ranks that are not corrected close the stream at once: after the key no byte of the dealer reaches them.
// Throws what the dealer refuses with: VersionMismatch, ConfigMismatch, PeerIdentityMismatch, SessionError for everything else; DealerLost if the dealer leaves or
// does not answer until the deadline; MalformedFrame. Later, on the corrected rank: DealerLost if the stream breaks or stays silent for
// session.config.round_timeout_s, ProtocolError for a request that the dealer refuses.
std::unique_ptr<Provider> dealer_provider(const Session& session, std::unique_ptr<ByteStream> stream, Clock::time_point deadline, Ring ring = {});

}  // namespace crypten
