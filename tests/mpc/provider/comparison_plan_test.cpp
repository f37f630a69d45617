#include "mpc/provider/comparison_plan.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <set>

#include "crypten_core/error.h"

namespace crypten {
namespace {

using Kind = CompareRequest::Kind;

uint64_t low(uint64_t value, int bits) { return bits == 64 ? value : value & ((uint64_t{1} << bits) - 1); }

// The plan carried out on one element, mask bits and their products in clear: what the two sides compute together.
struct ScalarRun {
  const ComparisonPlan& plan;
  std::mt19937_64& random;
  std::vector<int> opened{}, mask{};

  bool bit(int index) const { return opened[static_cast<size_t>(index)] ^ mask[static_cast<size_t>(index)]; }
  void open(int index, bool value) {
    if (index < 0) return;
    REQUIRE(index < plan.opened_bits);
    REQUIRE(opened[static_cast<size_t>(index)] < 0);  // each opened bit has a mask plane of its own
    mask[static_cast<size_t>(index)] = random() & 1;
    opened[static_cast<size_t>(index)] = value ^ mask[static_cast<size_t>(index)];
  }
  // Π (b̂ ⊕ m) from public bits, single masks and dealt products only.
  bool product(const std::vector<int>& factors) const {
    bool sum = false;
    for (size_t subset = 0; subset < size_t{1} << factors.size(); ++subset) {
      bool term = true;
      std::vector<int> masks;
      for (size_t i = 0; i < factors.size(); ++i) {
        REQUIRE(opened[static_cast<size_t>(factors[i])] >= 0);
        if (subset >> i & 1) masks.push_back(factors[i]);
        else term = term && opened[static_cast<size_t>(factors[i])];
      }
      if (masks.size() == 1) term = term && mask[static_cast<size_t>(masks[0])];
      if (masks.size() > 1) {
        std::sort(masks.begin(), masks.end());
        REQUIRE(std::count(plan.products.begin(), plan.products.end(), masks) == 1);
        for (const int m : masks) term = term && mask[static_cast<size_t>(m)];
      }
      sum ^= term;
    }
    return sum;
  }

  void run(uint64_t y, uint64_t r) {
    opened.assign(static_cast<size_t>(plan.opened_bits), -1), mask.assign(static_cast<size_t>(plan.opened_bits), 0);
    for (const auto& leaf : plan.leaves) {
      const uint64_t v = low(y >> leaf.low_bit, leaf.width), u = low(r >> leaf.low_bit, leaf.width);
      open(leaf.opens.less, v < u), open(leaf.opens.equal, v == u);
    }
    for (const auto& level : plan.levels) {
      std::vector<std::pair<int, bool>> results;
      for (const auto& merge : level.merges) {
        std::vector<int> equal;
        bool less = false;
        for (const auto& pair : merge.pairs) {
          if (merge.opens.less >= 0) {
            equal.push_back(pair.less), less ^= product(equal), equal.pop_back();
          }
          equal.push_back(pair.equal);
        }
        results.emplace_back(merge.opens.less, less);
        if (merge.opens.equal >= 0) results.emplace_back(merge.opens.equal, product(equal));
      }
      for (const auto& [index, value] : results) {
        if (index >= 0) REQUIRE((index >= level.first_opened && index < level.first_opened + level.opened));
        open(index, value);
      }
    }
    REQUIRE(std::count(opened.begin(), opened.end(), -1) == 0);  // what has a mask plane is opened
  }
};

void check(Kind kind, int bits, const Ring& ring, int low_bits, std::mt19937_64& random, int trials) {
  CAPTURE(static_cast<int>(kind), bits, ring.chunk_bits, ring.arity, low_bits);
  const auto& plan = comparison_plan(kind, bits, ring, low_bits);
  ScalarRun run{plan, random};
  for (int trial = 0; trial < trials; ++trial) {
    uint64_t y = random(), r = random();
    if (trial % 4 == 1) r = y;
    if (trial % 4 == 2) r = y ^ (uint64_t{1} << random() % 64);
    if (trial % 4 == 3) r = (y & ~uint64_t{0} << random() % 64) | (random() >> random() % 64);
    run.run(y, r);
    const uint64_t a = low(y, bits), b = low(r, bits);
    REQUIRE(run.bit(plan.result) == (kind == Kind::less ? a < b : a == b));
    if (low_bits > 0) REQUIRE(run.bit(plan.low_result) == (low(y, low_bits) < low(r, low_bits)));
  }
}

}  // namespace

TEST_CASE("A comparison of 63 bits opens 39 bits in three rounds, each under a mask of its own") {
  const auto& plan = comparison_plan(Kind::less, 63, Ring{});
  CHECK(plan.rounds() == 3);
  CHECK(plan.leaves.size() == 16);
  CHECK(plan.table_planes == 15 * 15 + 7);
  CHECK(plan.levels[0].opened == 31);
  CHECK(plan.levels[1].opened == 7);
  CHECK(plan.levels[2].opened == 1);
  CHECK(plan.opened_bits == 39);
  CHECK(plan.product_planes == 3 * 22 + 15 + 15);
  CHECK(plan.result == 38);
  CHECK(plan.low_result == -1);
}

TEST_CASE("A zero test opens 21 bits in three rounds") {
  const auto& plan = comparison_plan(Kind::equal, 64, Ring{});
  CHECK(plan.rounds() == 3);
  CHECK(plan.table_planes == 16 * 15);
  CHECK(plan.opened_bits == 16 + 4 + 1);
  CHECK(plan.product_planes == 5 * 11);
}

TEST_CASE("The borrow of 16 bits is the lowest merged group of a comparison of 63: it costs nothing") {
  const auto& plan = comparison_plan(Kind::less, 63, Ring{}, 16), without = comparison_plan(Kind::less, 63, Ring{});
  CHECK(plan.opened_bits == without.opened_bits);
  CHECK(plan.products == without.products);
  CHECK(plan.table_planes == without.table_planes);
  CHECK(plan.rounds() == without.rounds());
  CHECK(plan.low_result == plan.levels[1].merges.back().opens.less);
}

TEST_CASE("A borrow of any number of bits takes no further round, at most 4 more opened bits and 26 more table planes") {
  const auto without = comparison_plan(Kind::less, 63, Ring{});
  for (int low_bits = 1; low_bits <= 63; ++low_bits) {
    CAPTURE(low_bits);
    const auto& plan = comparison_plan(Kind::less, 63, Ring{}, low_bits);
    CHECK(plan.rounds() == 3);
    CHECK(plan.opened_bits <= without.opened_bits + 4);
    CHECK(plan.table_planes <= without.table_planes + 26);
    CHECK(plan.product_planes <= without.product_planes + 11);
    CHECK(plan.low_result >= 0);
  }
}

TEST_CASE("The opened bits of a plan are numbered without gaps, level by level") {
  for (const int low_bits : {0, 5, 16, 22, 63}) {
    const auto& plan = comparison_plan(Kind::less, 63, Ring{}, low_bits);
    std::multiset<int> seen;
    const auto note = [&](const ComparisonPlan::Pair& pair) {
      for (const int bit : {pair.less, pair.equal}) {
        if (bit >= 0) seen.insert(bit);
      }
    };
    for (const auto& leaf : plan.leaves) note(leaf.opens);
    int next = 0;
    for (const auto& level : plan.levels) {
      CHECK(level.first_opened == next);
      next += level.opened;
      for (const auto& merge : level.merges) note(merge.opens);
    }
    CHECK(next == plan.opened_bits);
    CHECK(static_cast<int>(seen.size()) == plan.opened_bits);
    CHECK(std::set<int>(seen.begin(), seen.end()).size() == seen.size());
    CHECK(*seen.rbegin() == plan.opened_bits - 1);
  }
}

TEST_CASE("A plan carried out in clear gives the comparison and the borrow, for every width, ring and split", "[slow]") {
  std::mt19937_64 random(7);
  for (const Ring ring : {Ring{}, Ring{.bits = 64, .chunk_bits = 2, .arity = 2}, Ring{.bits = 64, .chunk_bits = 3, .arity = 3}}) {
    for (const int bits : {1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 33, 48, 62, 63, 64}) {
      check(Kind::less, bits, ring, 0, random, 24);
      check(Kind::equal, bits, ring, 0, random, 24);
      for (int low_bits = 1; low_bits <= bits; low_bits += bits > 20 ? 5 : 1) check(Kind::less, bits, ring, low_bits, random, 8);
    }
  }
  for (int low_bits = 1; low_bits <= 63; ++low_bits) check(Kind::less, 63, Ring{}, low_bits, random, 12);
}

TEST_CASE("A merge names for each subset of its bits the plane that shares the product of their masks") {
  for (const auto kind : {Kind::less, Kind::equal}) {
    const auto& plan = comparison_plan(kind, 60, Ring{}, kind == Kind::less ? 22 : 0);
    for (const auto& level : plan.levels) {
      for (const auto& merge : level.merges) {
        const size_t pairs = merge.pairs.size();
        const auto names = [&](const ComparisonPlan::MaskPlane& mask, std::vector<int> bits) {
          std::sort(bits.begin(), bits.end());
          return mask.product == (bits.size() > 1) && (mask.product ? plan.products[static_cast<size_t>(mask.plane)] == bits : mask.plane == bits[0]);
        };
        CHECK(merge.masks_equal.size() == size_t{1} << (merge.opens.equal < 0 ? pairs - 1 : pairs));
        CHECK(merge.masks_less.size() == (kind == Kind::less ? (size_t{1} << pairs) - 1 : 0));
        for (size_t subset = 0; subset < merge.masks_equal.size(); ++subset) {
          std::vector<int> bits;
          for (size_t i = 0; i < pairs; ++i) {
            if (subset >> i & 1) bits.push_back(merge.pairs[i].equal);
          }
          if (subset > 0) CHECK(names(merge.masks_equal[subset], bits));
          for (size_t i = 0; i < pairs && kind == Kind::less; ++i) {
            if (subset >> i) continue;
            bits.push_back(merge.pairs[i].less);
            CHECK(names(merge.masks_less[(size_t{1} << i) - 1 + subset], bits));
            bits.pop_back();
          }
        }
      }
    }
  }
}

TEST_CASE("A plan for impossible numbers is refused") {
  CHECK_THROWS_AS(comparison_plan(Kind::less, 0, Ring{}), InvalidArgument);
  CHECK_THROWS_AS(comparison_plan(Kind::less, 65, Ring{}), InvalidArgument);
  CHECK_THROWS_AS(comparison_plan(Kind::less, 63, Ring{}, 64), InvalidArgument);
  CHECK_THROWS_AS(comparison_plan(Kind::less, 63, Ring{}, -1), InvalidArgument);
  CHECK_THROWS_AS(comparison_plan(Kind::equal, 64, Ring{}, 16), InvalidArgument);
  CHECK_THROWS_AS(comparison_plan(Kind::less, 63, Ring{.chunk_bits = 0}), InvalidArgument);
  CHECK_THROWS_AS(comparison_plan(Kind::less, 63, Ring{.chunk_bits = 8}), InvalidArgument);
  CHECK_THROWS_AS(comparison_plan(Kind::less, 63, Ring{.arity = 1}), InvalidArgument);
}

}  // namespace crypten
