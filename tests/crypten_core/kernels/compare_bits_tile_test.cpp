#include "crypten_core/kernels/compare_bits_tile.h"

#include <array>
#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/kernels/lanes.h"

namespace crypten {
namespace {

static_assert(kPlaneWords == kTileWords);

using TilePlane = std::array<uint64_t, kPlaneWords>;
using TilePlanes = std::vector<TilePlane>;

const uint64_t* words_of(const TilePlanes& planes) { return planes.empty() ? nullptr : planes[0].data(); }
bool bit(const TilePlane& plane, int lane) { return plane[static_cast<size_t>(lane) / 64] >> (lane % 64) & 1; }
void set(TilePlane& plane, int lane, bool value) {
  auto& word = plane[static_cast<size_t>(lane) / 64];
  word = (word & ~(uint64_t{1} << lane % 64)) | uint64_t{value} << lane % 64;
}
TilePlanes random_planes(size_t count, std::mt19937_64& random) {
  TilePlanes planes(count);
  for (auto& plane : planes) {
    for (auto& word : plane) word = random();
  }
  return planes;
}
TilePlane operator^(TilePlane a, const TilePlane& b) {
  for (size_t w = 0; w < a.size(); ++w) a[w] ^= b[w];
  return a;
}
TilePlanes operator^(TilePlanes a, const TilePlanes& b) {
  for (size_t p = 0; p < a.size(); ++p) a[p] = a[p] ^ b[p];
  return a;
}

std::vector<KernelPath> tile_paths() {
  std::vector<KernelPath> runnable;
  for (const KernelPath path : kKernelPaths) {
    if (supported(path) && kMergePairs.effective(path) == path) runnable.push_back(path);
  }
  return runnable;
}

struct TilePair { TilePlane less{}, equal{}; };

TilePair look_up(KernelPath path, int width, const TilePlanes& digit, const TilePlanes& table, uint64_t one) {
  TilePair result;
  kLookUpDigit[path]({.width = width, .digit = words_of(digit), .table = words_of(table), .one = one, .less = result.less.data(), .equal = result.equal.data()});
  return result;
}

std::vector<const uint64_t*> pointers(const TilePlanes& planes) {
  std::vector<const uint64_t*> out;
  for (const auto& plane : planes) out.push_back(plane.data());
  return out;
}

TilePair merge(KernelPath path, int pairs, const TilePlanes& less, const TilePlanes& equal, const TilePlanes& masks_less, const TilePlanes& masks_equal, uint64_t one) {
  TilePair result;
  const auto l = pointers(less), e = pointers(equal), ml = pointers(masks_less), me = pointers(masks_equal);
  kMergePairs[path]({.pairs = pairs, .public_less = l.data(), .public_equal = e.data(), .masks_less = ml.data(), .masks_equal = me.data(), .one = one,
                     .less = result.less.data(), .equal = result.equal.data()});
  return result;
}

}  // namespace

TEST_CASE("A digit looked up in two shares of a one-hot table compares it with the table's digit, for every pair of digits") {
  std::mt19937_64 random(1);
  for (const KernelPath path : tile_paths()) {
    for (int width = 1; width <= kWidestDigit; ++width) {
      CAPTURE(name(path), width);
      const int digits = 1 << width;
      for (int first = 0; first < digits * digits; first += kTileElements) {
        TilePlanes digit(static_cast<size_t>(width)), table(static_cast<size_t>(digits - 1));
        for (int lane = 0; lane < kTileElements; ++lane) {
          const int v = (first + lane) % digits, u = (first + lane) / digits % digits;
          for (int p = 0; p < width; ++p) set(digit[static_cast<size_t>(p)], lane, v >> p & 1);
          for (int entry = 0; entry + 1 < digits; ++entry) set(table[static_cast<size_t>(entry)], lane, entry == u);
        }
        const TilePlanes share = random_planes(table.size(), random);
        const TilePair a = look_up(path, width, digit, share, ~uint64_t{0}), b = look_up(path, width, digit, table ^ share, 0);
        const TilePlane less = a.less ^ b.less, equal = a.equal ^ b.equal;
        int wrong = 0;
        for (int lane = 0; lane < kTileElements; ++lane) {
          const int v = (first + lane) % digits, u = (first + lane) / digits % digits;
          wrong += bit(less, lane) != (v < u);
          wrong += bit(equal, lane) != (v == u);
        }
        REQUIRE(wrong == 0);
      }
    }
  }
}

TEST_CASE("Merged pairs follow the prefix formula, from public bits and shares of products of masks") {
  std::mt19937_64 random(2);
  for (const KernelPath path : tile_paths()) {
    for (int pairs = 1; pairs <= kMostFactors; ++pairs) {
      CAPTURE(name(path), pairs);
      const size_t count = static_cast<size_t>(pairs), subsets = size_t{1} << count;
      const TilePlanes public_less = random_planes(count, random), public_equal = random_planes(count, random);
      const TilePlanes mask_less = random_planes(count, random), mask_equal = random_planes(count, random);
      TilePlanes masks_equal(subsets), masks_less(subsets - 1);
      for (size_t subset = 0; subset < subsets; ++subset) {
        TilePlane product;
        product.fill(~uint64_t{0});
        for (size_t j = 0; j < count; ++j) {
          for (size_t w = 0; w < product.size(); ++w) product[w] &= subset >> j & 1 ? mask_equal[j][w] : ~uint64_t{0};
        }
        masks_equal[subset] = product;
        for (size_t i = 0; i < count; ++i) {
          if (subset >> i) continue;
          for (size_t w = 0; w < product.size(); ++w) masks_less[(size_t{1} << i) - 1 + subset][w] = product[w] & mask_less[i][w];
        }
      }
      const TilePlanes share_less = random_planes(masks_less.size(), random), share_equal = random_planes(masks_equal.size(), random);
      const TilePair a = merge(path, pairs, public_less, public_equal, share_less, share_equal, 0);
      const TilePair b = merge(path, pairs, public_less, public_equal, masks_less ^ share_less, masks_equal ^ share_equal, ~uint64_t{0});
      TilePlane less{}, equal;
      equal.fill(~uint64_t{0});
      for (size_t i = 0; i < count; ++i) {
        for (size_t w = 0; w < less.size(); ++w) {
          less[w] ^= equal[w] & (public_less[i][w] ^ mask_less[i][w]);
          equal[w] &= public_equal[i][w] ^ mask_equal[i][w];
        }
      }
      CHECK((a.less ^ b.less) == less);
      CHECK((a.equal ^ b.equal) == equal);
    }
  }
}

TEST_CASE("All kernel paths give the same bits on any shares") {
  std::mt19937_64 random(3);
  for (int trial = 0; trial < 20; ++trial) {
    const int width = 1 + trial % kWidestDigit, pairs = 1 + trial % kMostFactors;
    const TilePlanes digit = random_planes(static_cast<size_t>(width), random), table = random_planes((size_t{1} << width) - 1, random);
    const TilePlanes less = random_planes(static_cast<size_t>(pairs), random), equal = random_planes(static_cast<size_t>(pairs), random);
    const TilePlanes masks_less = random_planes((size_t{1} << pairs) - 1, random), masks_equal = random_planes(size_t{1} << pairs, random);
    const TilePair looked_up = look_up(KernelPath::portable, width, digit, table, ~uint64_t{0});
    const TilePair merged = merge(KernelPath::portable, pairs, less, equal, masks_less, masks_equal, ~uint64_t{0});
    for (const KernelPath path : tile_paths()) {
      CAPTURE(name(path));
      const TilePair a = look_up(path, width, digit, table, ~uint64_t{0}), b = merge(path, pairs, less, equal, masks_less, masks_equal, ~uint64_t{0});
      CHECK(a.less == looked_up.less);
      CHECK(a.equal == looked_up.equal);
      CHECK(b.less == merged.less);
      CHECK(b.equal == merged.equal);
    }
  }
}

TEST_CASE("Results that are not wanted are not written, and their inputs not read") {
  std::mt19937_64 random(4);
  const TilePlanes equal = random_planes(2, random), masks = random_planes(4, random);
  const auto e = pointers(equal), m = pointers(masks);
  for (const KernelPath path : tile_paths()) {
    TilePlane product{};
    kMergePairs[path]({.pairs = 2, .public_equal = e.data(), .masks_equal = m.data(), .one = ~uint64_t{0}, .equal = product.data()});
    for (size_t w = 0; w < product.size(); ++w) {
      CHECK(product[w] == ((equal[0][w] & equal[1][w]) ^ (equal[0][w] & masks[2][w]) ^ (equal[1][w] & masks[1][w]) ^ masks[3][w]));
    }
  }
}

}  // namespace crypten
