#include "mpc/protocol/bitwise.h"

#include <ATen/ATen.h>

#include <array>
#include <string>
#include <vector>

#include "crypten_core/error.h"
#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/kernels/compare_bits.h"
#include "crypten_core/thread_pool.h"
#include "mpc/error_codes.h"
#include "mpc/protocol/open.h"

namespace crypten {
namespace {

constexpr int64_t kTilesPerChunk = 64;

void check(bool holds, const char* why) {
  if (!holds) throw InvalidArgument(mpc_code::invalid_argument, "these bits have no AND", "bit_and", why, "pass 1 … 8 tensors of bits of one shape");
}

const uint64_t* words(const at::Tensor& planes) { return reinterpret_cast<const uint64_t*>(planes.const_data_ptr<int64_t>()); }

// 512 bits follow one another as elements of a bit plane do: words are a plane of 64 times as many bits.
BitShared as_bits(const BinaryShared& a) {
  const auto flat = a.share().words().contiguous().view(-1);
  const int64_t tiles = tile_count(64 * flat.numel());
  return BitShared(at::constant_pad_nd(flat, {0, tiles * kTileWords - flat.numel()}).view({tiles, 1, kTileWords}), {64 * flat.numel()});
}
BinaryShared as_words(const BitShared& bits, at::IntArrayRef sizes) {
  return BinaryShared(RingTensor(bits.plane().reshape(-1).narrow(0, 0, bits.numel() / 64).view(sizes)));
}

BitShared product(Party& party, std::span<const BitShared> factors) {
  const int k = static_cast<int>(factors.size());
  const int64_t count = factors[0].numel(), tiles = tile_count(count);
  const auto masks = party.rng().take_bits(count, k, at::kCPU);
  BitProductRequest request;
  std::vector<at::Tensor> planes;
  for (int i = 0; i < k; ++i) {
    request.factors.push_back(masks.ref);
    request.factors.back().plane = i;
    planes.push_back(factors[static_cast<size_t>(i)].plane());
  }
  const auto dealt = party.provider().request(std::move(request));
  const auto opened = open_bits(party, at::cat(planes, 1), count, masks.share, "and"), mask_share = masks.share.contiguous(), products = dealt.bits().contiguous();
  const auto result = at::empty({tiles, 1, kTileWords}, at::kLong);
  auto* out = reinterpret_cast<uint64_t*>(result.mutable_data_ptr<int64_t>());
  const uint64_t one = party.rank() == 0 ? ~uint64_t{0} : 0;
  const auto kernel = kMergePairs[kernel_path()];
  parallel_for(tiles, kTilesPerChunk, [&](int64_t begin, int64_t end) {
    std::array<const uint64_t*, kMostFactors> public_bits;
    std::array<const uint64_t*, size_t{1} << kMostFactors> shares;
    for (int64_t tile = begin; tile < end; ++tile) {
      const auto *next_product = words(products) + tile * products.size(1) * kTileWords, *next_mask = words(mask_share) + tile * k * kTileWords;
      for (size_t i = 0; i < factors.size(); ++i) public_bits[i] = words(opened) + (tile * k + static_cast<int64_t>(i)) * kTileWords;
      for (size_t subset = 1; subset < size_t{1} << k; ++subset) {
        auto& next = (subset & (subset - 1)) == 0 ? next_mask : next_product;
        shares[subset] = next;
        next += kTileWords;
      }
      kernel({.pairs = k, .public_equal = public_bits.data(), .masks_equal = shares.data(), .one = one, .equal = out + tile * kTileWords});
    }
  });
  return BitShared(result, factors[0].sizes().vec());
}

}  // namespace

BitShared bit_and(Party& party, std::span<const BitShared> factors) {
  const auto at = party.scope("and");
  party.check_open("bit_and");
  check(!factors.empty() && factors.size() <= static_cast<size_t>(kMostFactors), "expected 1 … 8 factors");
  for (const auto& factor : factors) check(factor.sizes() == factors[0].sizes(), "the factors have different shapes");
  party.scopes().fact(std::to_string(factors.size()));
  party.scopes().fact(factors[0].sizes());
  return factors.size() == 1 ? factors[0] : product(party, factors);
}

BitShared bit_not(Party& party, const BitShared& a) {
  if (party.rank() != 0) return a;
  return BitShared(at::bitwise_xor(a.plane(), slice_bits(at::ones({a.numel()}, at::kLong), 0, 1)), a.sizes().vec());
}

BitShared bit_or(Party& party, const BitShared& a, const BitShared& b) {
  const std::array factors{bit_not(party, a), bit_not(party, b)};
  return bit_not(party, bit_and(party, factors));
}

BinaryShared bit_and(Party& party, const BinaryShared& a, const BinaryShared& b) {
  check(a.sizes() == b.sizes(), "the words have different shapes");
  const std::array factors{as_bits(a), as_bits(b)};
  return as_words(bit_and(party, factors), a.sizes());
}

BinaryShared bit_or(Party& party, const BinaryShared& a, const BinaryShared& b) { return bit_not(party, bit_and(party, bit_not(party, a), bit_not(party, b))); }

BinaryShared bit_not(Party& party, const BinaryShared& a) {
  return party.rank() == 0 ? BinaryShared(RingTensor(at::bitwise_not(a.share().words()))) : a;
}

BinaryShared bit_xor(Party& party, const BinaryShared& a, const RingTensor& pattern) {
  check(a.sizes() == pattern.sizes(), "the pattern has another shape");
  return party.rank() == 0 ? BinaryShared(RingTensor(at::bitwise_xor(a.share().words(), pattern.words()))) : a;
}

}  // namespace crypten
