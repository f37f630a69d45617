#include "mpc/sharing/bit_shared.h"

#include <c10/util/accumulate.h>

#include <string>
#include <utility>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/word_tensor.h"
#include "mpc/error_codes.h"

namespace crypten {

BitShared::BitShared(at::Tensor plane, std::vector<int64_t> sizes) : plane_(std::move(plane)), sizes_(std::move(sizes)) {
  const int64_t tiles = tile_count(numel());
  if (plane_.scalar_type() != at::kLong || plane_.sizes() != at::IntArrayRef({tiles, 1, kTileWords}))
    throw InvalidArgument(mpc_code::invalid_argument, "the plane does not fit the shape", "BitShared",
                          "expected int64 [" + std::to_string(tiles) + ", 1, 8] for " + std::to_string(numel()) + " elements",
                          "take planes from slice_bits() or from the provider");
}

int64_t BitShared::numel() const { return c10::multiply_integers(sizes_); }

BitShared operator^(const BitShared& a, const BitShared& b) {
  if (a.sizes() != b.sizes())
    throw InvalidArgument(mpc_code::invalid_argument, "the operands have different shapes", "BitShared operator^",
                          "bits do not broadcast", "expand before comparing");
  return BitShared(exclusive_or_of(a.plane(), b.plane()), a.sizes().vec());
}

TermRef MaskedBits::term() const {
  TermRef ref;
  ref.kind = TermRef::Kind::bit;
  ref.bit = mask;
  ref.masks = top_bit_of;
  ref.shift = top_bit;
  ref.sizes = sizes;
  return ref;
}

MaskedBits operator~(const MaskedBits& bits) {
  MaskedBits flipped = bits;
  const int64_t count = c10::multiply_integers(bits.sizes);
  const auto ones = slice_bits(at::ones({count}, bits.value.options()), 0, 1);  // unused lanes stay zero
  flipped.value = exclusive_or_of(bits.value, ones);
  return flipped;
}

}  // namespace crypten
