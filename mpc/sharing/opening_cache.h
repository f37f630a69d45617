// What copies of one share have in common: its words, its opening, and how that follows from the opening of another share.
// Included by arithmetic_shared.cpp and by mpc/protocol/open.cpp only.
#pragma once

#include "mpc/sharing/arithmetic_shared.h"

namespace crypten {

struct ArithmeticShared::Cache {
  RingTensor share;        // undefined where it was given up: then `masked` is open
  MaskedPtr masked;        // open or reserved
  bool is_static = false;  // masks come from the session's own stream
  bool adds_value = false;  // of a share that was given up: whether this party's share of an opening has its public value (own_share)
  at::Tensor layout;        // sizes without memory, of a share that may be given up while somebody looks at its sizes

  // Gives up the words of a static share that is open, if they are many.
  void give_up(bool adds_value);
  bool given_up() const { return !share.defined() && layout.defined(); }

  // Where not null: this share is a linear map of `root`, and its opening the same map of the root's. `derive` may return null: then the link is cut.
  ArithmeticShared root;
  std::function<MaskedPtr(const MaskedPtr&)> derive;

  // The opening that follows from the root's, remembered; null cuts the link.
  MaskedPtr follow(const MaskedPtr& root_opening);
};

}  // namespace crypten
