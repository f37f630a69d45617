#include "crypten_core/kernels/chosen_words.h"

#include <array>
#include <catch2/catch.hpp>
#include <random>

#include "tests/crypten_core/kernels/cases.h"

using namespace crypten;
using crypten::test::supported_paths;

TEST_CASE("words are chosen by bits alike on every path") {
  std::mt19937_64 random(7);
  for (const uint64_t bits : {uint64_t{0}, ~uint64_t{0}, uint64_t{1}, uint64_t{1} << 63, random(), random()}) {
    std::array<uint64_t, 64> a, b, before;
    for (auto* words : {&a, &b, &before})
      for (auto& word : *words) word = random();
    a[0] = ~uint64_t{0}, b[0] = 1;
    for (const auto path : supported_paths()) {
      INFO(name(path) << " " << bits);
      const auto& kernels = *kChosenWords[path];
      std::array<uint64_t, 64> bit, constants, difference, sum = before;
      kernels.bit(bits, bit.data());
      kernels.constants(bits, before[0], before[1], constants.data());
      kernels.difference_or_second(bits, a.data(), b.data(), difference.data());
      for (const uint64_t one : {uint64_t{0}, uint64_t{1}}) {
        sum = before;
        kernels.add_or_complement(bits, a.data(), one, sum.data());
        for (size_t i = 0; i < 64; ++i) CHECK(sum[i] == before[i] + ((bits >> i & 1) != 0 ? a[i] : one - a[i]));
      }
      for (size_t i = 0; i < 64; ++i) {
        CHECK(bit[i] == (bits >> i & 1));
        CHECK(constants[i] == before[(bits >> i & 1) != 0 ? 0 : 1]);
        CHECK(difference[i] == ((bits >> i & 1) != 0 ? a[i] - b[i] : b[i]));
      }
    }
  }
}
