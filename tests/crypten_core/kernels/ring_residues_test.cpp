#include "crypten_core/kernels/ring_residues.h"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <set>
#include <vector>

#include "tests/crypten_core/kernels/cases.h"

namespace crypten::ring_residues {
namespace {

using namespace crypten::test;

constexpr std::array<int64_t, 8> kEdges{0, 1, -1, INT64_MIN, INT64_MAX, 0x00ff00ff00ff00ff, -0x00ff00ff00ff0100, int64_t{1} << 32};

int64_t floor_remainder(__int128 value, uint32_t modulus) {
  const auto rest = static_cast<int64_t>(value % modulus);
  return rest < 0 ? rest + modulus : rest;
}

std::vector<int64_t> some_words() {
  std::vector<int64_t> words(kEdges.begin(), kEdges.end());
  const auto random = random_words({300});
  words.insert(words.end(), random.const_data_ptr<int64_t>(), random.const_data_ptr<int64_t>() + random.numel());
  return words;
}

// Σ a·b, `times` times over, the way a device takes, by the first n moduli.
uint64_t product(const std::vector<int64_t>& a, const std::vector<int64_t>& b, int64_t times = 1, int n = kModuli) {
  const Splitter left = splitter(n, true), right = splitter(n, false);
  constexpr Reducers kReducers = reducers();
  const Weights of = weights(n);
  Total total;
  for (int m = 0; m < n; ++m) {
    int64_t sum = 0;
    for (size_t k = 0; k < a.size(); ++k) {
      const auto byte = [&](int64_t word, const Splitter& by) {
        return static_cast<int8_t>(remainder_byte(without_sign(static_cast<uint64_t>(word)), by.of[m]));
      };
      sum += byte(a[k], left) * byte(b[k], right) * times;
    }
    REQUIRE(std::abs(sum) < 1 << 28);
    total.add(reduce(static_cast<int32_t>(sum), kReducers.of[m]), of.weight[m], of.fraction[m]);
  }
  return total.word(of);
}

}  // namespace

TEST_CASE("residues: a word's remainders are signed bytes, on the left times the inverse of the other moduli") {
  constexpr Splitter kLeft = splitter(kModuli, true), kRight = splitter(kModuli, false);
  for (int i = 0; i < kModuli; ++i) {
    const uint32_t m = kModulus[i];
    __int128 cofactor = 1;
    for (int j = 0; j < kModuli; ++j)
      if (j != i) cofactor = cofactor * kModulus[j] % m;
    for (const int64_t word : some_words()) {
      const auto right = static_cast<int8_t>(remainder_byte(without_sign(static_cast<uint64_t>(word)), kRight.of[i]));
      const auto left = static_cast<int8_t>(remainder_byte(without_sign(static_cast<uint64_t>(word)), kLeft.of[i]));
      REQUIRE(floor_remainder(right, m) == floor_remainder(word, m));
      REQUIRE(floor_remainder(left * cofactor, m) == floor_remainder(word, m));
    }
  }
}

TEST_CASE("residues: sums are reduced exactly up to their bound") {
  for (const Reducer& by : reducers().of) {
    for (int32_t near : {-(1 << 28) + 1000, -1000, 0, 1000, (1 << 28) - 1000}) {
      for (int32_t sum = near - 999; sum < near + 1000; ++sum) REQUIRE(reduce(sum, by) == static_cast<uint32_t>(floor_remainder(sum, by.modulus)));
    }
  }
}

TEST_CASE("residues: products of words, and the largest sums of either sign") {
  for (const int64_t a : kEdges)
    for (const int64_t b : kEdges) REQUIRE(product({a}, {b}) == static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
  const auto a = some_words();
  auto b = a;
  std::reverse(b.begin(), b.end());
  uint64_t expected = 0;
  for (size_t k = 0; k < a.size(); ++k) expected += static_cast<uint64_t>(a[k]) * static_cast<uint64_t>(b[k]);
  CHECK(product(a, b) == expected);
  const int64_t most = kMostLength;
  for (const int64_t right : {INT64_MIN, INT64_MAX, int64_t{-1}, int64_t{1}})
    CHECK(product({INT64_MIN}, {right}, most) == (uint64_t{1} << 63) * static_cast<uint64_t>(right) * static_cast<uint64_t>(most));
  CHECK(product({INT64_MAX}, {INT64_MAX}, most) == static_cast<uint64_t>(most));
}

TEST_CASE("residues: the fewest moduli hold the largest sums of narrow words, and fewer do not") {
  for (int bits = 1; bits <= 64; ++bits) {
    const int64_t least = INT64_MIN >> (64 - bits);  // of so many bits
    const auto expected = [&](int64_t right, int64_t steps) { return static_cast<uint64_t>(least) * static_cast<uint64_t>(right) * static_cast<uint64_t>(steps); };
    int before = 0;
    for (int n = 1; n <= kModuli; ++n) {
      const int64_t most = std::min(most_steps(n, bits), kMostLength);
      if (most == 0) continue;
      INFO(bits << " bits, " << n << " moduli, " << most << " steps");
      // The bound is where it is claimed to be: twice the sum and what the fractions lose are below the product of the moduli, and a step more is not.
      long double whole = 1;
      for (int i = 0; i < n; ++i) whole *= kModulus[i];
      const long double share = whole / 2 - whole * (half_loss(n) + 1) / (1 << 24);
      const auto sum = [&](int64_t steps) { return std::ldexp(static_cast<long double>(steps), 62 + bits); };
      CHECK(sum(most) < share);
      if (most < kMostLength) CHECK(sum(most + 1) > share * (1 - 0x1p-40L));
      CHECK(moduli_for(most, bits) <= n);
      if (before > 0 && before < kMostLength) CHECK(moduli_for(before + 1, bits) == n);
      for (const int64_t right : {INT64_MIN, INT64_MAX}) CHECK(product({least}, {right}, most, n) == expected(right, most));
      CHECK(product({INT64_MIN}, {least}, most, n) == expected(INT64_MIN, most));
      // Beyond half the product the sum is taken for another one.
      const long double beyond_at = std::ldexp(whole, -63 - bits);
      const auto beyond = beyond_at < kMostLength ? static_cast<int64_t>(beyond_at) + 1 : int64_t{0};
      if (beyond > 0) CHECK(product({least}, {INT64_MIN}, beyond, n) != expected(INT64_MIN, beyond));
      before = static_cast<int>(most);
    }
  }
  CHECK(moduli_for(128, 16) == 11);
  CHECK(moduli_for(2048, 16) == 12);
  CHECK(moduli_for(kMostLength, 64) == kModuli);
  CHECK(moduli_for(1, 1) == 9);
}

TEST_CASE("residues: images and fragments take each place once") {
  for (const int lines : {kLeftLines, kRightLines}) {
    std::set<int> places;
    for (int line = 0; line < lines; ++line)
      for (int k = 0; k < kStep; ++k) places.insert(image_place(line, k));
    CHECK(places.size() == static_cast<size_t>(image_bytes(lines)));
    CHECK(*places.rbegin() == image_bytes(lines) - 1);
  }
  std::set<int> places;
  for (int thread = 0; thread < kGroupThreads; ++thread)
    for (int i = 0; i < kSums; ++i) places.insert(sum_row(thread, i) * kRightLines + sum_column(thread, i));
  CHECK(places.size() == static_cast<size_t>(kGroupLines * kRightLines));
  CHECK(*places.rbegin() == kGroupLines * kRightLines - 1);
}

TEST_CASE("residues: a descriptor names address and offsets in units of 16 bytes") {
  CHECK(descriptor(0x3fff0) == (uint64_t{0x3fff} | uint64_t{128 / 16} << 16 | uint64_t{1024 / 16} << 32));
}

TEST_CASE("residues: a product is cut into parts that keep to the budget where they can") {
  for (const auto& [rows, columns, length, products] : {std::array<int64_t, 4>{1, 1, 1, 1},
                                                        {8192, 8192, 8192, 1},
                                                        {8192, 8192, 30000, 1},
                                                        {1000000, 64, 512, 1},
                                                        {64, 1000000, 512, 1},
                                                        {512, 512, 512, 4096}}) {
    for (const int64_t budget : {int64_t{1}, int64_t{1} << 27, int64_t{1} << 31}) {
      const auto plan = Plan::of(rows, columns, length, products, 64, budget % 2 ? 1 : 4, budget);
      INFO(rows << " " << columns << " " << length << " " << products << " " << budget);
      CHECK(plan.steps * kStep <= kMostLength);
      CHECK((plan.row_tiles >= 1 && plan.column_tiles >= 1 && plan.steps >= 1 && plan.products >= 1));
      CHECK((plan.bytes() <= budget || (plan.row_tiles == 1 && plan.column_tiles == 1 && plan.products == 1)));
    }
  }
  CHECK(Plan::of(8192, 8192, 8192, 1, 64, 1, int64_t{1} << 31).row_tiles == 22);  // about half of the rows
  CHECK(Plan::of(8192, 8192, 8192, 1, 16, 1, int64_t{1} << 31).moduli == 12);
}

TEST_CASE("residues: blocks take each tile of each modulus once") {
  const Plan plan{3, 2, 1, 2, 1, 11};
  std::set<std::array<int64_t, 4>> places;
  const int64_t blocks = 3 * 2 * 2 * 11;
  for (int64_t i = 0; i < blocks; ++i) {
    const auto place = Place::of(plan, i);
    REQUIRE((place.row_tile < 3 && place.column_tile < 2 && place.modulus < 11 && place.product < 2));
    places.insert({place.row_tile, place.column_tile, place.modulus, place.product});
  }
  CHECK(places.size() == static_cast<size_t>(blocks));
}

TEST_CASE("residues: for what is large in all three dimensions") {
  CHECK(as_large_as(128, 384, 384, 384));
  CHECK(as_large_as(128, 8192, 8192, 8192));
  CHECK_FALSE(as_large_as(128, 383, 383, 383));
  CHECK_FALSE(as_large_as(128, 1000000, 1000000, 127));
}

}  // namespace crypten::ring_residues
