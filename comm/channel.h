// Channel: ordered, reliable bytes to one peer. Implementations: comm/local (queues in memory), comm/grpc (one mutual-TLS stream).
// Frames, sessions and collectives are written once, over this.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>

#include "comm/clock.h"
#include "crypten_core/byte_vector.h"

namespace crypten {

using Bytes = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;

// What became of a wait. Channels report; the Communicator turns it into the named exception with rank, round and scope.
enum class Wire { ok, deadline, closed };

class Channel {
 public:
  virtual ~Channel() = default;
  // Queues one message made of `pieces`, back to back. Never blocks. The pieces stay the caller's and must not change until flush()
  // returned.
  virtual Wire send(std::span<const Bytes> pieces) = 0;
  // Waits for the next message and moves it into `message`'s storage. A message is at most max_message() bytes.
  virtual Wire receive(ByteVector& message, Clock::time_point deadline) = 0;
  // As receive, behind the bytes that `message` has.
  virtual Wire receive_behind(ByteVector& message, Clock::time_point deadline) {
    ByteVector next;
    const Wire wire = receive(next, deadline);
    if (wire == Wire::ok) append(message, next);
    return wire;
  }
  // As receive, into buffers of exactly the message's total size, without an intermediate copy where the transport can;
  // Wire::closed with detail() set if the length differs.
  virtual Wire receive_into(std::span<const MutableBytes> pieces, Clock::time_point deadline) = 0;
  // Waits until everything sent has been taken by the transport, so that the caller's buffers are free again.
  virtual Wire flush(Clock::time_point deadline) = 0;
  virtual size_t max_message() const = 0;         // a larger payload is cut into several messages by the frame layer
  virtual std::string peer_identity() const = 0;  // SHA-256 of the peer's certificate in hex; "local" in memory, "plaintext" without TLS
  virtual std::string detail() const = 0;         // why it is closed, in words
  // No more messages. The peer still receives what was flushed before, then Wire::closed; own waits end with Wire::closed.
  // After close() returned no buffer given to send() is read any more.
  virtual void close() = 0;
};

// Called about every 100 ms by any thread that waits in a channel; may throw to end the wait (Python's Ctrl-C). Process-wide.
void set_interrupt_check(std::function<void()> check);
void check_interrupt();

}  // namespace crypten
