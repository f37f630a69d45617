#include "mpc/protocol/bitwise.h"

#include <array>
#include <bit>
#include <string>
#include <vector>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/kernels/compare_bits.h"
#include "mpc/error_codes.h"
#include "mpc/protocol/open.h"

namespace crypten {
namespace {

void check(bool holds, const char* why) {
  if (!holds) throw InvalidArgument(mpc_code::invalid_argument, "these bits have no AND", "bit_and", why, "pass 1 … 8 tensors of bits of one shape");
}

}  // namespace

PendingAnd::PendingAnd(Party& party, int factors, std::vector<int64_t> sizes, at::Device device) : sizes_(std::move(sizes)), count_(c10::multiply_integers(sizes_)) {
  check(factors >= 2 && factors <= 8, "expected 2 … 8 factors");
  masks_ = party.rng().take_bits(count_, factors, device);
  BitProductRequest request;
  for (int i = 0; i < factors; ++i) {
    request.factors.push_back(masks_.ref);
    request.factors.back().plane = i;
  }
  products_ = party.provider().request(std::move(request), device);
}

BitShared PendingAnd::run(Party& party, const at::Tensor& planes) const {
  const auto at = party.scope("and");
  const int k = masks_.ref.planes;
  party.scopes().fact(std::to_string(k));
  party.scopes().fact(sizes_);
  const auto opened = open_bits(party, planes, count_, masks_.share, "and"), products = products_->bits();
  PairMerge merge{.equal = 0};
  for (int i = 0; i < k; ++i) merge.public_equal.push_back({opened, i});
  int64_t next_mask = 0, next_product = 0;  // both in ascending order of the subsets' bit patterns
  for (unsigned subset = 0; subset < 1U << k; ++subset) {
    const bool single = std::has_single_bit(subset);
    merge.masks_equal.push_back(subset == 0 ? Plane() : single ? Plane{masks_.share, next_mask++} : Plane{products, next_product++});
  }
  return BitShared(merge_pairs({&merge, 1}, tile_count(count_), 1, party.rank() == 0), sizes_);
}

BitShared bit_and(Party& party, std::span<const BitShared> factors) {
  party.check_open("bit_and");
  check(!factors.empty() && factors.size() <= 8, "expected 1 … 8 factors");
  for (const auto& factor : factors) check(factor.sizes() == factors[0].sizes(), "the factors have different shapes");
  if (factors.size() == 1) return factors[0];
  std::vector<at::Tensor> planes;
  for (const auto& factor : factors) planes.push_back(factor.plane());
  const PendingAnd product(party, static_cast<int>(factors.size()), factors[0].sizes().vec(), factors[0].plane().device());
  return product.run(party, at::cat(planes, 1));
}

BitShared bit_not(Party& party, const BitShared& a) {
  if (party.rank() != 0) return a;
  return BitShared(at::bitwise_xor(a.plane(), slice_bits(at::ones({a.numel()}, a.plane().options()), 0, 1)), a.sizes().vec());
}

BitShared bit_or(Party& party, const BitShared& a, const BitShared& b) {
  const std::array factors{bit_not(party, a), bit_not(party, b)};
  return bit_not(party, bit_and(party, factors));
}

BinaryShared bit_and(Party& party, const BinaryShared& a, const BinaryShared& b) {
  check(a.sizes() == b.sizes(), "the words have different shapes");
  const std::array factors{bits_of(a), bits_of(b)};
  return words_of(bit_and(party, factors), a.sizes().vec());
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
