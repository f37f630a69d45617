#include "comm/collective/gather.h"

#include "comm/collective/round_lists.h"
#include "comm/tensor_codec.h"

namespace crypten {

std::vector<RingTensor> gather(Communicator& communicator, const RingTensor& tensor, int destination) {
  check_rank(communicator, destination, "the destination");
  const RingTensor own = on_host(tensor);
  const bool receiving = communicator.rank() == destination;
  std::vector<RingTensor> all;
  RoundLists lists(communicator);
  if (!receiving) lists.send[destination] = {wire_bytes(own)};
  for (int peer = 0; receiving && peer < communicator.world_size(); ++peer) {
    all.push_back(peer == destination ? tensor : RingTensor::empty(tensor.sizes()));
    if (peer != destination) lists.receive[peer] = {writable_wire_bytes(all.back())};
  }
  lists.exchange(communicator);
  for (RingTensor& part : all) part = on_device(part, tensor.device());
  return all;
}

}  // namespace crypten
