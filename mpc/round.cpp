#include "mpc/round.h"

#include <algorithm>
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
  queue_.push_back({.ticket = next_ticket_, .opening = std::move(opening), .packed = {}, .host = {}, .leaving = {}, .arriving = {}});
  return next_ticket_++;
}

void Round::withdraw(uint64_t ticket) {
  std::erase_if(queue_, [ticket](const Entry& entry) { return entry.ticket == ticket; });
}

// Of a tensor on another device, what is sent is packed there and comes to the CPU as it travels, and what came goes there as it came: sums are formed where the tensor lies.
void Round::prepare_there(Entry& entry, bool sent) const {
  const auto& opening = entry.opening;
  const int bits = bits_of(opening);
  const bool narrow = !opening.xor_planes && bits < 64;
  const int64_t count = opening.xor_planes ? opening.count : opening.words.numel();
  entry.bytes = opening.xor_planes || narrow ? static_cast<size_t>(packed_size(count, opening.xor_planes ? opening.words.size(1) : bits)) : opening.words.nbytes();
  if (!sent) return;
  auto words = opening.words;
  if (opening.xor_planes) words = pack_planes(words, count);
  else if (narrow) words = pack_planes(slice_bits(words, 0, bits), count);
  entry.leaving = std::make_unique<CopyToHost>(words.flatten().view(at::kByte).narrow(0, 0, static_cast<int64_t>(entry.bytes)));
}

at::Tensor Round::combined_there(Entry& entry) const {
  const auto& opening = entry.opening;
  const int bits = bits_of(opening);
  auto own = opening.words;
  for (const auto& part : entry.arriving) {
    if (!part) continue;
    const auto words = part->take();
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

void Round::prepare(Entry& entry, bool sent) const {
  const auto& opening = entry.opening;
  if (entry.there()) return prepare_there(entry, sent);
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
  bool elsewhere = false;
  for (auto& entry : entries) {
    bool sent = false;
    for (int p = 0; p < n; ++p) sent |= p != rank && learns(entry, p);
    prepare(entry, sent);
    elsewhere |= entry.there();
    const Bytes piece = entry.leaving            ? entry.leaving->bytes()
                        : entry.there()          ? Bytes{}
                        : !entry.packed.empty() ? Bytes{entry.packed}
                                                 : Bytes{reinterpret_cast<const std::byte*>(entry.host.data_ptr()), entry.bytes};
    for (int p = 0; p < n; ++p)
      if (p != rank && learns(entry, p) && !piece.empty()) send[static_cast<size_t>(p)].push_back(piece);
    if (!learns(entry, rank)) continue;
    if (entry.there()) {
      for (int p = 0; p < n; ++p) entry.arriving.push_back(p == rank ? nullptr : std::make_unique<CopyToDevice>(entry.bytes, entry.opening.words.device()));
      continue;
    }
    entry.place = total;
    total += (entry.bytes + kAlignment - 1) / kAlignment * kAlignment;
  }
  for (int p = 0; p < n; ++p) {
    if (p == rank) continue;
    auto& buffer = received[static_cast<size_t>(p)];
    buffer.resize(total);
    for (const auto& entry : entries) {
      if (!learns(entry, rank) || entry.bytes == 0) continue;
      receive[static_cast<size_t>(p)].push_back(entry.there() ? entry.arriving[static_cast<size_t>(p)]->bytes() : MutableBytes{buffer.data() + entry.place, entry.bytes});
    }
  }
  // Of a message's first bytes, each entry's part.
  const auto ready = [&](int peer, size_t bytes) {
    for (const auto& entry : entries) {
      if (!learns(entry, peer)) continue;
      if (entry.leaving) entry.leaving->await(bytes);
      if (bytes <= entry.bytes) return;
      bytes -= entry.bytes;
    }
  };
  const auto arrived = [&](int peer, size_t bytes) {
    for (const auto& entry : entries) {
      if (!learns(entry, rank)) continue;
      if (entry.there()) entry.arriving[static_cast<size_t>(peer)]->arrived(std::min(bytes, entry.bytes));
      if (bytes <= entry.bytes) return;
      bytes -= entry.bytes;
    }
  };
  if (elsewhere) communicator.exchange(send, receive, arrived, ready);
  else communicator.exchange(send, receive);

  for (auto& entry : entries) {
    if (!learns(entry, rank)) {
      entry.opening.done({});
      continue;
    }
    if (entry.there()) {
      if (entry.leaving) entry.leaving->await(entry.bytes);  // the sum is formed in what was copied
      entry.opening.done(combined_there(entry));
      continue;
    }
    std::vector<const std::byte*> parts;
    for (int p = 0; p < n; ++p)
      if (p != rank) parts.push_back(received[static_cast<size_t>(p)].data() + entry.place);
    combine(entry, parts);
    entry.opening.done(entry.host);
  }
}

}  // namespace crypten
