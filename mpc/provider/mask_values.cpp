#include "mpc/provider/mask_values.h"

#include <algorithm>
#include <array>
#include <string>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/kernels/chosen_words.h"
#include "crypten_core/kernels/word_runs.h"
#include "crypten_core/ring_tensor.h"
#include "crypten_core/thread_pool.h"
#include "crypten_core/word_tensor.h"
#include "mpc/provider/error_codes.h"

namespace crypten {
namespace {

constexpr int64_t kBlockWords = 2048;        // 16 KiB: a rank's words are added while they lie in the first-level cache
constexpr int64_t kWordsPerThread = 1 << 15;  // worth another thread
constexpr int64_t kSkippedGap = 4096;        // unused words between parts of a view that are cheaper to expand than to skip

std::span<uint64_t> words_of(at::Tensor& tensor) {
  return {reinterpret_cast<uint64_t*>(tensor.mutable_data_ptr<int64_t>()), static_cast<size_t>(tensor.numel())};
}

// The words that a view's elements span, from the first to the last.
int64_t reach(const std::vector<int64_t>& sizes, const std::vector<int64_t>& strides) {
  if (std::find(sizes.begin(), sizes.end(), 0) != sizes.end()) return 0;  // and whatever the strides are, they say nothing
  int64_t words = 1;
  for (size_t d = 0; d < sizes.size(); ++d) words += (sizes[d] - 1) * strides[d];
  return words;
}

// The elements lie one after the other in their stream.
bool is_dense(const MaskRef& mask) {
  int64_t stride = 1;
  for (size_t d = mask.sizes.size(); d-- > 0;) {
    if (mask.sizes[d] != 1 && mask.strides[d] != stride) return false;
    stride *= mask.sizes[d];
  }
  return true;
}

}  // namespace

MaskValues::MaskValues(const DealerStreams& streams, const Ring& ring, const MaskCache::Session* kept) : streams_(streams), ring_(ring), kept_(kept) {}
MaskValues::~MaskValues() = default;

const MaskValues::Sources& MaskValues::sources(uint64_t call) const {
  auto& sources = calls_[call];
  if (sources.empty()) {
    for (const auto& rank : streams_) sources.push_back(rank->masks(call));
  }
  return sources;
}

void MaskValues::combine(const Sources& sources, uint64_t offset, std::span<uint64_t> out, Combination combination) {
  const WordRuns& runs = *kWordRuns[kernel_path()];
  const auto add = combination == Combination::sum ? runs.add : runs.exclusive_or;
  std::array<uint64_t, kBlockWords> words;
  for (; !out.empty(); offset += kBlockWords) {
    const auto block = out.first(std::min(out.size(), words.size()));
    sources.front()->fill(block, offset);
    for (size_t rank = 1; rank < sources.size(); ++rank) {
      sources[rank]->fill(std::span(words).first(block.size()), offset);
      add(block.data(), words.data(), block.size());
    }
    out = out.subspan(block.size());
  }
}

void MaskValues::combine(uint64_t call, uint64_t offset, std::span<uint64_t> out, Combination combination) const {
  const Sources& sources = this->sources(call);
  parallel_for(static_cast<int64_t>(out.size()), kWordsPerThread, [&](int64_t begin, int64_t end) {
    combine(sources, offset + static_cast<uint64_t>(begin), out.subspan(static_cast<size_t>(begin), static_cast<size_t>(end - begin)), combination);
  });
}

at::Tensor MaskValues::strided(uint64_t call, uint64_t offset, const std::vector<int64_t>& sizes, const std::vector<int64_t>& strides) const {
  // Far apart along the dimension with the largest stride: expand part by part, else all at once with what lies between.
  const auto largest = static_cast<size_t>(std::max_element(strides.begin(), strides.end()) - strides.begin());
  const int64_t words = reach(sizes, strides);
  if (words > 0 && !sizes.empty() && sizes[largest] > 1) {
    auto inner_sizes = sizes, inner_strides = strides;
    inner_sizes.erase(inner_sizes.begin() + static_cast<int64_t>(largest));
    inner_strides.erase(inner_strides.begin() + static_cast<int64_t>(largest));
    if (strides[largest] > reach(inner_sizes, inner_strides) + kSkippedGap) {
      std::vector<at::Tensor> parts;
      for (int64_t i = 0; i < sizes[largest]; ++i) {
        parts.push_back(strided(call, offset + static_cast<uint64_t>(i * strides[largest]), inner_sizes, inner_strides));
      }
      return at::stack(parts, static_cast<int64_t>(largest));
    }
  }
  auto expanded = empty_words({words});
  combine(call, offset, words_of(expanded), Combination::sum);
  return expanded.as_strided(sizes, strides);
}

at::Tensor MaskValues::view(const MaskRef& mask) const {
  auto words = strided(mask.call, mask.offset, mask.sizes, mask.strides);
  return mask.factor == 1 ? words : linear_of(words, mask.factor, 0);
}

at::Tensor MaskValues::lambda(const MaskExpression& masks) const {
  for (const auto& [known, value] : lambdas_) {
    if (known == masks) return value;
  }
  const auto first = [&] { return dense_words(view(masks.front())); };
  at::Tensor sum = kept_ && masks.size() == 1 ? kept_->words(masks.front(), first) : first();
  for (size_t i = 1; i < masks.size(); ++i) sum = sum_of(sum, dense_words(view(masks[i])));
  return lambdas_.emplace_back(masks, sum).second;
}

at::Tensor MaskValues::negated(const MaskExpression& masks, int bits) const { return low_bits(-RingTensor(lambda(masks)), bits == 0 ? ring_.bits : bits).words(); }

at::Tensor MaskValues::planes(const BitMaskRef& bit) const {
  BitMaskRef block = bit;
  block.plane = 0;
  for (const auto& [known, value] : planes_) {
    if (known == block) return value;
  }
  auto planes = empty_words({tile_count(bit.count), bit.planes, kTileWords});
  combine(bit.call, bit.offset, words_of(planes), Combination::exclusive_or);
  clear_unused_lanes(planes, bit.count);
  return planes_.emplace_back(block, planes).second;
}

at::Tensor MaskValues::plane(const BitMaskRef& bit) const { return planes(bit).narrow(1, bit.plane, 1); }

at::Tensor MaskValues::words(int rank, const MaskRef& keys) const {
  if (rank < 0 || static_cast<size_t>(rank) >= streams_.size()) {
    throw InvalidArgument(provider_code::invalid_request, "no such rank", "MaskValues::words", "rank " + std::to_string(rank) + " of " + std::to_string(streams_.size()),
                          "name one of the ranks");
  }
  auto out = empty_words(keys.sizes);
  streams_[static_cast<size_t>(rank)]->masks(keys.call)->fill(words_of(out), keys.offset);
  return out;
}

at::Tensor MaskValues::evaluate(const TermRef& term) const {
  switch (term.kind) {
    case TermRef::Kind::mask:
      return lambda(term.masks);
    case TermRef::Kind::shifted:
      return shift_right_logical(RingTensor(negated(term.masks, term.ring_bits)), term.shift).words();
    case TermRef::Kind::top_bit:
      return shift_right_logical(RingTensor(negated(term.masks, term.ring_bits)), (term.ring_bits == 0 ? ring_.bits : term.ring_bits) - 1).words();
    case TermRef::Kind::bit:
      break;
  }
  at::Tensor bit = bit_to_words(plane(term.bit), term.bit.count).view(term.sizes);
  if (term.masks.empty()) return bit;
  const RingTensor moved = shift_right_logical(RingTensor(negated(term.masks)), term.shift > 0 ? term.shift : ring_.bits - 1);
  return at::bitwise_xor(bit, low_bits(moved, 1).words().view(term.sizes));
}

at::Tensor MaskValues::term(const TermRef& term) const {
  for (const auto& [known, value] : terms_) {
    if (known == term) return value;
  }
  return terms_.emplace_back(term, evaluate(term)).second;
}

ClearValue MaskValues::lambda_blocks(const MaskExpression& masks) const {
  const MaskRef& first_view = masks.front();
  if (masks.size() > 1 || !is_dense(first_view)) return lambda(masks);
  return ClearValue([sources = sources(first_view.call), offset = first_view.offset, factor = static_cast<uint64_t>(first_view.factor)](int64_t first, std::span<uint64_t> out) {
    combine(sources, offset + static_cast<uint64_t>(first), out, Combination::sum);
    if (factor == 1) return;
    for (uint64_t& word : out) word *= factor;
  });
}

ClearValue MaskValues::plane_blocks(const BitMaskRef& bit) const {
  return ClearValue([sources = sources(bit.call), offset = bit.offset](int64_t first, std::span<uint64_t> out) {
    combine(sources, offset + static_cast<uint64_t>(first), out, Combination::exclusive_or);
  });
}

ClearValue MaskValues::term_blocks(const TermRef& term) const {
  if (term.kind == TermRef::Kind::mask) return lambda_blocks(term.masks);
  const int bits = term.kind == TermRef::Kind::bit || term.ring_bits == 0 ? ring_.bits : term.ring_bits;
  const uint64_t mask = ~uint64_t{0} >> (64 - bits);
  if (term.kind != TermRef::Kind::bit) {
    const int shift = term.kind == TermRef::Kind::shifted ? term.shift : bits - 1;
    return ClearValue([lambda = lambda_blocks(term.masks), mask, shift](int64_t first, std::span<uint64_t> out) {
      lambda.read(first, out);
      for (uint64_t& word : out) word = (-word & mask) >> shift;
    });
  }
  const auto stride = static_cast<uint64_t>(term.bit.planes) * kTileWords, plane = term.bit.offset + static_cast<uint64_t>(term.bit.plane) * kTileWords;
  ClearValue bit([sources = sources(term.bit.call), stride, plane](int64_t first, std::span<uint64_t> out) {
    const auto bit64 = kChosenWords[kernel_path()]->bit;
    for (auto tile = static_cast<uint64_t>(first / kTileElements); !out.empty(); ++tile) {
      std::array<uint64_t, kTileWords> words;
      combine(sources, plane + tile * stride, words, Combination::exclusive_or);
      for (const uint64_t word : words) {
        std::array<uint64_t, 64> last;
        const auto elements = out.first(std::min(out.size(), last.size()));
        bit64(word, elements.size() == last.size() ? elements.data() : last.data());
        if (elements.size() < last.size()) std::copy_n(last.data(), elements.size(), elements.data());
        out = out.subspan(elements.size());
      }
    }
  });
  if (term.masks.empty()) return bit;
  const int shift = term.shift > 0 ? term.shift : bits - 1;
  return ClearValue([bit = std::move(bit), lambda = lambda_blocks(term.masks), mask, shift](int64_t first, std::span<uint64_t> out) {
    bit.read(first, out);
    std::array<uint64_t, kTileElements> words;
    for (; !out.empty(); first += kTileElements) {
      const auto block = std::span(words).first(std::min(out.size(), words.size()));
      lambda.read(first, block);
      for (size_t i = 0; i < block.size(); ++i) out[i] ^= (-block[i] & mask) >> shift & 1;
      out = out.subspan(block.size());
    }
  });
}

void clear_unused_lanes(at::Tensor& planes, int64_t count) {
  const int64_t used = count % kTileElements;
  if (used == 0) return;
  if (!planes.device().is_cpu()) {
    planes.narrow(0, planes.size(0) - 1, 1).bitwise_and_(slice_bits(at::ones({used}, planes.options()), 0, 1));
    return;
  }
  auto* words = planes.mutable_data_ptr<int64_t>() + (planes.size(0) - 1) * planes.size(1) * kTileWords;
  for (int64_t p = 0; p < planes.size(1); ++p, words += kTileWords) {
    for (int64_t w = 0; w < kTileWords; ++w) {
      const int64_t lanes = std::clamp<int64_t>(used - 64 * w, 0, 64);
      if (lanes < 64) words[w] &= static_cast<int64_t>((uint64_t{1} << lanes) - 1);
    }
  }
}

}  // namespace crypten
