// MaskValues: masks in clear, as only the dealer knows them: what a request's mask expressions, mask bits and terms evaluate to, from the streams of all ranks.
// Lives as long as one request is dealt: terms that share an expression or a block of bits expand it once. What several requests need may be kept in between (`kept`).
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "mpc/provider/clear_value.h"
#include "mpc/provider/mask_cache.h"
#include "mpc/provider/rank_streams.h"
#include "mpc/provider/requests.h"

namespace crypten {

using DealerStreams = std::vector<std::shared_ptr<const RankStreams>>;  // by rank

class MaskValues {
 public:
  MaskValues(const DealerStreams& streams, const Ring& ring, const MaskCache::Session* kept = nullptr);
  ~MaskValues();
  MaskValues(const MaskValues&) = delete;
  MaskValues& operator=(const MaskValues&) = delete;

  const Ring& ring() const { return ring_; }

  // λ = Σ of the views, each the sum over all ranks of their mask words: int64, contiguous, in the views' sizes, not reduced (mod 2^64).
  // Not to be written to.
  at::Tensor lambda(const MaskExpression& masks) const;
  // r = −λ mod 2^bits (0: of the ring), as unsigned numbers in int64 words: contiguous, in the views' sizes.
  at::Tensor negated(const MaskExpression& masks, int bits = 0) const;
  // All planes of a block of mask bits, XOR over all ranks: int64 [tiles, planes, 8], contiguous; unused lanes of the last tile are zero. bit.plane is ignored.
  at::Tensor planes(const BitMaskRef& bit) const;
  // One of them: int64 [tiles, 1, 8], a view of the block.
  at::Tensor plane(const BitMaskRef& bit) const;
  // The words of one rank alone at these positions: keys of a permutation. int64, contiguous. Throws InvalidArgument: no such rank.
  at::Tensor words(int rank, const MaskRef& keys) const;
  // A term's value in its sizes: int64.
  at::Tensor term(const TermRef& term) const;

  // λ, all planes of a block, and a term's value as functions of the place: expanded where they are read, once for each reading. They live no longer than this.
  ClearValue lambda_blocks(const MaskExpression& masks) const;
  ClearValue plane_blocks(const BitMaskRef& bit) const;
  ClearValue term_blocks(const TermRef& term) const;

 private:
  enum class Combination { sum, exclusive_or };
  using Sources = std::vector<std::shared_ptr<const WordSource>>;  // by rank
  const Sources& sources(uint64_t call) const;
  // out[i] = Σ (or XOR) over all ranks of word offset + i.
  static void combine(const Sources& sources, uint64_t offset, std::span<uint64_t> out, Combination combination);
  // The same of the mask words of that call, on several threads.
  void combine(uint64_t call, uint64_t offset, std::span<uint64_t> out, Combination combination) const;
  at::Tensor strided(uint64_t call, uint64_t offset, const std::vector<int64_t>& sizes, const std::vector<int64_t>& strides) const;
  at::Tensor view(const MaskRef& mask) const;
  at::Tensor evaluate(const TermRef& term) const;

  const DealerStreams& streams_;
  Ring ring_;
  const MaskCache::Session* kept_;
  mutable std::map<uint64_t, Sources> calls_;
  mutable std::vector<std::pair<MaskExpression, at::Tensor>> lambdas_;
  mutable std::vector<std::pair<BitMaskRef, at::Tensor>> planes_;
  mutable std::vector<std::pair<TermRef, at::Tensor>> terms_;
};

// Clears the bits of the last tile that belong to no element. planes: contiguous [tiles, planes, 8] for `count` elements.
void clear_unused_lanes(at::Tensor& planes, int64_t count);

}  // namespace crypten
