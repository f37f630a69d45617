// What copies of one share have in common: its opening, and how that follows from the opening of another share.
// Included by arithmetic_shared.cpp and by mpc/protocol/open.cpp only.
#pragma once

#include "mpc/sharing/arithmetic_shared.h"

namespace crypten {

struct ArithmeticShared::Cache {
  MaskedPtr masked;        // open or reserved
  bool is_static = false;  // masks come from the session's own stream

  // Where not null: this share is a linear map of `root`, and its opening the same map of the root's. `derive` may return null: then the link is cut.
  ArithmeticShared root;
  std::function<MaskedPtr(const MaskedPtr&)> derive;

  // The opening that follows from the root's, remembered; null cuts the link.
  MaskedPtr follow(const MaskedPtr& root_opening);
};

}  // namespace crypten
