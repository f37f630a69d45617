#include "comm/collective/all_reduce.h"

#include <algorithm>

#include "comm/tensor_codec.h"
#include "crypten_core/kernels/word_runs.h"

namespace crypten {
namespace {

// The sums of several tensors, which grow as the peers' parts arrive: a part is added while it lies in the cache and the rest of it is on its way.
class RunningSums {
 public:
  RunningSums(int world_size, std::span<const RingTensor> own) : received_(static_cast<size_t>(world_size)), added_(static_cast<size_t>(world_size)) {
    for (const RingTensor& tensor : own) sums_.emplace_back(tensor.words().clone(at::MemoryFormat::Contiguous));
  }

  // Where to receive what `peer` sends: one part for each tensor.
  Communicator::Scatter buffers_for(int peer) {
    Communicator::Scatter buffers{MutableBytes{}};
    auto& parts = received_[static_cast<size_t>(peer)];
    for (const RingTensor& sum : sums_) {
      parts.push_back(RingTensor::empty(sum.sizes()));
      buffers.push_back(writable_wire_bytes(parts.back()));
    }
    return buffers;
  }

  // The first `bytes` of all that `peer` sends are there.
  void add(int peer, size_t bytes) {
    size_t& added = added_[static_cast<size_t>(peer)];
    const size_t words = bytes / sizeof(int64_t);  // of one of which half may be there
    size_t first = 0;
    for (size_t i = 0; i < sums_.size() && added < words; ++i) {
      const auto count = static_cast<size_t>(sums_[i].numel());
      const size_t end = std::min(words, first + count);
      if (added < end) {
        auto* sum = reinterpret_cast<uint64_t*>(sums_[i].words().mutable_data_ptr<int64_t>());
        const auto* part = reinterpret_cast<const uint64_t*>(received_[static_cast<size_t>(peer)][i].words().const_data_ptr<int64_t>());
        kWordRuns[kernel_path()]->add(sum + (added - first), part + (added - first), end - added);
        added = end;
      }
      first += count;
    }
  }

  std::vector<RingTensor> take() { return std::move(sums_); }

 private:
  std::vector<RingTensor> sums_;                   // on the host
  std::vector<std::vector<RingTensor>> received_;  // by rank
  std::vector<size_t> added_;                      // words, by rank
};

}  // namespace

std::vector<RingTensor> all_reduce(Communicator& communicator, std::span<const RingTensor> tensors) {
  const int size = communicator.world_size();
  Communicator::Gather own{Bytes{}};  // a frame even when there is nothing in it: parties stay in step
  std::vector<RingTensor> hosts;
  for (const RingTensor& tensor : tensors) {
    hosts.push_back(on_host(tensor));
    own.push_back(wire_bytes(hosts.back()));
  }
  RunningSums sums(size, hosts);
  std::vector<Communicator::Scatter> receive(size);
  for (int peer = 0; peer < size; ++peer)
    if (peer != communicator.rank()) receive[peer] = sums.buffers_for(peer);
  communicator.exchange_with_all(own, receive, {.needed = {}, .arrived = [&](int peer, size_t bytes) { sums.add(peer, bytes); }});
  std::vector<RingTensor> results = sums.take();
  for (size_t i = 0; i < tensors.size(); ++i) results[i] = on_device(results[i], tensors[i].device());
  return results;
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
    kWordRuns[kernel_path()]->exclusive_or(words.data(), theirs.data(), theirs.size());
  }
}

}  // namespace crypten
