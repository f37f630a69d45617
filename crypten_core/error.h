// Errors: a code and four facts, so that every message says what happened, where, why, and what to do about it.
#pragma once

#include <stdexcept>
#include <string>

namespace crypten {

// Codes are stable and have a page in docs/errors.md. Ranges: 1xx numbers, 2xx communication and sessions,
// 3xx protocols and the dealer, 4xx tensors, 5xx models, 6xx Python and programs.
// Each fact is cut at 4096 bytes and can be shown: printable ASCII, line ends, and UTF-8; everything else in it becomes '?'.
class Error : public std::runtime_error {
 public:
  Error(int code, std::string what, std::string where, std::string why, std::string todo);
  int code() const { return code_; }
  const std::string& problem() const { return problem_; }  // what happened
  const std::string& where() const { return where_; }      // rank, peer, round, scope, file
  const std::string& why() const { return why_; }          // expected against found; public facts only
  const std::string& todo() const { return todo_; }        // what the reader can do

 private:
  int code_;
  std::string problem_, where_, why_, todo_;
};

// clang-format off
struct InvalidArgument : Error { using Error::Error; };            // Python: ValueError and RuntimeError
struct IndexError : InvalidArgument { using InvalidArgument::InvalidArgument; };  // a dimension or index out of range

struct SessionError : Error { using Error::Error; };               // no session came about, or it is over
struct ConfigMismatch : SessionError { using SessionError::SessionError; };
struct VersionMismatch : SessionError { using SessionError::SessionError; };
struct CertificateUntrusted : SessionError { using SessionError::SessionError; };
struct CertificateExpired : SessionError { using SessionError::SessionError; };
struct PeerIdentityMismatch : SessionError { using SessionError::SessionError; };
struct RankTaken : SessionError { using SessionError::SessionError; };
struct RendezvousTimeout : SessionError { using SessionError::SessionError; };
struct DealerIsParty : SessionError { using SessionError::SessionError; };
struct SessionClosed : SessionError { using SessionError::SessionError; };

struct CommError : Error { using Error::Error; };                  // carries rank, round and scope in where()
struct PeerLost : CommError { using CommError::CommError; };       // connection gone without last words
struct PeerFinished : CommError { using CommError::CommError; };   // the peer's program ended in good order, ours still waits
struct PeerAborted : CommError { using CommError::CommError; };    // the peer said that it failed
struct PeerStalled : CommError { using CommError::CommError; };    // alive, but no byte for round_timeout
struct DealerLost : CommError { using CommError::CommError; };

struct ProtocolError : Error { using Error::Error; };
struct MaskReuse : ProtocolError { using ProtocolError::ProtocolError; };
struct ProgramMismatch : ProtocolError { using ProtocolError::ProtocolError; };  // the parties run different operations
struct MalformedFrame : ProtocolError { using ProtocolError::ProtocolError; };   // truncated, misrouted, replayed or foreign bytes
// clang-format on

}  // namespace crypten
