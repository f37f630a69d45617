// Codes of the errors of parties and protocols (30x, 31x). Stable: each has a page in docs/errors.md.
#pragma once

namespace crypten::mpc_code {

inline constexpr int invalid_argument = 300;  // InvalidArgument: shapes, ranks, shifts
inline constexpr int mask_reuse = 301;        // MaskReuse
inline constexpr int wrong_thread = 302;      // ProtocolError: a party is used by a second thread
inline constexpr int closed = 303;            // SessionClosed: an operation after close
inline constexpr int not_open = 304;          // InvalidArgument: an expression is needed that has not been opened
inline constexpr int no_session = 305;        // SessionError: nothing to connect to

}  // namespace crypten::mpc_code
