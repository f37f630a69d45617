// LocalChannel: a channel in memory. A link has two ends; each message is copied once, when it is sent, and moved or copied out when it is received.
#pragma once

#include <chrono>
#include <limits>
#include <memory>
#include <utility>

#include "comm/channel.h"

namespace crypten {

inline constexpr size_t kLocalMaxMessage = size_t{1} << 20;

// A network that a channel in memory imitates: a message arrives `one_way` after its last byte left, and the messages of one direction leave one after another at
// that rate. Losses and congestion are not imitated. The default: at once.
struct LocalLine {
  std::chrono::duration<double> one_way{0};
  double bytes_per_second = std::numeric_limits<double>::infinity();
};

// What two ends share. Outlives both; abort() ends all waits of both ends with Wire::closed.
class LocalLink {
 public:
  virtual ~LocalLink() = default;
  virtual void abort(const std::string& why) = 0;
};

struct LocalEnds {
  std::shared_ptr<LocalLink> link;
  std::unique_ptr<Channel> first, second;
};

// After an end is closed or destroyed the other still receives what was sent before, and then Wire::closed. send() of more than max_message bytes throws
// InvalidArgument; nothing waits in flush().
LocalEnds local_link(size_t max_message = kLocalMaxMessage, const LocalLine& line = {});

}  // namespace crypten
