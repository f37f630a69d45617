#include "mpc/round.h"

#include <algorithm>
#include <utility>

#include "crypten_core/aten.h"
#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/thread_pool.h"

namespace crypten {
namespace {

size_t aligned(size_t bytes) { return (bytes + 63) / 64 * 64; }  // of each tensor in a receive buffer
constexpr int64_t kGrain = int64_t{1} << 16;                     // words: below that a second thread costs more than it gives

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
  queue_.push_back({.ticket = next_ticket_, .opening = std::move(opening)});
  return next_ticket_++;
}

void Round::withdraw(uint64_t ticket) {
  std::erase_if(queue_, [ticket](const Entry& entry) { return entry.ticket == ticket; });
}

// Of a tensor on another device, what is sent comes to the CPU packed as far as planes are, and what came goes there as it came: sums are
// formed where the tensor lies.
void Round::prepare_there(Entry& entry) const {
  const auto& opening = entry.opening;
  const int bits = bits_of(opening);
  if (!opening.xor_planes && bits == 64) {
    entry.host = opening.words.to(at::kCPU);
    entry.bytes = entry.host.nbytes();
    return;
  }
  const auto planes = (opening.xor_planes ? opening.words : slice_bits(opening.words, 0, bits)).to(at::kCPU);
  const int64_t count = opening.xor_planes ? opening.count : opening.words.numel();
  entry.packed.resize(static_cast<size_t>(packed_size(count, planes.size(1))));
  pack(planes, count, entry.packed);
  entry.bytes = entry.packed.size();
}

at::Tensor Round::combined_there(const Entry& entry, const std::vector<const std::byte*>& parts) const {
  const auto& opening = entry.opening;
  const int bits = bits_of(opening);
  auto own = opening.words;
  for (const std::byte* part : parts) {
    if (opening.xor_planes) {
      own.bitwise_xor_(unpack({part, entry.bytes}, opening.count, own.size(1)).to(own.device()));
    } else if (bits < 64) {
      own.add_(unslice_bits(unpack({part, entry.bytes}, own.numel(), bits).to(own.device()), own.numel(), 0).view(own.sizes()));
    } else {
      own.add_(at::from_blob(const_cast<std::byte*>(part), own.sizes(), at::kLong).to(own.device()));
    }
  }
  if (!opening.xor_planes && bits < 64) own.bitwise_and_(static_cast<int64_t>((uint64_t{1} << bits) - 1));
  return own;
}

void Round::compute(Entry& entry, int64_t end) const {
  if (entry.computed >= end) return;
  if (entry.opening.compute) entry.opening.compute(entry.computed, end);
  entry.computed = end;
}

void Round::add(Entry& entry, int64_t end) const {
  end = std::min(end, entry.computed);
  if (entry.added >= end) return;
  const auto* own = reinterpret_cast<const std::byte*>(entry.host.const_data_ptr<int64_t>() + entry.added);
  accumulate<false>(reinterpret_cast<uint64_t*>(entry.sum.mutable_data_ptr<int64_t>()) + entry.added, {own}, end - entry.added);
  entry.added = end;
}

void Round::prepare(Entry& entry) const {
  const auto& opening = entry.opening;
  if (opening.compute && !travels_as_it_lies(entry)) compute(entry, opening.words.numel());
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
  } else if (entry.sum.defined()) {
    accumulate<false>(words(entry.sum), parts, own.numel());
    own = entry.sum;
  }
}

void Round::run(Communicator& communicator) {
  auto entries = std::exchange(queue_, {});
  const int rank = communicator.rank(), n = communicator.world_size();
  const int first = rank == 0 ? 1 : 0;  // the peer whose words are received where the sum is formed
  std::vector<Communicator::Gather> send(static_cast<size_t>(n));
  std::vector<Communicator::Scatter> receive(static_cast<size_t>(n));
  std::vector<ByteVector> received(static_cast<size_t>(n));  // by rank

  const auto learns = [](const Entry& entry, int p) { return !entry.opening.to || *entry.opening.to == p; };
  for (auto& entry : entries) {
    prepare(entry);
    if (n > 1 && learns(entry, rank) && travels_as_it_lies(entry)) entry.sum = at::empty(entry.host.sizes(), entry.host.options());
    const Bytes piece =
        entry.packed.empty() ? Bytes{reinterpret_cast<const std::byte*>(entry.host.data_ptr()), entry.bytes} : Bytes{entry.packed};
    for (int p = 0; p < n; ++p)
      if (p != rank && learns(entry, p) && !piece.empty()) send[static_cast<size_t>(p)].push_back(piece);
  }
  for (int p = 0; p < n; ++p) {
    if (p == rank) continue;
    const auto in_place = [&](const Entry& entry) { return p == first && entry.sum.defined(); };
    size_t total = 0;
    for (const auto& entry : entries)
      if (learns(entry, rank) && !in_place(entry)) total += aligned(entry.bytes);
    auto& buffer = received[static_cast<size_t>(p)];
    buffer.resize(total);
    size_t place = 0;
    for (auto& entry : entries) {
      if (!learns(entry, rank)) continue;
      std::byte* to = in_place(entry) ? static_cast<std::byte*>(entry.sum.mutable_data_ptr())
                                      : buffer.data() + std::exchange(place, place + aligned(entry.bytes));
      if (!in_place(entry)) entry.parts.push_back(to);
      if (entry.bytes > 0) receive[static_cast<size_t>(p)].push_back({to, entry.bytes});
    }
  }
  // Of the payload of all entries that `p` learns, the first `bytes` are needed or here.
  const auto for_each = [&](int p, size_t bytes, auto&& act) {
    for (auto& entry : entries) {
      if (bytes == 0) return;
      if (!learns(entry, p)) continue;
      const size_t covered = std::min(bytes, entry.bytes);
      if (travels_as_it_lies(entry)) act(entry, covered);
      bytes -= covered;
    }
  };
  constexpr size_t kWord = sizeof(int64_t);
  communicator.exchange(
      send, receive,
      {.needed =
           [&](int p, size_t bytes) {
             for_each(p, bytes, [&](Entry& entry, size_t covered) { compute(entry, static_cast<int64_t>((covered + kWord - 1) / kWord)); });
           },
       .arrived =
           [&](int p, size_t bytes) {
             if (p == first)
               for_each(rank, bytes, [&](Entry& entry, size_t covered) { add(entry, static_cast<int64_t>(covered / kWord)); });
           }});

  for (auto& entry : entries) {
    if (!learns(entry, rank)) {
      entry.opening.done({});
    } else if (!entry.opening.words.device().is_cpu()) {
      entry.opening.done(combined_there(entry, entry.parts));
    } else {
      if (travels_as_it_lies(entry)) compute(entry, entry.host.numel());  // what nobody was sent
      if (entry.sum.defined()) add(entry, entry.host.numel());
      combine(entry, entry.parts);
      entry.opening.done(entry.host);
    }
  }
}

}  // namespace crypten
