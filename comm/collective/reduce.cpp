#include "comm/collective/reduce.h"

#include "comm/collective/gather.h"

namespace crypten {

RingTensor reduce(Communicator& communicator, const RingTensor& tensor, int destination) {
  const std::vector<RingTensor> all = gather(communicator, tensor, destination);
  if (all.empty()) return {};
  RingTensor sum = all.front();
  for (size_t rank = 1; rank < all.size(); ++rank) sum = sum + all[rank];
  return sum;
}

}  // namespace crypten
