#include "crypten_core/kernels/plane_sums.h"

#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "tests/crypten_core/kernels/cases.h"

using namespace crypten;
using crypten::test::supported_paths;

namespace {

constexpr int kWords = 8;

std::vector<uint64_t> random_planes(int planes) {
  static std::mt19937_64 random(11);
  std::vector<uint64_t> words(static_cast<size_t>(planes * kWords));
  for (auto& word : words) word = random();
  return words;
}

}  // namespace

TEST_CASE("sums of pairs of planes are alike on every path") {
  const auto a = random_planes(5), b = random_planes(7);
  for (const auto& pairs : {std::vector<PlanePair>{}, {{4, 6}}, {{0, 0}, {1, 3}, {4, 6}, {1, 3}, {2, 5}}}) {
    for (const auto path : supported_paths()) {
      INFO(name(path));
      std::vector<uint64_t> out(kWords, 3);
      kPlaneSums[path]->sum({a.data(), b.data(), pairs, out.data()});
      for (int w = 0; w < kWords; ++w) {
        uint64_t expected = 0;
        for (const auto& [i, j] : pairs) expected ^= a[i * kWords + w] & b[j * kWords + w];
        CHECK(out[w] == expected);
      }
    }
  }
}

// Two parties' shares of products of masks; the bits are opened under those masks.
TEST_CASE("a product of flags and masked bits is shared by what both parties add") {
  for (size_t count = 0; count <= 8; ++count) {
    const std::vector<int> flags = count == 3 ? std::vector<int>{} : std::vector<int>{2, 0};
    std::vector<int> bits;
    for (size_t i = 0; i < count; ++i) bits.push_back(static_cast<int>(count - i));
    const auto flag_planes = random_planes(3), bit_planes = random_planes(9), masks = random_planes(9), before = random_planes(1);
    const size_t sets = size_t{1} << count;
    for (const auto path : supported_paths()) {
      INFO(name(path) << " " << count);
      std::vector<uint64_t> result(kWords, 0);
      std::vector<std::vector<uint64_t>> own(sets);
      for (const int rank : {0, 1}) {
        std::vector<const uint64_t*> shares(sets, nullptr);
        std::vector<std::vector<uint64_t>> words(sets);
        for (size_t set = 1; set < sets; ++set) {
          if (rank == 0) own[set] = random_planes(1);
          words[set] = own[set];
          for (int w = 0; w < kWords && rank == 1; ++w) {
            uint64_t product = ~uint64_t{0};
            for (size_t i = 0; i < count; ++i)
              if ((set >> i & 1) != 0) product &= masks[bits[i] * kWords + w];
            words[set][w] ^= product;
          }
          shares[set] = words[set].data();
        }
        std::vector<uint64_t> sum = before;
        kPlaneSums[path]->add_product({flag_planes.data(), bit_planes.data(), flags, bits, shares.data(), rank == 0 ? ~uint64_t{0} : 0, sum.data()});
        for (int w = 0; w < kWords; ++w) result[w] ^= sum[w] ^ before[w];
      }
      for (int w = 0; w < kWords; ++w) {
        uint64_t expected = ~uint64_t{0};
        for (const int flag : flags) expected &= flag_planes[flag * kWords + w];
        for (const int bit : bits) expected &= bit_planes[bit * kWords + w] ^ masks[bit * kWords + w];
        CHECK(result[w] == expected);
      }
    }
  }
}

TEST_CASE("a product of several tiles is that of each") {
  constexpr int kTiles = 3;
  const std::vector<int> flags{1, 0}, bits{2, 0, 1};
  const auto flag_planes = random_planes(2 * kTiles), bit_planes = random_planes(3 * kTiles), masks = random_planes(4 * kTiles), products = random_planes(5 * kTiles), before = random_planes(2 * kTiles);
  for (const auto path : supported_paths()) {
    INFO(name(path));
    // Sets of one bit take masks 0, 1 and 2, others products 1 … 4.
    const auto shares_of = [&](int tile) {
      std::vector<const uint64_t*> shares(8);
      int mask = 0, product = 1;
      for (size_t set = 1; set < 8; ++set)
        shares[set] = (set & (set - 1)) == 0 ? masks.data() + (4 * tile + mask++) * kWords : products.data() + (5 * tile + product++) * kWords;
      return shares;
    };
    std::vector<uint64_t> sums = before, expected = before;
    const auto shares = shares_of(0);
    kPlaneSums[path]->add_product({.flag_planes = flag_planes.data(),
                                   .bit_planes = bit_planes.data(),
                                   .flags = flags,
                                   .bits = bits,
                                   .shares = shares.data(),
                                   .one = ~uint64_t{0},
                                   .sum = sums.data() + kWords,
                                   .tiles = kTiles,
                                   .flag_stride = 2 * kWords,
                                   .bit_stride = 3 * kWords,
                                   .mask_stride = 4 * kWords,
                                   .product_stride = 5 * kWords,
                                   .sum_stride = 2 * kWords});
    for (int tile = 0; tile < kTiles; ++tile) {
      const auto of_tile = shares_of(tile);
      kPlaneSums[path]->add_product({flag_planes.data() + 2 * tile * kWords, bit_planes.data() + 3 * tile * kWords, flags, bits, of_tile.data(), ~uint64_t{0},
                                     expected.data() + (2 * tile + 1) * kWords});
    }
    CHECK(sums == expected);
  }
}

TEST_CASE("one-hot vectors of digits and products of planes, on each path") {
  const auto planes = random_planes(8);
  for (const auto path : supported_paths()) {
    INFO(name(path));
    for (int width = 1; width <= 7; ++width) {
      const int entries = (1 << width) - 1;
      std::vector<uint64_t> table(static_cast<size_t>((entries + 1) * kWords), 7);
      kPlaneSums[path]->one_hot(planes.data(), width, table.data());
      bool right = true;
      for (int u = 0; u < entries; ++u) {
        for (int w = 0; w < kWords; ++w) {
          uint64_t expected = ~uint64_t{0};
          for (int i = 0; i < width; ++i) expected &= (u >> i & 1) != 0 ? planes[i * kWords + w] : ~planes[i * kWords + w];
          right &= table[u * kWords + w] == expected;
        }
      }
      for (int w = 0; w < kWords; ++w) right &= table[entries * kWords + w] == 7;
      CHECK(right);
    }
    for (const std::vector<int>& factors : {std::vector<int>{0, 7}, {3, 1, 4}, {0, 1, 2, 3, 4, 5, 6, 7}}) {
      std::vector<uint64_t> out(kWords);
      kPlaneSums[path]->product(planes.data(), factors, out.data());
      for (int w = 0; w < kWords; ++w) {
        uint64_t expected = ~uint64_t{0};
        for (const int factor : factors) expected &= planes[factor * kWords + w];
        CHECK(out[w] == expected);
      }
    }
  }
}
