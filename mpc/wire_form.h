// WireForm: how one opening travels between parties, by where its tensor lies and how wide its values are. Words of 64 bits on the CPU are
// sent as they lie in memory, and may be computed part by part; narrower words travel as planes, and so do bits, which are combined in the
// form in which they travel; what lies on another device is packed and summed there, and comes and goes in tiles.
#pragma once

#include <memory>

#include "comm/channel.h"
#include "mpc/party.h"

namespace crypten {

class WireForm {
 public:
  // `ring_bits`: of openings that do not say how wide they are.
  static std::unique_ptr<WireForm> of(const Party::Opening& opening, int ring_bits);
  virtual ~WireForm() = default;

  virtual size_t bytes() const = 0;       // that each party sends
  virtual Bytes to_send() = 0;            // called if a peer learns the result; not all of it needs to be there yet
  virtual void needed(size_t count) = 0;  // the first `count` bytes of it are there when this returns
  virtual MutableBytes receive_from(
      int peer) = 0;  // called once for each peer, if this party learns the result: where to put what it sends
  virtual void arrived(int peer, size_t count) = 0;  // the first `count` bytes of that are there
  at::Tensor opened();  // with what all sent, once all has arrived: public from here on

 private:
  virtual at::Tensor combined() = 0;
};

}  // namespace crypten
