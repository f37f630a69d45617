#include "mpc/sharing/binary_shared.h"

#include <c10/util/accumulate.h>

#include <string>
#include <utility>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/word_tensor.h"
#include "mpc/error_codes.h"

namespace crypten {

BinaryShared operator^(const BinaryShared& a, const BinaryShared& b) {
  return BinaryShared(RingTensor(exclusive_or_of(a.share().words(), b.share().words())));
}

BitShared bits_of(const BinaryShared& words) {
  const auto flat = words.share().words().reshape(-1);
  const int64_t bits = 64 * flat.numel(), tiles = tile_count(bits);
  return BitShared(at::constant_pad_nd(flat, {0, tiles * kTileWords - flat.numel()}).view({tiles, 1, kTileWords}), {bits});
}

BinaryShared words_of(const BitShared& bits, const std::vector<int64_t>& sizes) {
  const int64_t words = c10::multiply_integers(sizes);
  if (bits.numel() != 64 * words)
    throw InvalidArgument(mpc_code::invalid_argument, "these bits are not the bits of that many words", "words_of",
                          std::to_string(bits.numel()) + " bits for " + std::to_string(words) + " words", "give 64 bits for each word");
  return BinaryShared(RingTensor(bits.plane().reshape(-1).narrow(0, 0, words).view(sizes)));
}

}  // namespace crypten
