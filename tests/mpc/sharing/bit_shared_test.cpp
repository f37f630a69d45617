#include "mpc/sharing/bit_shared.h"

#include <catch2/catch.hpp>

#include "crypten_core/error.h"
#include "crypten_core/kernels/bit_slice.h"
#include "tests/support/aten.h"
#include "tests/support/ring_cases.h"

using namespace crypten;

TEST_CASE("Bits are planes for a shape", "[mpc][sharing]") {
  const auto a = testing::random_words({600}), b = testing::random_words({600});
  const BitShared x(slice_bits(a.words(), 0, 1), {2, 300}), y(slice_bits(b.words(), 0, 1), {2, 300});
  CHECK(x.numel() == 600);
  const auto sum = x ^ y;
  CHECK(sum.sizes() == at::IntArrayRef({2, 300}));
  CHECK(bit_to_words(sum.plane(), 600).equal((a.words() ^ b.words()) & 1));
  CHECK_THROWS_AS(BitShared(slice_bits(a.words(), 0, 1), {513 + 512}), InvalidArgument);
  CHECK_THROWS_AS(BitShared(slice_bits(a.words(), 0, 2), {600}), InvalidArgument);
  CHECK_THROWS_AS(x ^ BitShared(slice_bits(b.words(), 0, 1), {600}), InvalidArgument);
}

TEST_CASE("Negating masked bits flips the public part of the elements there are", "[mpc][sharing]") {
  const auto a = testing::random_words({130});
  MaskedBits bits{.value = slice_bits(a.words(), 0, 1), .mask = {0, 8, 130, 3, 2}, .sizes = {130}};
  const auto flipped = ~bits;
  CHECK(bit_to_words(flipped.value, 130).equal(1 - (a.words() & 1)));
  CHECK(flipped.value.flatten()[7].item<int64_t>() == 0);
  CHECK(flipped.mask == bits.mask);
  const auto term = flipped.term();
  CHECK(term.kind == TermRef::Kind::bit);
  CHECK(term.bit == bits.mask);
  CHECK(term.sizes == bits.sizes);
  CHECK(term.masks.empty());
}
