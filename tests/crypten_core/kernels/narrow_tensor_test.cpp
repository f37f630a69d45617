#include "crypten_core/kernels/narrow_tensor.h"

#include <catch2/catch.hpp>
#include <vector>

#include "crypten_core/kernels/narrow_lanes.h"
#include "crypten_core/kernels/narrow_words.h"
#include "crypten_core/kernels/operands.h"
#include "crypten_core/kernels/operators.h"
#include "tests/crypten_core/kernels/cases.h"
#include "tests/support/code_of.h"

using namespace crypten;
using namespace crypten::test;

TEST_CASE("narrow elements of a tensor are those of its bytes, and an element at a time gives the same, for every width") {
  for (int bits = 1; bits <= 64; ++bits) {
    for (const int64_t n : {0, 1, 8, 65, 1000}) {
      INFO(n << " of " << bits << " bits");
      const auto words = random_words({(n * bits + 63) / 64});  // not one more: an element reads only words in which it lies
      auto expected = at::empty({n}, at::kLong);
      unpack_narrow(std::as_bytes(std::span(words_of(words), static_cast<size_t>(words.numel()))), bits, 0,
                    {mutable_words_of(expected), static_cast<size_t>(n)});
      CHECK(at::equal(operators::unpack_narrow(words, bits, {n}), expected));
      bool same = true;
      const narrow_lanes::Unpack element{words_of(words), bits};
      for (int64_t i = 0; i < n; ++i) same &= element(i) == words_of(expected)[i];
      CHECK(same);
    }
  }
  CHECK(operators::unpack_narrow(random_words({30}), 48, {2, 4, 5}).sizes() == at::IntArrayRef({2, 4, 5}));
}

TEST_CASE("narrow elements of a tensor: what does not fit is refused") {
  const auto words = random_words({3});
  CHECK(code_of([&] { operators::unpack_narrow(words, 0, {1}); }) == 160);
  CHECK(code_of([&] { operators::unpack_narrow(words, 65, {1}); }) == 160);
  CHECK(code_of([&] { operators::unpack_narrow(words, 48, {5}); }) == 160);
  CHECK(code_of([&] { operators::unpack_narrow(words.to(at::kInt), 48, {1}); }) == 160);
  CHECK(code_of([&] { operators::unpack_narrow(random_words({3, 2}).t(), 48, {1}); }) == 160);
  CHECK(operators::unpack_narrow(words, 48, {4}).numel() == 4);
}
