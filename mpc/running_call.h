// RunningCall: a call of a party (Party::begin_call) for as long as this lives, so that an exception ends it, too.
#pragma once

#include <vector>

#include "mpc/party.h"

namespace crypten {

class RunningCall {
 public:
  explicit RunningCall(Party& party);  // throws what Party::begin_call throws
  ~RunningCall();
  RunningCall(const RunningCall&) = delete;
  RunningCall& operator=(const RunningCall&) = delete;
  std::vector<Request> end();  // what was requested during the call; once

 private:
  Party& party_;
  bool ended_ = false;
};

}  // namespace crypten
