#include "mpc/provider/mask_values.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

#include "reference.h"
#include "tests/support/aten.h"

using namespace crypten;

TEST_CASE("views of masks: dense, transposed, broadcast, sliced, overlapping, with large gaps, empty") {
  const int parties = GENERATE(1, 3);
  const auto streams = reference::streams(parties);
  const std::vector<std::pair<std::vector<int64_t>, std::vector<int64_t>>> views{
      {{6, 5}, {5, 1}},          {{5, 6}, {1, 5}},          {{4, 3}, {0, 1}},           {{}, {}},
      {{3, 2}, {10, 3}},         {{8, 3}, {1, 1}},          {{3, 2, 2}, {100'000, 7, 1}}, {{2, 4}, {1, 50'000}},
      {{3, 3}, {9'000, 90'000}}, {{2, 2, 2}, {0, 70'000, 0}}, {{0, 4}, {4, 1}},           {{1, 1}, {1'000'000'000'000, 5}}};
  for (const auto& [sizes, strides] : views) {
    const MaskRef ref{.call = 4, .offset = 33, .sizes = sizes, .strides = strides, .factor = 5};
    const MaskExpression sum{ref, reference::mask(sizes, 7, 1)};
    const MaskValues values(streams, Ring{.bits = 16});
    for (const auto& masks : {MaskExpression{ref}, sum}) {
      const TermRef term{.kind = TermRef::Kind::mask, .masks = masks, .sizes = sizes};
      const auto expected = reference::term(streams, values.ring(), term);
      CAPTURE(sizes, strides);
      REQUIRE(at::equal(values.lambda(masks), expected));
      REQUIRE(values.lambda(masks).is_contiguous());
      REQUIRE(at::equal(values.term(term), expected));
      REQUIRE(at::equal(values.negated(masks), at::bitwise_and(at::neg(expected), 0xffff)));
    }
  }
}

TEST_CASE("mask bits: every plane, unused lanes zero") {
  const auto streams = reference::streams(2);
  const int64_t count = GENERATE(1, 64, 511, 512, 1300);
  const MaskValues values(streams, {});
  for (int plane = 0; plane < 3; ++plane) {
    const BitMaskRef bit{.call = 1, .offset = 5, .count = count, .planes = 3, .plane = plane};
    const auto words = values.plane(bit);
    REQUIRE(words.sizes() == at::IntArrayRef({tile_count(count), 1, 8}));
    const auto all = bit_to_words(words, tile_count(count) * 512);
    bool right = true;
    for (int64_t i = 0; i < all.numel(); ++i) {
      const auto expected = i < count ? reference::bit_element(streams, bit, i) : 0;
      right = right && all[i].item<int64_t>() == static_cast<int64_t>(expected);
    }
    REQUIRE(right);
    REQUIRE(values.planes(bit).is_contiguous());
  }
}

namespace {

// What is read in pieces of these numbers of words, one after the other.
bool reads_as(const ClearValue& value, const at::Tensor& expected, const std::vector<int64_t>& pieces) {
  const at::Tensor flat = expected.contiguous().view({-1});
  const auto* words = reinterpret_cast<const uint64_t*>(flat.const_data_ptr<int64_t>());
  bool right = true;
  for (int64_t first = 0, i = 0; first < flat.numel(); ++i) {
    std::vector<uint64_t> out(static_cast<size_t>(std::min(pieces[static_cast<size_t>(i) % pieces.size()], flat.numel() - first)));
    value.read(first, out);
    right &= std::equal(out.begin(), out.end(), words + first);
    first += static_cast<int64_t>(out.size());
  }
  return right;
}

}  // namespace

TEST_CASE("values read block by block are those of the tensors, for every kind of term") {
  const int parties = GENERATE(1, 2, 3);
  const auto streams = reference::streams(parties);
  const Ring ring{.bits = GENERATE(16, 64)};
  const MaskValues values(streams, ring), afresh(streams, ring);
  const std::vector<int64_t> elements{512, 2048, 1024, 5120};
  for (const std::vector<int64_t>& sizes : {std::vector<int64_t>{7}, {512}, {3, 1700}, {6, 1, 2048}, {0, 3}}) {
    const int64_t count = reference::numel(sizes);
    MaskRef dense = reference::mask(sizes, 77, 2), other = reference::mask(sizes, 5, 3);
    dense.factor = -3;
    MaskRef broadcast = dense;
    broadcast.strides.front() = 0;
    for (const auto& masks : {MaskExpression{dense}, MaskExpression{dense, other}, MaskExpression{broadcast}}) {
      CAPTURE(sizes, masks.size());
      REQUIRE(reads_as(afresh.lambda_blocks(masks), values.lambda(masks), elements));
      for (const auto kind : {TermRef::Kind::mask, TermRef::Kind::shifted, TermRef::Kind::top_bit}) {
        for (const int ring_bits : {0, 9}) {
          const TermRef term{.kind = kind, .shift = 4, .ring_bits = ring_bits, .masks = masks, .sizes = sizes};
          REQUIRE(reads_as(afresh.term_blocks(term), values.term(term), elements));
        }
      }
      for (const int shift : {0, 5}) {
        const BitMaskRef bit{.call = 1, .offset = 9, .count = count, .planes = 5, .plane = 3};
        TermRef term{.kind = TermRef::Kind::bit, .shift = shift, .masks = masks, .bit = bit, .sizes = sizes};
        REQUIRE(reads_as(afresh.term_blocks(term), values.term(term), elements));
        term.masks.clear(), term.shift = 0;
        REQUIRE(reads_as(afresh.term_blocks(term), values.term(term), elements));
      }
    }
    if (count % 512 == 0) {  // unused lanes of the last tile are nobody's
      const BitMaskRef block{.call = 1, .offset = 9, .count = count, .planes = 5};
      REQUIRE(reads_as(afresh.plane_blocks(block), values.planes(block), {5 * 8, 3 * 5 * 8}));
    }
  }
}
