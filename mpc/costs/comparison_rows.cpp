#include "crypten_core/aten.h"
#include "crypten_core/kernels/bit_slice.h"
#include "mpc/costs/rows.h"
#include "mpc/protocol/bitwise.h"
#include "mpc/protocol/compare.h"
#include "mpc/protocol/maximum.h"
#include "mpc/protocol/multiply.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/select.h"
#include "mpc/protocol/sort.h"
#include "mpc/protocol/sorting_network.h"
#include "mpc/protocol/tournament.h"

namespace crypten::costs {
namespace {

constexpr int kShift = 16;

// Of a comparison of 63 bits: 15 leaves of two bits and the last of one; 4 merges, the last of one bit; the result. Tables of 15 chunks of 4 bits and one of 3;
// products of masks for the merges.
constexpr int64_t kOpenedBits[] = {31, 7, 1};
constexpr int64_t kOpenedBitsShared[] = {31, 7};  // of one that ends in shares
constexpr int64_t kDealtBits[] = {15 * 15 + 7, 96};
// Of x = 0, 64 bits: 16 leaves, 4 merges, the result; products of 4 masks five times.
constexpr int64_t kOpenedBitsZero[] = {16, 4, 1};
constexpr int64_t kDealtBitsZero[] = {16 * 15, 5 * 11};
// Of the borrow of 16 dropped bits: 4 leaves, of which the lowest has no eq, and the result; products of their masks.
constexpr int64_t kOpenedBitsBorrow[] = {7, 1};
constexpr int64_t kDealtBitsBorrow[] = {4 * 15, 15};

// Of the sign of a quotient by 2^16, 47 bits: 12 leaves, the last of 3 bits; merges of 4, 4, 4, then of 3.
constexpr int64_t kOpenedBitsQuotient[] = {23, 5, 1};
constexpr int64_t kDealtBitsQuotient[] = {11 * 15 + 7, 64};
// Of |x| ≤ 100 at 16 fractional bits, 23 bits: 6 leaves, the last of 3 bits; merges of 4 and 2, then of 2.
constexpr int kTop = 23;
constexpr int64_t kOpenedBitsBounded[] = {11, 3, 1};
constexpr int64_t kDealtBitsBounded[] = {5 * 15 + 7, 18};

template <size_t N>
int64_t packed(int64_t elements, const int64_t (&planes)[N]) {
  int64_t bytes = 0;
  for (const int64_t count : planes) bytes += packed_size(elements, count);
  return bytes;
}
int64_t compared(int64_t elements) { return packed(elements, kOpenedBits); }
int64_t dealt(int64_t elements) { return packed(elements, kDealtBits); }

using UnaryVerb = void (*)(Party&, const ArithmeticShared&);

// A row of a verb of one fresh operand: `more` dealer bytes an element beyond the comparison's.
CostRow unary(const char* verb, const char* formula, CostBound bound, int64_t more, UnaryVerb run) {
  return {verb, formula, bound, [more](int64_t e, int n) { return cost(4, 8 * e + compared(e), dealt(e) + more * e, n); },
          [run](Party& party, int64_t elements) { return [&party, run, x = fresh(party, {elements})] { run(party, x); }; }};
}

CostRow bit_and_row(int k) {
  CostBound bound{1, k / 8.0, static_cast<double>((1 << k) - k - 1) / 8};
  return {"AND of " + std::to_string(k) + " bits", "1 round · k/8 · (2^k − k − 1)/8", bound,
          [k](int64_t e, int n) { return cost(1, k * packed_size(e, 1), packed_size(e, (1 << k) - k - 1), n); }, [k](Party& party, int64_t elements) {
            const auto plane = slice_bits(at::arange(elements), 0, 1);
            const std::vector<BitShared> factors(static_cast<size_t>(k), BitShared(party.rank() == 0 ? plane : at::zeros_like(plane), {elements}));
            return [&party, factors] { bit_and(party, factors); };
          }};
}

// Two levels along each dimension of the window: first columns, then rows of what is left.
CostRow max_pool_row() {
  constexpr int64_t kWindow = 2;
  return {"max of 2×2 windows, an output", "8 rounds · 3 comparisons · 3 comparisons and selections", {8, 39, 180},
          [](int64_t e, int n) { return cost(8, 8 * 3 * e + compared(2 * e) + compared(e), dealt(2 * e) + dealt(e) + 16 * 3 * e, n); },
          [](Party& party, int64_t elements) {
            return [&party, x = fresh(party, {elements, kWindow, kWindow})] {
              maximum_along(party, maximum_along(party, x, 2, false).value, 1, false);
            };
          }};
}

// Rows of `candidates`, as many as hold the elements. A row is named by its figures for 5120 elements.
CostRow maximum_row(int64_t candidates, CostBound bound, const char* rounds) {
  const auto rows = [candidates](int64_t e) { return (e + candidates - 1) / candidates; };
  return {"maximum of rows of " + std::to_string(candidates), std::string(rounds) + " · comparisons · comparisons and selections", bound,
          [=](int64_t e, int n) {
            const auto [taken, traffic] = maximum_traffic(rows(e), candidates);
            return cost(taken, traffic.sent, traffic.dealt, n);
          },
          [=](Party& party, int64_t elements) { return [&party, x = fresh(party, {rows(elements), candidates})] { maximum_along(party, x, 1, false); }; }};
}

// Rows of 8: 19 pairs in 6 stages. With places, of 3 bits: keys are taken apart by a borrow of one leaf, which opens one bit (dealt: its table; the truncation; the bit).
CostRow sort_row(bool with_places) {
  constexpr int64_t kValues = 8, kPairs = 19;
  const auto declared = [with_places](int64_t e, int n) {
    uint64_t rounds = 0;
    int64_t sent = 0, from_dealer = 0;
    for (const auto& stage : sorting_network(kValues, 0, kValues).stages) {
      const int64_t pairs = e * static_cast<int64_t>(stage.lower.size());
      rounds += 4, sent += 8 * pairs + compared(pairs), from_dealer += dealt(pairs) + 16 * pairs;
    }
    if (with_places) rounds += 2, sent += 8 * kValues * e + packed_size(kValues * e, 1), from_dealer += packed_size(kValues * e, 7) + shares_dealt(kValues * e, {64, 3, 64});
    return cost(rounds, sent, from_dealer, n);
  };
  const auto prepare = [with_places](Party& party, int64_t elements) {
    return [&party, with_places, x = fresh(party, {elements, kValues})] { sort_along(party, x, 1, 0, kValues, with_places); };
  };
  if (with_places) return {"sort rows of 8, with places, a row", "6 · 4 + 2 rounds · 19 comparisons, 8 truncations by 3 bits · 19 comparisons and selections, 8 truncations", {26, 13 * kPairs + 9 * kValues, 60 * kPairs + 29 * kValues}, declared, prepare};
  return {"sort rows of 8, a row", "6 · 4 rounds · 19 comparisons · 19 comparisons and selections", {24, 13 * kPairs, 60 * kPairs}, declared, prepare};
}

}  // namespace

MaximumTraffic maximum_traffic(int64_t rows, int64_t candidates) {
  MaximumTraffic total;
  auto& [sent, dealer] = total.traffic;
  for (const auto& level : tournament(candidates, rows)) {
    const int64_t pairs = rows * level.comparisons();
    sent += 8 * pairs, dealer += dealt(pairs);
    if (level.group == 2) {
      total.rounds += 4;
      sent += compared(pairs), dealer += 16 * pairs;
      continue;
    }
    // All but the last of a group: an AND of g − 1 bits, the winner's bit, a selection.
    const int64_t factors = level.group - 1, leads = rows * level.groups * factors;
    total.rounds += 5;
    sent += packed(pairs, kOpenedBitsShared) + packed_size(leads, factors) + packed_size(leads, 1);
    dealer += shares_dealt(pairs, {1}) + packed_size(leads, (int64_t{1} << factors) - factors - 1) + 16 * leads;
  }
  return total;
}

std::vector<CostRow> comparison_rows() {
  std::vector<CostRow> rows;
  for (const int k : {2, 4, 8}) rows.push_back(bit_and_row(k));
  rows.push_back(unary("x < 0, a bit", "4 rounds · 8 + 39/8 · 41", {4, 13, 43}, 0, [](Party& party, const ArithmeticShared& x) { is_negative(party, x); }));
  rows.push_back(unary("x < 0, a ring element", "4 rounds · 8 + 39/8 · 41 + 8", {4, 13, 52}, 8,
                       [](Party& party, const ArithmeticShared& x) { bit_to_ring(party, is_negative(party, x)); }));
  rows.push_back({"x < 0, x open", "3 rounds · 39/8 · 41", {3, 5, 52}, [](int64_t e, int n) { return cost(3, compared(e), dealt(e), n); },
                  [](Party& party, int64_t elements) { return [&party, x = fresh_open(party, {elements})] { is_negative(party, x); }; }});
  rows.push_back({"x = 0, a ring element", "4 rounds · 8 + 21/8 · 36.9 + 8", {4, 13, 52},
                  [](int64_t e, int n) { return cost(4, 8 * e + packed(e, kOpenedBitsZero), packed(e, kDealtBitsZero) + 8 * e, n); },
                  [](Party& party, int64_t elements) { return [&party, x = fresh(party, {elements})] { bit_to_ring(party, is_zero(party, x)); }; }});
  rows.push_back(unary("ReLU", "4 rounds · 8 + 39/8 · 41 + 8 + 8", {4, 13, 60}, 16, [](Party& party, const ArithmeticShared& x) { relu(party, x); }));
  rows.push_back({"ReLU, abs(x) ≤ 100", "4 rounds · 8 + 15/8 · 12.5 + 8 + 8", {4, 10, 30},
                  [](int64_t e, int n) { return cost(4, 8 * e + packed(e, kOpenedBitsBounded), packed(e, kDealtBitsBounded) + 16 * e, n); },
                  [](Party& party, int64_t elements) { return [&party, x = fresh(party, {elements})] { relu(party, x, kTop); }; }});
  rows.push_back({"truncate and ReLU", "4 rounds · 8 + 29/8 · 29.5 + 10 + 8 + 10", {4, 13, 72},
                  [](int64_t e, int n) { return cost(4, 8 * e + packed(e, kOpenedBitsQuotient), packed(e, kDealtBitsQuotient) + 28 * e, n); },
                  [](Party& party, int64_t elements) { return [&party, x = fresh(party, {elements})] { truncate_relu(party, x, kShift); }; }});
  rows.push_back({"truncate and ReLU, abs(x) ≤ 100", "4 rounds · 8 + 15/8 · 12.5 + 10 + 8 + 10", {4, 10, 42},
                  [](int64_t e, int n) { return cost(4, 8 * e + packed(e, kOpenedBitsBounded), packed(e, kDealtBitsBounded) + 28 * e, n); },
                  [](Party& party, int64_t elements) { return [&party, x = fresh(party, {elements})] { truncate_relu(party, x, kShift, false, kTop + kShift); }; }});
  rows.push_back({"truncate exactly by 16 bits", "3 rounds · 8 + 8/8 · 9.4 + 10 + 8", {3, 9, 29},
                  [](int64_t e, int n) { return cost(3, 8 * e + packed(e, kOpenedBitsBorrow), packed(e, kDealtBitsBorrow) + 18 * e, n); },
                  [](Party& party, int64_t elements) { return [&party, x = fresh(party, {elements})] { truncate_exact(party, x, kShift); }; }});
  rows.push_back(unary("truncate exactly and ReLU", "4 rounds · 8 + 39/8 · 41 + 10 + 8 + 8 + 18", {4, 13, 88}, 44,
                       [](Party& party, const ArithmeticShared& x) { truncate_relu(party, x, kShift, true); }));
  rows.push_back({"bit to ring", "0 rounds · 0 · 8", {0, 0, 8}, [](int64_t e, int n) { return cost(0, 0, 8 * e, n); }, [](Party& party, int64_t elements) {
                    return [&party, bit = is_negative(party, fresh(party, {elements}))] { bit_to_ring(party, bit); };
                  }});
  rows.push_back({"select, bit and value open", "0 rounds · 0 · 8 + 8", {0, 0, 16}, [](int64_t e, int n) { return cost(0, 0, 16 * e, n); },
                  [](Party& party, int64_t elements) {
                    return [&party, bit = is_negative(party, fresh(party, {elements})), x = fresh_open(party, {elements})] { select(party, bit, x); };
                  }});
  rows.push_back({"maximum of two", "4 rounds · 8 + 39/8 · 41 + 8 + 8", {4, 13, 60},
                  [](int64_t e, int n) { return cost(4, 8 * e + compared(e), dealt(e) + 16 * e, n); }, [](Party& party, int64_t elements) {
                    return [&party, a = fresh(party, {elements}), b = fresh(party, {elements})] { maximum(party, a, b); };
                  }});
  rows.push_back(maximum_row(4, {8, 13, 60}, "2 · 4 rounds, of up to 341 rows 5"));
  rows.push_back(maximum_row(16, {13, 15, 62}, "2 · 4 + 5 rounds, of up to 36 rows 5 + 4"));
  rows.push_back(maximum_row(64, {18, 16, 66}, "2 · 4 + 2 · 5 rounds, of up to 9 rows 2 · 5"));
  rows.push_back(maximum_row(5120, {28, 18, 74}, "2 · 4 + 4 · 5 rounds"));
  rows.push_back(max_pool_row());
  rows.push_back(sort_row(false));
  rows.push_back(sort_row(true));
  return rows;
}

}  // namespace crypten::costs
