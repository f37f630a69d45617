#include <algorithm>

#include "crypten_core/kernels/bit_slice.h"
#include "mpc/costs/rows.h"
#include "mpc/function/exponential.h"
#include "mpc/function/logarithm.h"
#include "mpc/function/reciprocal.h"
#include "mpc/function/roots.h"
#include "mpc/function/softmax.h"
#include "mpc/provider/class_plan.h"
#include "mpc/provider/comparison_plan.h"

namespace crypten::costs {
namespace {

// What finding the size class takes, a round at a time: bits opened, and planes and levels dealt. N is of `width` bits.
struct ClassCost {
  std::vector<int64_t> opened;
  int64_t planes = 0, sign_planes = 0;
  int levels = 0, width = 0, bits = 0, table = 0;  // bits of e, entries of a table of powers
};

// Chunks of 4 bits from low_bit on; with both signs, a comparison of all bits but one beside it, on the same tables.
ClassCost class_cost(int low_bit, int chunks, bool both_signs) {
  const auto& plan = class_plan(chunks, both_signs, Ring{});
  ClassCost cost{.opened = {static_cast<int64_t>(plan.leaves.size())}, .planes = 15 * chunks + plan.product_planes, .levels = static_cast<int>(plan.levels.size())};
  for (const auto& round : plan.rounds) cost.opened.push_back(static_cast<int64_t>(round.outputs.size()));
  cost.width = low_bit + cost.levels + 9;
  cost.bits = cost.levels < 16 ? 5 : 6, cost.table = cost.levels <= 24 ? 4 : 8;
  if (both_signs) {
    const auto& sign = comparison_plan(CompareRequest::Kind::less, 4 * chunks - 1, Ring{});
    for (const auto& level : sign.levels) cost.opened.push_back(level.opened);
    cost.sign_planes = sign.product_planes, cost.planes += cost.sign_planes;
  }
  return cost;
}

int64_t opened_bytes(const ClassCost& cost, int64_t e) {
  int64_t bytes = packed_size(e, cost.bits);
  for (const int64_t bits : cost.opened) bytes += packed_size(e, bits);
  return bytes;
}

// Tables, products of masks, and the levels' masks.
int64_t class_dealt(const ClassCost& cost, int64_t e, int chunks) {
  return packed_size(e, 15 * chunks) + packed_size(e, cost.planes - 15 * chunks - cost.sign_planes) + packed_size(e, cost.sign_planes) + cost.levels * shares_dealt(e, {cost.bits});
}

using RealFunction = MPCTensor (*)(const MPCTensor&);
std::function<std::function<void()>(Party&, int64_t)> prepared_real(RealFunction function, const std::vector<int64_t>& row = {}) {
  return [function, row](Party& party, int64_t elements) {
    // A handle that does not own: the table's party outlives its row.
    const auto handle = std::shared_ptr<Party>(std::shared_ptr<void>(), &party);
    std::vector<int64_t> sizes{elements};
    sizes.insert(sizes.end(), row.begin(), row.end());
    return [function, x = MPCTensor(handle, fresh(party, sizes), 16)] { function(x); };
  };
}

// A size class, N in the whole ring and an angle; then a series of 5 harmonics in 40 bits, its product with N, a truncation by `shift`.
CostRow reciprocal_row(const char* verb, const char* formula, CostBound bound, int low_bit, int chunks, bool both_signs, int rounds, int shift, RealFunction function) {
  return {verb, formula, bound,
          [=](int64_t e, int n) {
            const auto before = long_reciprocal_traffic(e, low_bit, chunks, both_signs);
            return cost(static_cast<uint64_t>(rounds), before.sent + 8 * e, before.dealt + shares_dealt(e, {64, shift}), n);
          },
          prepared_real(function)};
}

CostRow root_row(const char* verb, int factor_bits, int kept, int last_shift, RealFunction function) {
  return {verb, "9 rounds · 8 + 16.3 + 6/8 + 46/8 + 28/8 + 40/8 + 2·8 · 15 + 37.8 + 31·6/8 + 9·46/8 + 64 + 40 + products and truncations", {9, 55, 273},
          [=](int64_t e, int n) {
            const auto root = root_traffic(e, 6, factor_bits, kept, last_shift);
            return cost(9, 8 * e + root.sent, root.dealt, n);
          },
          prepared_real(function)};
}

CostRow log_row() {
  return {"log", "8 rounds · 8 + 16.3 + 6/8 + 46/8 + 28/8 + 48/8 · 15 + 37.8 + 31·6/8 + 9·46/8 + 8·6 + (48 + 42)/8 + 8 + 38/8", {8, 40, 201},
          [](int64_t e, int n) {
            const auto traffic = log_traffic(e, 6);
            return cost(8, traffic.sent, traffic.dealt, n);
          },
          prepared_real([](const MPCTensor& x) { return log(x); })};
}

// One threshold on bits 15 … 62: 12 leaves (23 bits), 3 merges (5), the result.
constexpr int64_t kThresholdTables = 12 * 15, kThresholdProducts = 64;
int64_t threshold_sent(int64_t e) { return packed_size(e, 23) + packed_size(e, 5) + packed_size(e, 1); }
int64_t threshold_dealt(int64_t e) { return packed_size(e, kThresholdTables) + packed_size(e, kThresholdProducts); }

}  // namespace

Traffic log_traffic(int64_t e, int low_bit) {
  const auto c = class_cost(low_bit, 8, false);
  // N's table and x·N; the series; ρ and its top bit; the truncation.
  return {.sent = opened_bytes(c, e) + 8 * e + packed_size(e, c.width) + packed_size(e, 28) + packed_size(e, 48),
          .dealt = class_dealt(c, e, 8) + (c.table + 1) * shares_dealt(e, {c.width}) + shares_dealt(8 * e, {48}) + shares_dealt(e, {48, 48 - 6}) + shares_dealt(e, {64, 64 - 48 + 22})};
}

Traffic light_exp_traffic(int64_t e, int fraction_bits) {
  const int lift = 64 - 54 + 50 - fraction_bits;
  return {.sent = 8 * e + packed_size(e, 54) + threshold_sent(e), .dealt = 4 * shares_dealt(e, {54}) + shares_dealt(e, {64, lift, 64, 64, lift}) + threshold_dealt(e)};
}

Traffic long_reciprocal_traffic(int64_t e, int low_bit, int chunks, bool both_signs, int series_bits) {
  const auto c = class_cost(low_bit, chunks, both_signs);
  const int lift = series_bits == 42 ? 64 - 42 + 19 : 64 - 40 + 17;
  // x and N: 64 bits. Dealt: the table of N, x·N; the series and its truncation and both products with N.
  return {.sent = opened_bytes(c, e) + 2 * 8 * e + packed_size(e, std::min(28, c.width)) + packed_size(e, series_bits),
          .dealt = class_dealt(c, e, chunks) + c.table * 8 * e + shares_dealt(e, {c.width}) + shares_dealt(10 * e, {series_bits}) + shares_dealt(e, {64, lift, 64, lift})};
}

Traffic root_traffic(int64_t e, int low_bit, int factor_bits, int kept, int last_shift, int chunks) {
  const auto c = class_cost(low_bit, chunks, false);
  const int lift = 64 - 40 + 20 + factor_bits - kept;
  return {.sent = opened_bytes(c, e) + packed_size(e, c.width) + packed_size(e, std::min(28, c.width)) + packed_size(e, 40) + 2 * 8 * e,
          .dealt = class_dealt(c, e, chunks) + (c.table + 1) * shares_dealt(e, {c.width}) + c.table * 8 * e + shares_dealt(8 * e, {40}) + shares_dealt(e, {64, lift, 64, lift, 64, last_shift})};
}

std::vector<CostRow> division_rows() {
  std::vector<CostRow> rows;
  rows.push_back({"exp", "4 rounds · 4·8 + 29/8 · 8·8 + 30.5 + (8 + 35/8) + (8 + 2) + 8 + 8", {4, 35.9, 135},
                  [](int64_t e, int n) { return cost(4, 4 * 8 * e + threshold_sent(e), 8 * 8 * e + shares_dealt(e, {64, 35, 64, 16, 64, 64}) + threshold_dealt(e), n); }, prepared_real([](const MPCTensor& x) { return exp(x); })});
  rows.push_back({"exp of x ≤ 0.9", "4 rounds · 8 + 54/8 + 29/8 · 4·54/8 + 30.5 + (8 + 44/8) + 8 + (8 + 44/8)", {4, 18.6, 95},
                  [](int64_t e, int n) { return cost(4, light_exp_traffic(e, 16).sent, light_exp_traffic(e, 16).dealt, n); }, prepared_real([](const MPCTensor& x) { return exp_of_negative(x); })});
  rows.push_back(reciprocal_row("reciprocal", "9 rounds · 3·8 + 24.5 + 28/8 + 40/8 · class 104.8 + 64 + 47/8 + 50 + 2·(8 + 41/8) + 8 + 4", {9, 57.2, 265}, 8, 8, true, 9, 32,
                                [](const MPCTensor& x) { return reciprocal(x); }));
  rows.push_back(reciprocal_row("reciprocal, x > 0", "9 rounds · 3·8 + 16.6 + 28/8 + 40/8 · class 76 + 64 + 6 + 50 + 2·(8 + 41/8) + 8 + 33/8", {9, 49.2, 235}, 8, 8, false, 9, 33,
                                [](const MPCTensor& x) { return reciprocal(x, ReciprocalDomain::positive); }));
  rows.push_back(reciprocal_row("reciprocal, 1 ≤ x ≤ 4096", "8 rounds · 3·8 + 6.3 + 28/8 + 40/8 · class 33.8 + 32 + 38/8 + 50 + 2·(8 + 41/8) + 8 + 23/8", {8, 38.9, 192}, 14, 4, false, 8, 23,
                                [](const MPCTensor& x) { return reciprocal(x, ReciprocalDomain::denominators); }));
  rows.push_back(root_row("sqrt", 17, 15, 17 + 13 + 15 + 5 - 16, [](const MPCTensor& x) { return sqrt(x); }));
  rows.push_back(root_row("inverse sqrt", 16, 18, 15 + 27 + 18 - 4 - 16, [](const MPCTensor& x) { return inv_sqrt(x); }));
  rows.push_back(log_row());
  return rows;
}

}  // namespace crypten::costs
