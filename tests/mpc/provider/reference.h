// What masks and terms are, written as naively as their definitions read: word by word. The oracle for the dealer's tests.
#pragma once

#include <cstring>
#include <numeric>

#include "crypten_core/kernels/bit_slice.h"
#include "mpc/provider/dealer.h"
#include "tests/support/aten.h"

namespace crypten::reference {

inline DealerStreams streams(int world_size, uint8_t seed = 1) {
  DealerStreams all;
  for (int rank = 0; rank < world_size; ++rank) {
    std::array<uint8_t, 16> bytes{};
    bytes[0] = seed, bytes[1] = static_cast<uint8_t>(rank);
    all.push_back(std::make_shared<KeyedStreams>(Key(bytes)));
  }
  return all;
}

inline uint64_t word(const WordSource& source, uint64_t position) {
  uint64_t value = 0;
  source.fill({&value, 1}, position);
  return value;
}

inline int64_t numel(const std::vector<int64_t>& sizes) { return std::accumulate(sizes.begin(), sizes.end(), int64_t{1}, std::multiplies<>()); }

// Element i in row-major order.
inline uint64_t mask_element(const DealerStreams& streams, const MaskRef& mask, int64_t i) {
  uint64_t position = mask.offset;
  for (size_t d = mask.sizes.size(); d-- > 0;) {
    position += static_cast<uint64_t>(i % mask.sizes[d] * mask.strides[d]);
    i /= mask.sizes[d];
  }
  uint64_t sum = 0;
  for (const auto& rank : streams) sum += word(*rank->masks(mask.call), position);
  return sum * static_cast<uint64_t>(mask.factor);
}

inline uint64_t lambda_element(const DealerStreams& streams, const MaskExpression& masks, int64_t i) {
  uint64_t sum = 0;
  for (const auto& mask : masks) sum += mask_element(streams, mask, i);
  return sum;
}

inline uint64_t low(uint64_t value, int bits) { return bits == 64 ? value : value & ((uint64_t{1} << bits) - 1); }

inline uint64_t bit_element(const DealerStreams& streams, const BitMaskRef& bit, int64_t i) {
  const auto position = bit.offset + static_cast<uint64_t>((i / 512 * bit.planes + bit.plane) * 8 + i % 512 / 64);
  uint64_t value = 0;
  for (const auto& rank : streams) value ^= word(*rank->masks(bit.call), position);
  return value >> (i % 64) & 1;
}

inline uint64_t term_element(const DealerStreams& streams, const Ring& ring, const TermRef& term, int64_t i) {
  const int bits = term.ring_bits == 0 ? ring.bits : term.ring_bits;
  const auto r = [&] { return low(-lambda_element(streams, term.masks, i), bits); };
  switch (term.kind) {
    case TermRef::Kind::mask:
      return lambda_element(streams, term.masks, i);
    case TermRef::Kind::shifted:
      return r() >> term.shift;
    case TermRef::Kind::top_bit:
      return r() >> (bits - 1);
    case TermRef::Kind::bit:
      return bit_element(streams, term.bit, i) ^ (term.masks.empty() ? 0 : r() >> (term.shift > 0 ? term.shift : ring.bits - 1) & 1);
  }
  return 0;
}

inline at::Tensor term(const DealerStreams& streams, const Ring& ring, const TermRef& term) {
  auto out = at::empty(term.sizes, at::kLong);
  for (int64_t i = 0; i < out.numel(); ++i) out.mutable_data_ptr<int64_t>()[i] = static_cast<int64_t>(term_element(streams, ring, term, i));
  return out;
}

// Contiguous mask of these sizes.
inline MaskRef mask(std::vector<int64_t> sizes, uint64_t offset, uint64_t call = 0) {
  std::vector<int64_t> strides(sizes.size(), 1);
  for (size_t d = sizes.size(); d-- > 1;) strides[d - 1] = strides[d] * sizes[d];
  return {.call = call, .offset = offset, .sizes = std::move(sizes), .strides = std::move(strides)};
}

inline TermRef mask_term(const MaskRef& mask) { return {.kind = TermRef::Kind::mask, .masks = {mask}, .sizes = mask.sizes}; }

}  // namespace crypten::reference
