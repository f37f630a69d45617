#include "mpc/provider/mask_values.h"

#include <catch2/catch.hpp>

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
