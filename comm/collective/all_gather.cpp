#include "comm/collective/all_gather.h"

#include "comm/error_codes.h"
#include "comm/tensor_codec.h"
#include "crypten_core/error.h"

namespace crypten {

std::vector<RingTensor> all_gather(Communicator& communicator, const RingTensor& tensor, std::span<const std::vector<int64_t>> sizes) {
  const int size = communicator.world_size();
  const int rank = communicator.rank();
  if (static_cast<int>(sizes.size()) != size || tensor.sizes() != at::IntArrayRef(sizes[rank])) {
    throw InvalidArgument(comm_code::invalid_argument, "the sizes do not fit", "all_gather on rank " + std::to_string(rank),
                          "one entry per rank is needed, and the own entry is the own tensor's", "pass the same list of sizes on all ranks");
  }
  const RingTensor own = on_host(tensor);
  std::vector<RingTensor> all;
  std::vector<Communicator::Scatter> receive(size);
  for (int peer = 0; peer < size; ++peer) {
    all.push_back(peer == rank ? tensor : RingTensor::empty(sizes[peer]));
    if (peer != rank) receive[peer] = {writable_wire_bytes(all.back())};
  }
  communicator.exchange_with_all({wire_bytes(own)}, receive);
  for (RingTensor& part : all) part = on_device(part, tensor.device());
  return all;
}

std::vector<RingTensor> all_gather(Communicator& communicator, const RingTensor& tensor) {
  const std::vector<std::vector<int64_t>> sizes(communicator.world_size(), tensor.sizes().vec());
  return all_gather(communicator, tensor, sizes);
}

}  // namespace crypten
