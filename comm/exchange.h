// Exchange: one round of a Communicator. Sends to all, receives from all, and watches every connection while it waits for one,
// so that the loss of any party ends the round at once.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "comm/communicator.h"
#include "comm/failure.h"
#include "comm/peer_link.h"

namespace crypten {

// What the rounds of one communicator share.
struct Mesh {
  int rank = 0;
  std::vector<std::unique_ptr<PeerLink>> links;  // [peer], own entry null
  Traffic traffic;
  const Transcript* transcript = nullptr;
  double round_timeout_s = 0;

  uint64_t word() const { return transcript ? transcript->word() : 0; }
  Place place() const;  // round and scope of now

  // What the last words will say, set before an error of a round is thrown; an empty class stands for that of the error.
  std::optional<LastWords> cause;
  std::string scope_in_flight;  // text that the transport may still read
};

class Exchange {
 public:
  // `arrived` and `ready` as in Communicator::exchange; they outlive this.
  Exchange(Mesh& mesh, const Communicator::Arrived& arrived, const Communicator::Ready& ready) : mesh_(mesh), arrived_(arrived), ready_(ready), last_interrupt_check_(Clock::now()) {}
  // send[p] and receive[p] as in Communicator::exchange; own entries are ignored.
  void run(const std::vector<const std::vector<Bytes>*>& send, std::span<const std::vector<MutableBytes>> receive);

 private:
  struct Awaited {
    int peer;
    std::span<const MutableBytes> buffers;
    Clock::time_point progress;  // when the last message of it came
    bool begun = false, done = false;
  };
  void receive_all(std::span<const std::vector<MutableBytes>> receive);
  void flush_all();
  bool step(Awaited& awaited, Clock::time_point deadline);  // one message; false: none until the deadline
  void begin(Awaited& awaited);
  void watch(int peer);  // looks at a connection nothing is awaited from
  void pause();          // between two waits: interrupts
  FrameHeader header_of(int peer);

  void refused(int peer);  // throws the reason of a refusal, if that is what came
  [[noreturn]] void closed(int peer);
  [[noreturn]] void stalled(int peer);
  [[noreturn]] void malformed(int peer, const absl::Status& status);
  [[noreturn]] void last_words(int peer, const FrameHeader& header);
  [[noreturn]] void diverged(int peer);
  std::string await_scope(int peer);
  Place blame(int peer);

  Mesh& mesh_;
  const Communicator::Arrived& arrived_;
  const Communicator::Ready& ready_;
  Clock::time_point last_interrupt_check_;
};

}  // namespace crypten
