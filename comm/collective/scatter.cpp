#include "comm/collective/scatter.h"

#include <algorithm>
#include <vector>

#include "comm/collective/round_lists.h"
#include "comm/error_codes.h"
#include "comm/tensor_codec.h"
#include "crypten_core/error.h"

namespace crypten {

RingTensor scatter(Communicator& communicator, std::span<const RingTensor> parts, at::IntArrayRef sizes, int source, at::Device device) {
  check_rank(communicator, source, "the source");
  const int size = communicator.world_size();
  const bool giving = communicator.rank() == source;
  const bool fits = std::all_of(parts.begin(), parts.end(), [&](const RingTensor& part) { return part.defined() && part.sizes() == sizes; });
  if (parts.size() != static_cast<size_t>(giving ? size : 0) || !fits) {
    throw InvalidArgument(comm_code::invalid_argument, "the parts do not fit", "scatter on rank " + std::to_string(communicator.rank()),
                          "the source has one part per rank, of the sizes given; the others have none", "pass parts at the source only");
  }
  RoundLists lists(communicator);
  std::vector<RingTensor> hosts;
  for (int peer = 0; giving && peer < size; ++peer) {
    hosts.push_back(on_host(parts[peer]));
    if (peer != source) lists.send[peer] = {wire_bytes(hosts.back())};
  }
  const RingTensor received = giving ? RingTensor() : RingTensor::empty(sizes);
  if (!giving) lists.receive[source] = {writable_wire_bytes(received)};
  lists.exchange(communicator);
  return giving ? parts[source] : on_device(received, device);
}

}  // namespace crypten
