// HandshakeWire: the messages of a handshake, over the channels of one party to all others.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "comm/channel.h"
#include "comm/hello.h"
#include "crypten_core/byte_vector.h"
#include "crypten_core/error.h"

namespace crypten {

class HandshakeWire {
 public:
  HandshakeWire(int rank, std::span<const std::unique_ptr<Channel>> channels, Clock::time_point deadline);
  ~HandshakeWire();  // wipes what was sent: keys are among it

  const std::vector<int>& peers() const { return peers_; }
  void send(int peer, HandshakeStep step, Bytes body);
  // Takes one message of this step from every peer, in the order they come. A refusal in its place is thrown as the error it tells of.
  // Throws RendezvousTimeout (names the missing ranks), PeerLost, MalformedFrame, and what `take` throws.
  using Take = std::function<void(int peer, Bytes body, const HandshakePrefix& prefix)>;
  void collect(HandshakeStep step, const Take& take);
  void flush();  // until all that was sent has been taken by the transport
  // Tells all peers, so that all end at once and for the same reason. Closes channels that do not take it within 500 ms.
  void refuse(const Error& error) noexcept;
  void close();

  std::string where() const;
  [[noreturn]] void malformed(int peer, const std::string& why) const;

 private:
  void take_message(int peer, HandshakeStep step, Bytes message, const Take& take);
  [[noreturn]] void lost(int peer) const;
  [[noreturn]] void missing(const std::vector<int>& ranks) const;

  int rank_;
  std::span<const std::unique_ptr<Channel>> channels_;
  Clock::time_point deadline_;
  std::vector<int> peers_;
  std::list<ByteVector> in_flight_;  // what the transport may still read: until it was flushed or closed
};

}  // namespace crypten
