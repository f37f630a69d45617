#include "mpc/sharing/binary_shared.h"

#include <ATen/ATen.h>

namespace crypten {

BinaryShared operator^(const BinaryShared& a, const BinaryShared& b) {
  return BinaryShared(RingTensor(at::bitwise_xor(a.share().words(), b.share().words())));
}

}  // namespace crypten
