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

// What finding the size class takes, a round at a time: bits opened, and planes and bytes dealt.
struct ClassCost {
  std::vector<int64_t> opened;
  int64_t planes = 0, sign_planes = 0, bytes = 0, width = 0;
};

// Chunks of 4 bits from low_bit on; with both signs, a comparison of all bits but one beside it, on the same tables.
ClassCost class_cost(int low_bit, int chunks, bool both_signs) {
  const auto& plan = class_plan(chunks, both_signs, Ring{});
  ClassCost cost{.opened = {static_cast<int64_t>(plan.leaves.size())}, .planes = 15 * chunks + plan.product_planes, .bytes = static_cast<int64_t>(plan.levels.size())};
  for (const auto& round : plan.rounds) cost.opened.push_back(static_cast<int64_t>(round.outputs.size()));
  cost.width = low_bit + cost.bytes + 9;
  if (both_signs) {
    const auto& sign = comparison_plan(CompareRequest::Kind::less, 4 * chunks - 1, Ring{});
    for (const auto& level : sign.levels) cost.opened.push_back(level.opened);
    cost.sign_planes = sign.product_planes, cost.planes += cost.sign_planes;
  }
  return cost;
}

int64_t opened_bytes(const ClassCost& cost, int64_t e) {
  int64_t bytes = packed_size(e, 6);
  for (const int64_t bits : cost.opened) bytes += packed_size(e, bits);
  return bytes;
}

int64_t dealt_bytes(int64_t e, int64_t planes) { return packed_size(e, planes); }
int64_t whole_bytes(int64_t bits) { return (bits + 7) / 8; }

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
CostRow reciprocal_row(const char* verb, const char* formula, CostBound bound, int low_bit, int chunks, bool both_signs, int rounds, int64_t shift, RealFunction function) {
  return {verb, formula, bound,
          [=](int64_t e, int n) {
            const auto before = long_reciprocal_traffic(e, low_bit, chunks, both_signs);
            return cost(static_cast<uint64_t>(rounds), before.sent + 8 * e, before.dealt + (8 + whole_bytes(shift)) * e, n);
          },
          prepared_real(function)};
}

CostRow root_row(const char* verb, int64_t factor_bits, int64_t kept, int64_t last_shift, RealFunction function) {
  return {verb, "9 rounds · 8 + 16.3 + 6/8 + 46/8 + 28/8 + 40/8 + 2·8 · 15 + 38.9 + 31 + 48 + 6 + 64 + 40 + products and truncations", {9, 55, 284},
          [=](int64_t e, int n) {
            const auto root = root_traffic(e, 6, factor_bits, kept, last_shift);
            return cost(9, 8 * e + root.sent, root.dealt, n);
          },
          prepared_real(function)};
}

CostRow log_row() {
  return {"log", "8 rounds · 8 + 16.3 + 6/8 + 46/8 + 28/8 + 48/8 · 15 + 38.9 + 31 + 48 + 6 + 8·6 + 12 + 13", {8, 40, 212},
          [](int64_t e, int n) {
            const auto c = class_cost(6, 8, false);
            const int64_t sent = opened_bytes(c, e) + 8 * e + packed_size(e, c.width) + packed_size(e, 28) + packed_size(e, 48);
            const int64_t dealer = dealt_bytes(e, 15 * 8) + dealt_bytes(e, c.planes - 15 * 8) +
                                   (c.bytes + 9 * whole_bytes(c.width) + 8 * 6 + 6 + 6 + 8 + whole_bytes(64 - 48 + 22)) * e;
            return cost(8, sent, dealer, n);
          },
          prepared_real([](const MPCTensor& x) { return log(x); })};
}

// One threshold on bits 15 … 62: 12 leaves (23 bits), 3 merges (5), the result.
constexpr int64_t kThresholdTables = 12 * 15, kThresholdProducts = 64;
int64_t threshold_sent(int64_t e) { return packed_size(e, 23) + packed_size(e, 5) + packed_size(e, 1); }
int64_t threshold_dealt(int64_t e) { return packed_size(e, kThresholdTables) + packed_size(e, kThresholdProducts); }

}  // namespace

Traffic long_reciprocal_traffic(int64_t e, int low_bit, int chunks, bool both_signs) {
  const auto c = class_cost(low_bit, chunks, both_signs);
  const int64_t lift = whole_bytes(64 - 40 + 17);
  // x and N: 64 bits. Dealt: the table of N, x·N; the series and its truncation and both products with N.
  return {.sent = opened_bytes(c, e) + 2 * 8 * e + packed_size(e, std::min<int64_t>(28, c.width)) + packed_size(e, 40),
          .dealt = dealt_bytes(e, 15 * chunks) + dealt_bytes(e, c.planes - 15 * chunks - c.sign_planes) + (both_signs ? dealt_bytes(e, c.sign_planes) : 0) +
                   (c.bytes + 8 * 8 + whole_bytes(c.width) + 10 * 5 + 8 + lift + 8 + lift) * e};
}

Traffic root_traffic(int64_t e, int low_bit, int64_t factor_bits, int64_t kept, int64_t last_shift, int chunks) {
  const auto c = class_cost(low_bit, chunks, false);
  const int64_t lift = whole_bytes(64 - 40 + 20 + factor_bits - kept);
  return {.sent = opened_bytes(c, e) + packed_size(e, c.width) + packed_size(e, std::min<int64_t>(28, c.width)) + packed_size(e, 40) + 2 * 8 * e,
          .dealt = dealt_bytes(e, 15 * chunks) + dealt_bytes(e, c.planes - 15 * chunks) + (c.bytes + 9 * whole_bytes(c.width) + 8 * 8 + 8 * 5 + 8 + lift + 8 + lift + 8 + whole_bytes(last_shift)) * e};
}

std::vector<CostRow> division_rows() {
  std::vector<CostRow> rows;
  rows.push_back({"exp", "4 rounds · 4·8 + 29/8 · 8·8 + 30.5 + (8 + 5) + (8 + 2) + 8 + 8", {4, 35.9, 135},
                  [](int64_t e, int n) { return cost(4, 4 * 8 * e + threshold_sent(e), (8 * 8 + 13 + 10 + 16) * e + threshold_dealt(e), n); }, prepared_real([](const MPCTensor& x) { return exp(x); })});
  rows.push_back({"exp of x ≤ 0.9", "4 rounds · 8 + 54/8 + 29/8 · 4·7 + 30.5 + (8 + 6) + 8 + (8 + 6)", {4, 18.6, 95},
                  [](int64_t e, int n) { return cost(4, 8 * e + packed_size(e, 54) + threshold_sent(e), (4 * 7 + 14 + 8 + 14) * e + threshold_dealt(e), n); },
                  prepared_real([](const MPCTensor& x) { return exp_of_negative(x); })});
  rows.push_back(reciprocal_row("reciprocal", "9 rounds · 3·8 + 24.5 + 28/8 + 40/8 · class 112 + 64 + 6 + 50 + products and truncations", {9, 57.2, 274}, 8, 8, true, 9, 32,
                                [](const MPCTensor& x) { return reciprocal(x); }));
  rows.push_back(reciprocal_row("reciprocal, x > 0", "9 rounds · 3·8 + 16.6 + 28/8 + 40/8 · class 85 + 64 + 6 + 50 + products and truncations", {9, 49.2, 246}, 8, 8, false, 9, 33,
                                [](const MPCTensor& x) { return reciprocal(x, ReciprocalDomain::positive); }));
  rows.push_back(reciprocal_row("reciprocal, 1 ≤ x ≤ 4096", "8 rounds · 3·8 + 6.4 + 28/8 + 40/8 · class 39 + 64 + 5 + 50 + products and truncations", {8, 38.9, 198}, 14, 4, false, 8, 23,
                                [](const MPCTensor& x) { return reciprocal(x, ReciprocalDomain::denominators); }));
  rows.push_back(root_row("sqrt", 17, 15, 17 + 13 + 15 + 5 - 16, [](const MPCTensor& x) { return sqrt(x); }));
  rows.push_back(root_row("inverse sqrt", 16, 18, 15 + 27 + 18 - 4 - 16, [](const MPCTensor& x) { return inv_sqrt(x); }));
  rows.push_back(log_row());
  return rows;
}

}  // namespace crypten::costs
