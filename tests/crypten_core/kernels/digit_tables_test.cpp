#include "crypten_core/kernels/digit_tables.h"

#include <catch2/catch.hpp>

#include "crypten_core/kernels/bit_slice.h"
#include "tests/crypten_core/kernels/cases.h"
#include "tests/support/code_of.h"

using namespace crypten;
using namespace crypten::test;

// Element by element: the public number's digits, and another number whose one-hot tables two parties share.
TEST_CASE("tables of digits: values, upper parts and flags") {
  const int64_t n = 700;
  for (const auto& [chunks, bits] : {std::pair<int64_t, int64_t>{1, 1}, {4, 2}, {8, 4}, {1, 7}}) {
    INFO(chunks << " chunks of " << bits << " bits");
    const int64_t entries = int64_t{1} << bits;
    const auto number = random_words({n}), masked = random_words({n});
    const auto digit_of = [&, bits = bits](const at::Tensor& words, int64_t chunk) {
      return at::bitwise_and(at::bitwise_right_shift(words, chunk * bits), entries - 1);
    };
    std::vector<at::Tensor> one_hot;
    for (int64_t chunk = 0; chunk < chunks; ++chunk)
      for (int64_t u = 0; u + 1 < entries; ++u) one_hot.push_back(slice_bits(digit_of(masked, chunk).eq(u).to(at::kLong), 0, 1));
    const auto clear = at::cat(one_hot, 1), share = random_words(clear.sizes());
    const auto digits = slice_bits(number, 0, static_cast<int>(chunks * bits));
    const auto first = digit_tables(digits, share, chunks, bits, true), second = digit_tables(digits, at::bitwise_xor(share, clear), chunks, bits, false);
    CHECK(at::equal(first.values, second.values));
    CHECK(at::equal(first.flags, second.flags));
    const auto derived = at::bitwise_xor(first.derived, second.derived);
    const auto plane = [&](const at::Tensor& planes, int64_t index) { return bit_to_words(planes.narrow(1, index, 1), n); };
    bool same = true;
    for (int64_t chunk = 0; chunk < chunks; ++chunk) {
      const auto digit = digit_of(number, chunk), u = digit_of(masked, chunk);
      for (int64_t v = 0; v < entries; ++v) same &= at::equal(plane(first.values, chunk * entries + v), digit.eq(v).to(at::kLong));
      int64_t at = chunk * (2 * entries - 2);
      for (int64_t k = 0; k < bits; ++k)
        for (int64_t w = 0; w < entries >> k; ++w) same &= at::equal(plane(derived, at++), at::bitwise_right_shift(u, k).eq(w).to(at::kLong));
      const std::vector<at::Tensor> flags{digit.eq(0), digit.ne(0), digit.eq(entries - 1), digit.ne(entries - 1)};
      for (int64_t f = 0; f < 4; ++f) same &= at::equal(plane(first.flags, 4 * chunk + f), flags[static_cast<size_t>(f)].to(at::kLong));
    }
    CHECK(same);
  }
  const auto planes = random_words({2, 3, kTileWords});
  CHECK(code_of([&] { digit_tables(planes, planes, 3, 2, true); }) == 160);
  CHECK(code_of([&] { digit_tables(planes, planes, 3, 8, true); }) == 160);
}
