#include "comm/collective/broadcast.h"

#include "comm/collective/round_lists.h"
#include "comm/tensor_codec.h"

namespace crypten {

void broadcast(Communicator& communicator, MutableBytes data, int source) {
  check_rank(communicator, source, "the source");
  RoundLists lists(communicator);
  if (communicator.rank() == source) lists.send.assign(communicator.world_size(), {Bytes(data)});
  else lists.receive[source] = {data};
  lists.exchange(communicator);
}

RingTensor broadcast(Communicator& communicator, const RingTensor& tensor, int source) {
  check_rank(communicator, source, "the source");
  const RingTensor host = communicator.rank() == source ? on_host(tensor) : RingTensor::empty(tensor.sizes());
  broadcast(communicator, writable_wire_bytes(host), source);
  return communicator.rank() == source ? tensor : on_device(host, tensor.device());
}

}  // namespace crypten
