// Codes of the errors of this folder (2xx). Stable: each has a page in docs/errors.md.
#pragma once

namespace crypten::comm_code {

inline constexpr int invalid_argument = 200;   // InvalidArgument: sizes, ranks, options
inline constexpr int peer_lost = 201;          // PeerLost
inline constexpr int peer_finished = 202;      // PeerFinished
inline constexpr int peer_aborted = 203;       // PeerAborted
inline constexpr int peer_stalled = 204;       // PeerStalled
inline constexpr int program_mismatch = 205;   // ProgramMismatch
inline constexpr int malformed_frame = 206;    // MalformedFrame
inline constexpr int session_closed = 207;     // SessionClosed
inline constexpr int version_mismatch = 210;   // VersionMismatch
inline constexpr int config_mismatch = 211;    // ConfigMismatch
inline constexpr int peer_identity = 212;      // PeerIdentityMismatch
inline constexpr int rendezvous_timeout = 213; // RendezvousTimeout
inline constexpr int session_refused = 214;    // SessionError: a peer refused for a reason of its own

}  // namespace crypten::comm_code
