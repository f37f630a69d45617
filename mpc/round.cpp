#include "mpc/round.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "crypten_core/aten.h"
#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/kernels/packed_planes.h"
#include "crypten_core/thread_pool.h"

namespace crypten {
namespace {

constexpr size_t kAlignment = 64;        // of each tensor in a receive buffer
constexpr int64_t kGrain = int64_t{1} << 16;  // words: below that a second thread costs more than it gives

template <bool exclusive_or>
void accumulate(uint64_t* own, const std::vector<const std::byte*>& parts, int64_t count) {
  parallel_for(count, kGrain, [&](int64_t begin, int64_t end) {
    for (const std::byte* part : parts) {
      const auto* other = reinterpret_cast<const uint64_t*>(part);
      for (int64_t i = begin; i < end; ++i) {
        if constexpr (exclusive_or) own[i] ^= other[i];
        else own[i] += other[i];
      }
    }
  });
}

}  // namespace

uint64_t Round::queue(Party::Opening opening) {
  queue_.push_back({next_ticket_, std::move(opening), {}, {}, 0, 0});
  return next_ticket_++;
}

void Round::withdraw(uint64_t ticket) {
  std::erase_if(queue_, [ticket](const Entry& entry) { return entry.ticket == ticket; });
}

// Of a tensor on another device, what is sent is packed there and comes to the CPU as it travels, and what came goes there as it came: sums are formed where the tensor lies.
void Round::prepare_there(Entry& entry) const {
  const auto& opening = entry.opening;
  const int bits = bits_of(opening);
  const bool narrow = !opening.xor_planes && bits < 64;
  auto words = opening.words;
  if (opening.xor_planes) words = pack_planes(words, opening.count);
  else if (narrow) words = pack_planes(slice_bits(words, 0, bits), words.numel());
  const int64_t count = opening.xor_planes ? opening.count : opening.words.numel();
  entry.bytes = opening.xor_planes || narrow ? static_cast<size_t>(packed_size(count, opening.xor_planes ? opening.words.size(1) : bits)) : opening.words.nbytes();
  entry.host = words.flatten().view(at::kByte).narrow(0, 0, static_cast<int64_t>(entry.bytes)).to(at::kCPU);
}

at::Tensor Round::combined_there(const Entry& entry, const std::vector<const std::byte*>& parts) const {
  const auto& opening = entry.opening;
  const int bits = bits_of(opening);
  auto own = opening.words;
  for (const std::byte* part : parts) {
    auto words = at::zeros({static_cast<int64_t>((entry.bytes + 7) / 8)}, at::kLong);
    if (entry.bytes > 0) std::memcpy(words.mutable_data_ptr<int64_t>(), part, entry.bytes);
    words = words.to(own.device());
    if (opening.xor_planes) {
      own.bitwise_xor_(unpack_planes(words, opening.count, own.size(1)));
    } else if (bits < 64) {
      own.add_(unslice_bits(unpack_planes(words, own.numel(), bits), own.numel(), 0).view(own.sizes()));
    } else {
      own.add_(words.view(own.sizes()));
    }
  }
  if (!opening.xor_planes && bits < 64) own.bitwise_and_(static_cast<int64_t>((uint64_t{1} << bits) - 1));
  return own;
}

void Round::prepare(Entry& entry) const {
  const auto& opening = entry.opening;
  if (!opening.words.device().is_cpu()) return prepare_there(entry);
  entry.host = opening.words;
  if (opening.xor_planes) {
    entry.packed.resize(static_cast<size_t>(packed_size(opening.count, entry.host.size(1))));
    pack(entry.host, opening.count, entry.packed);
    entry.bytes = entry.packed.size();
  } else if (const int bits = bits_of(opening); bits < 64) {
    const int64_t count = entry.host.numel();
    entry.packed.resize(static_cast<size_t>(packed_size(count, bits)));
    pack(slice_bits(entry.host, 0, bits), count, entry.packed);
    entry.bytes = entry.packed.size();
  } else {
    entry.bytes = entry.host.nbytes();
  }
}

void Round::combine(Entry& entry, const std::vector<const std::byte*>& parts) const {
  const auto& opening = entry.opening;
  const auto words = [](const at::Tensor& tensor) { return reinterpret_cast<uint64_t*>(tensor.data_ptr<int64_t>()); };
  auto& own = entry.host;
  if (opening.xor_planes) {
    for (const std::byte* part : parts) {
      const auto other = unpack({part, entry.bytes}, opening.count, own.size(1));
      accumulate<true>(words(own), {reinterpret_cast<const std::byte*>(other.data_ptr())}, own.numel());
    }
  } else if (const int bits = bits_of(opening); bits < 64) {
    for (const std::byte* part : parts) {
      const auto other = unslice_bits(unpack({part, entry.bytes}, own.numel(), bits), own.numel(), 0);
      accumulate<false>(words(own), {reinterpret_cast<const std::byte*>(other.data_ptr())}, own.numel());
    }
    own.bitwise_and_(static_cast<int64_t>((uint64_t{1} << bits) - 1));
  } else {
    accumulate<false>(words(own), parts, own.numel());
  }
}

void Round::run(Communicator& communicator) {
  auto entries = std::exchange(queue_, {});
  const int rank = communicator.rank(), n = communicator.world_size();
  std::vector<Communicator::Gather> send(static_cast<size_t>(n));
  std::vector<Communicator::Scatter> receive(static_cast<size_t>(n));
  std::vector<ByteVector> received(static_cast<size_t>(n));  // by rank

  const auto learns = [](const Entry& entry, int p) { return !entry.opening.to || *entry.opening.to == p; };
  size_t total = 0;
  for (auto& entry : entries) {
    prepare(entry);
    const Bytes piece = entry.packed.empty() ? Bytes{reinterpret_cast<const std::byte*>(entry.host.data_ptr()), entry.bytes} : Bytes{entry.packed};
    for (int p = 0; p < n; ++p)
      if (p != rank && learns(entry, p) && !piece.empty()) send[static_cast<size_t>(p)].push_back(piece);
    if (!learns(entry, rank)) continue;
    entry.place = total;
    total += (entry.bytes + kAlignment - 1) / kAlignment * kAlignment;
  }
  for (int p = 0; p < n; ++p) {
    if (p == rank) continue;
    auto& buffer = received[static_cast<size_t>(p)];
    buffer.resize(total);
    for (const auto& entry : entries)
      if (learns(entry, rank) && entry.bytes > 0) receive[static_cast<size_t>(p)].push_back({buffer.data() + entry.place, entry.bytes});
  }
  communicator.exchange(send, receive);

  for (auto& entry : entries) {
    if (!learns(entry, rank)) {
      entry.opening.done({});
      continue;
    }
    std::vector<const std::byte*> parts;
    for (int p = 0; p < n; ++p)
      if (p != rank) parts.push_back(received[static_cast<size_t>(p)].data() + entry.place);
    if (!entry.opening.words.device().is_cpu()) {
      entry.opening.done(combined_there(entry, parts));
      continue;
    }
    combine(entry, parts);
    entry.opening.done(entry.host);
  }
}

}  // namespace crypten
