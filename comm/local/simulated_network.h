// SimulatedNetwork: n parties joined in memory under virtual time, by connections that need time, break, fall silent or, which the real ones never do, spoil,
// lose and reorder what they carry. Only parties of the VirtualTime use it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "comm/channel.h"
#include "comm/local/virtual_time.h"
#include "crypten_core/byte_vector.h"

namespace crypten {

struct WireModel {
  uint64_t seed = 0;                                      // of the jitter
  VirtualTime::Duration call = std::chrono::microseconds(2);       // longest own time of one call of a channel
  VirtualTime::Duration latency = std::chrono::microseconds(200);  // longest way of a message; the shortest is a quarter
  double bytes_per_second = 1e9;
  VirtualTime::Duration silence = std::chrono::seconds(4);         // of a peer, after which a connection counts as lost
  size_t max_message = size_t{1} << 20;
};

class SimulatedNetwork {
 public:
  using Duration = VirtualTime::Duration;
  using Message = ByteVector;

  SimulatedNetwork(VirtualTime& time, int size, const WireModel& model);
  ~SimulatedNetwork();

  // The channels of one rank (own entry null), the ends of the same connections each time: a second set is what a process has that came back after crash()
  // and was taken for the first. They must not outlive the network.
  std::vector<std::unique_ptr<Channel>> channels(int rank);

  // What is to become of the next message of a direction. The hook may change the message.
  struct Treatment {
    bool drop = false;
    Duration late{0};          // on its way; those behind it wait
    bool behind_next = false;  // delivered after the message that follows it
    int copy_after = -1;       // delivered once more, behind so many others; -1: not
    std::string cut;           // the connection breaks here, for this reason
  };
  std::function<Treatment(int from, int to, uint64_t index, Message& message)> on_message;
  // Before each call of a channel; `call` counts those of the rank.
  std::function<void(int rank, uint64_t call)> on_call;

  struct Crashed {};  // what a crashed party's waits throw; not a std::exception
  void crash(int rank);                              // peers receive what has left it, then the connections end
  void crash_unseen(int rank);                       // the peers see the connections going on, until
  void come_back(int rank);                          // a new process takes them over
  bool is_dead(int rank) const { return dead_[rank]; }
  void cut(int a, int b, const std::string& why);    // both ends learn it at once
  void fall_silent(int a, int b);                    // nothing passes any more; both ends learn it after the time of silence
  void suspend(int rank, Duration duration);         // the process gets no time: as silence, if it is longer than that

  // A word over all that happened, in order: times, sizes, ends; never over what messages contain, since keys are fresh in each run.
  uint64_t history() const { return history_; }
  std::function<void(const std::string&)> on_event;  // the same in words

 private:
  struct Direction;
  class End;
  friend class End;

  Direction& direction(int from, int to) { return *directions_[from * size_ + to]; }
  void call(int rank);
  Wire send(int from, int to, std::span<const Bytes> pieces);
  void depart(Direction& way, uint64_t index);
  void deliver(Direction& way, Message message, Duration late);
  void arrive(Direction& way, Message message);
  void refuse(Direction& way);
  void end(Direction& way, Duration when, const std::string& why);
  void note(const char* what, int from, int to, uint64_t number);
  Duration jitter(uint64_t stream, uint64_t index, Duration most) const;

  VirtualTime& time_;
  const int size_;
  const WireModel model_;
  std::vector<std::unique_ptr<Direction>> directions_;
  std::vector<uint64_t> calls_;
  std::vector<bool> dead_;
  uint64_t history_ = 0;
};

}  // namespace crypten
