#include "comm/collective/all_reduce.h"

#include "comm/tensor_codec.h"

namespace crypten {

std::vector<RingTensor> all_reduce(Communicator& communicator, std::span<const RingTensor> tensors) {
  const int size = communicator.world_size();
  Communicator::Gather own{Bytes{}};  // a frame even when there is nothing in it: parties stay in step
  std::vector<RingTensor> hosts;
  for (const RingTensor& tensor : tensors) {
    hosts.push_back(on_host(tensor));
    own.push_back(wire_bytes(hosts.back()));
  }
  std::vector<std::vector<RingTensor>> received(size);
  std::vector<Communicator::Scatter> receive(size);
  for (int peer = 0; peer < size; ++peer) {
    if (peer == communicator.rank()) continue;
    receive[peer] = {MutableBytes{}};
    for (const RingTensor& tensor : tensors) {
      received[peer].push_back(RingTensor::empty(tensor.sizes()));
      receive[peer].push_back(writable_wire_bytes(received[peer].back()));
    }
  }
  communicator.exchange_with_all(own, receive);
  std::vector<RingTensor> sums;
  for (size_t i = 0; i < tensors.size(); ++i) {
    RingTensor sum = tensors[i];
    for (int peer = 0; peer < size; ++peer) {
      if (peer != communicator.rank()) sum = sum + on_device(received[peer][i], tensors[i].device());
    }
    sums.push_back(std::move(sum));
  }
  return sums;
}

RingTensor all_reduce(Communicator& communicator, const RingTensor& tensor) { return all_reduce(communicator, std::span(&tensor, 1)).front(); }

void all_reduce_xor(Communicator& communicator, std::span<uint64_t> words) {
  const int size = communicator.world_size();
  std::vector<std::vector<uint64_t>> received(size);
  std::vector<Communicator::Scatter> receive(size);
  for (int peer = 0; peer < size; ++peer) {
    if (peer == communicator.rank()) continue;
    received[peer].resize(words.size());
    receive[peer] = {std::as_writable_bytes(std::span(received[peer]))};
  }
  communicator.exchange_with_all({std::as_bytes(words)}, receive);
  for (const auto& theirs : received) {
    for (size_t i = 0; i < theirs.size(); ++i) words[i] ^= theirs[i];
  }
}

}  // namespace crypten
