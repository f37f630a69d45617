// A party's connection to the dealer service (dealer_server.h): the rank's key, and its corrections.
#pragma once

#include <memory>
#include <vector>

#include "comm/session.h"
#include "mpc/provider/dealer_replicas.h"
#include "mpc/provider/provider.h"

namespace crypten {

// Says hello to the first replica that answers, and takes the rank's key. Requests made between two flushes travel together; nothing waits for the dealer but the
// first access to a Dealt. Only requests that correct this rank are sent.
// When the dealer's stream breaks and there are several replicas, the rank dials the others in turn, for up to 4 s, and asks again what was not answered:
// the answers are the same, bit for bit, and are counted once.
// Throws what DealerReplicas::meet() throws. Later, when this rank waits for an answer: DealerLost if the stream breaks and no other replica answers, or if it stays silent for
// session.config.round_timeout_s; ConfigMismatch if another replica has another master key; ProtocolError for a request that the dealer refuses.
std::unique_ptr<Provider> dealer_provider(const Session& session, std::vector<DealerReplica> replicas, Clock::time_point deadline, Ring ring = {});

}  // namespace crypten
