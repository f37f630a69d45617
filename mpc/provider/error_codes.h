// Codes of the errors of this folder (350 … 379). Stable: each has a page in docs/errors.md.
#pragma once

namespace crypten::provider_code {

inline constexpr int invalid_request = 350;    // InvalidArgument: a request that fits no operation, or beyond the limits
inline constexpr int invalid_dealer = 351;     // InvalidArgument: world size, ranks, streams, options of a dealer or provider
inline constexpr int nested_call = 352;        // ProtocolError: calls of a plan begun and ended out of order
inline constexpr int dealer_lost = 353;        // DealerLost
inline constexpr int malformed_answer = 354;   // MalformedFrame: a dealer's or a client's bytes
inline constexpr int dealer_is_party = 355;    // DealerIsParty
inline constexpr int dealer_refused = 356;     // SessionError: refused for a reason without a class of its own
inline constexpr int dealer_identity = 357;    // PeerIdentityMismatch
inline constexpr int dealer_version = 358;     // VersionMismatch
inline constexpr int in_process_network = 359; // SessionError: the in-process dealer serves parties of one process only
inline constexpr int master_key = 360;         // SessionError: the master key's file
inline constexpr int other_master_key = 361;   // ConfigMismatch: replicas of a dealer with different master keys
inline constexpr int stalled_client = 362;     // SessionError: a client takes nothing of its answers while others wait for the memory
inline constexpr int crowded_session = 363;    // SessionError: too many clients of one rank of one session

}  // namespace crypten::provider_code
