// Communicator: one party's connections to all others, after the handshake. Everything that parties tell each other goes through exchange().
// One communicator is used by one thread at a time.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "comm/channel.h"
#include "comm/session.h"
#include "comm/traffic.h"

namespace crypten {

// What a frame is checked against: a 64-bit word that is equal on all parties exactly when they have run the same operations,
// and the operation's text, which is sent only when the words differ.
class Transcript {
 public:
  virtual ~Transcript() = default;
  virtual uint64_t word() const = 0;
  virtual std::string scope() const = 0;
};

class Communicator {
 public:
  // channels[p] connects to rank p; the own entry is null. `session` comes from handshake().
  Communicator(Session session, std::vector<std::unique_ptr<Channel>> channels);
  Communicator(Communicator&&) noexcept;
  Communicator& operator=(Communicator&&) noexcept;  // what this one was says its last words first
  ~Communicator();  // if close() or abort() was not called: says "finished" to all peers, or "aborted" while an exception unwinds

  int rank() const;
  int world_size() const;
  const Session& session() const;
  const Traffic& traffic() const;
  std::string place() const;  // rank, round and operation: Error::where()
  void set_transcript(const Transcript* transcript);  // owned by the caller; nullptr: word 0
  void set_round_timeout(double seconds);

  // One round. Sends the concatenation of `send[p]` to each rank p and receives exactly the sizes of `receive[p]` from each rank p (own entries are ignored;
  // an empty list: no frame in that direction). Returns when all is received and the send buffers are free. Both sides know all sizes beforehand: a frame of another
  // size is a ProtocolError, before memory is taken.
  // Throws PeerLost, PeerFinished, PeerAborted, PeerStalled (CommError), ProgramMismatch (with both scopes), MalformedFrame.
  // `arrived(peer, bytes)`: the first `bytes` of what that peer sends are in the buffers now; called in this thread after each message of a frame, while the rest of it is on its way.
  // `ready(peer, bytes)`: returns when the first `bytes` of what goes to that peer are in the buffers to send: called in this thread before each message of a frame.
  using Gather = std::vector<Bytes>;
  using Scatter = std::vector<MutableBytes>;
  using Arrived = std::function<void(int peer, size_t bytes)>;
  using Ready = std::function<void(int peer, size_t bytes)>;
  void exchange(std::span<const Gather> send, std::span<const Scatter> receive, const Arrived& arrived = {}, const Ready& ready = {});
  // The same frame to every peer.
  void exchange_with_all(const Gather& send, std::span<const Scatter> receive, const Arrived& arrived = {});

  void close();                         // last words: finished in good order
  void abort(const std::string& what);  // last words: failed, with the class of the error (never a message with data)

 private:
  struct State;
  explicit Communicator(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace crypten
