#include "mpc/provider/word_plan.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "crypten_core/error.h"

using namespace crypten;
using SumKind = WordRequest::Kind;

TEST_CASE("in every ring a plan opens each bit once, names known bits only, and multiplies at most eight at once") {
  for (const int bits : {1, 2, 3, 5, 8, 17, 63, 64}) {
    for (int chunk_bits = 1; chunk_bits <= 7; ++chunk_bits) {
      for (int arity = 2; arity <= 8; ++arity) {
        for (const SumKind kind : {SumKind::sum, SumKind::carry, SumKind::lift}) {
          const auto& plan = word_plan(kind, bits, {.bits = bits, .chunk_bits = chunk_bits, .arity = arity});
          int next = kind == SumKind::lift ? 0 : 2 * bits;
          bool right = true;
          for (const auto& level : plan.levels) {
            right = right && level.first_opened == next && level.opened > 0;
            next += level.opened;
            for (const auto& merge : level.merges) right = right && merge.pairs.size() >= 2 && merge.pairs.size() <= 8;
          }
          right = right && std::max(next, 1) == plan.opened_bits;
          for (const auto& carry : plan.carries) right = right && carry.merge.pairs.size() <= 8;
          right = right && plan.carries.size() == static_cast<size_t>(kind == SumKind::carry ? 1 : bits - 1);
          for (const auto& product : plan.products) {
            right = right && !product.empty() && std::set<int>(product.begin(), product.end()).size() == product.size();
            for (const int bit : product) right = right && bit >= 0 && bit < bits + plan.opened_bits;
          }
          int low = 0;
          for (const auto& chunk : plan.chunks) {
            right = right && chunk.low_bit == low && chunk.width >= 1 && chunk.width <= chunk_bits;
            low += chunk.width;
          }
          right = right && low == (kind == SumKind::carry ? bits : bits - 1);
          if (!right) FAIL("bits " << bits << ", chunks of " << chunk_bits << ", arity " << arity << ", kind " << static_cast<int>(kind));
        }
      }
    }
  }
}

TEST_CASE("for 64 bits: two openings after that of the words, and so many bits") {
  const auto counts = [](SumKind kind) {
    const auto& plan = word_plan(kind, 64, {});
    return std::tuple(plan.levels.size(), plan.opened_bits, plan.products.size());
  };
  CHECK((counts(SumKind::sum) == std::tuple(2, 128 + 74 + 19, 1065)));
  CHECK((counts(SumKind::carry) == std::tuple(2, 128 + 31 + 7, 688)));
  CHECK((counts(SumKind::lift) == std::tuple(2, 74 + 19, 728)));
}

TEST_CASE("a chunk's products lie one after the other") {
  for (const SumKind kind : {SumKind::sum, SumKind::lift}) {
    for (int width = 1; width <= 7; ++width) {
      int next = 0;
      for (int i = 0; i < width; ++i) {
        for (unsigned above = 0; above < 1U << (width - 1 - i); ++above) {
          const auto products = chunk_products(kind, width, i, above);
          if (kind == SumKind::lift) {
            CHECK(products.b == next++);
            continue;
          }
          CHECK(products.both == next++);
          if (above == 0) continue;
          CHECK(products.a == next++);
          CHECK(products.b == next++);
        }
      }
    }
  }
}

TEST_CASE("words that do not fit the ring have no plan") {
  CHECK_THROWS_AS(word_plan(SumKind::sum, 0, {}), InvalidArgument);
  CHECK_THROWS_AS(word_plan(SumKind::sum, 9, {.bits = 8}), InvalidArgument);
  CHECK_THROWS_AS(word_plan(SumKind::sum, 8, {.bits = 8, .chunk_bits = 8}), InvalidArgument);
  CHECK_THROWS_AS(word_plan(SumKind::sum, 8, {.bits = 8, .arity = 1}), InvalidArgument);
}
