#include <string>

#include "crypten_core/kernels/bit_slice.h"
#include "mpc/costs/rows.h"
#include "mpc/function/arctangent.h"
#include "mpc/function/exponential.h"
#include "mpc/function/gelu.h"
#include "mpc/function/reciprocal.h"
#include "mpc/function/roots.h"
#include "mpc/function/sigmoid.h"
#include "mpc/provider/comparison_plan.h"

namespace crypten::costs {
namespace {

using Function = MPCTensor (*)(const MPCTensor&);

CostRow bounded(const char* verb, const char* formula, CostBound bound, const std::function<Traffic(int64_t)>& traffic, Function function) {
  return {verb, formula, bound, [=, rounds = static_cast<uint64_t>(bound.rounds)](int64_t e, int n) { return cost(rounds, traffic(e).sent, traffic(e).dealt, n); },
          [function](Party& party, int64_t elements) {
            // A handle that does not own: the table's party outlives its row.
            const auto handle = std::shared_ptr<Party>(std::shared_ptr<void>(), &party);
            return [function, x = MPCTensor(handle, fresh(party, {elements}), 16)] { function(x); };
          }};
}

// A series that holds wherever x can be: its angle and its truncation, whose top bit is needed modulo 2^lift.
Traffic series_alone(int64_t e, int harmonics, int lift) { return {packed_size(e, 28) + packed_size(e, 40), 10 * harmonics * e + shares_dealt(e, {64, lift})}; }

// Two thresholds on so many bits of one Y.
Traffic bands(int64_t e, int bits) {
  const auto& plan = comparison_plan(CompareRequest::Kind::less, bits, Ring{});
  Traffic traffic{0, packed_size(e, plan.table_planes + 2 * plan.product_planes)};
  for (const auto& level : plan.levels) traffic.sent += packed_size(e, 2 * level.opened);
  return traffic;
}

}  // namespace

std::vector<CostRow> bounded_rows() {
  std::vector<CostRow> rows;
  rows.push_back(bounded("sigmoid, abs(x) ≤ 8", "2 rounds · 28/8 + 40/8 · 10·9 + 8 + 45/8", {2, 8.5, 104}, [](int64_t e) { return series_alone(e, 9, 45); }, [](const MPCTensor& x) { return sigmoid(x, 8); }));
  rows.push_back(bounded("GELU, abs(x) ≤ 4", "2 rounds · 28/8 + 40/8 · 10·7 + 8 + 43/8", {2, 8.5, 84}, [](int64_t e) { return series_alone(e, 7, 43); },
                         [](const MPCTensor& x) { return gelu(x, GeluForm::exact, 4); }));
  rows.push_back(bounded("sigmoid, abs(x) ≤ 1000", "3 rounds · 8 + 28/8 + 40/8 + two thresholds on 11 bits · 10·9 + their tables and products + 2·(8 + 45/8) + 8 + 6", {3, 18, 138},
                         [](int64_t e) {
                           const auto series = series_alone(e, 9, 45), compared = bands(e, 11);
                           return Traffic{8 * e + series.sent + compared.sent, series.dealt + compared.dealt + shares_dealt(e, {64, 45, 64, 48})};
                         },
                         [](const MPCTensor& x) { return sigmoid(x, 1000); }));
  rows.push_back(bounded("atan, abs(x) ≤ 1", "2 rounds · 28/8 + 40/8 · 10·5 + 8 + 45/8", {2, 8.5, 64}, [](int64_t e) { return series_alone(e, 5, 45); }, [](const MPCTensor& x) { return atan(x, 1); }));
  rows.push_back(bounded("exp, abs(x) ≤ 16", "2 rounds · 3·8 · 8·8 + (8 + 35/8) + (8 + 2)", {2, 24, 87}, [](int64_t e) { return Traffic{3 * 8 * e, 8 * 8 * e + shares_dealt(e, {64, 35, 64, 16})}; },
                         [](const MPCTensor& x) { return exp(x, 16); }));
  rows.push_back(bounded("exp of x ≤ 0.9, abs(x) ≤ 16", "2 rounds · 8 + 54/8 · 4·54/8 + (8 + 44/8)", {2, 14.75, 42}, [](int64_t e) { return Traffic{8 * e + packed_size(e, 54), 4 * shares_dealt(e, {54}) + shares_dealt(e, {64, 44})}; },
                         [](const MPCTensor& x) { return exp_of_negative(x, 16); }));
  // 1/x with 16 bits of its 32.
  rows.push_back(bounded("reciprocal, abs(x) ≤ 100", "8 rounds · as reciprocal, 4 chunks", {8, 41.3, 169},
                         [](int64_t e) {
                           const auto inverse = long_reciprocal_traffic(e, 8, 4, true);
                           return Traffic{inverse.sent + 8 * e, inverse.dealt + (8 + 2) * e};
                         },
                         [](const MPCTensor& x) { return reciprocal(x, ReciprocalDomain::both_signs, 100); }));
  rows.push_back(bounded("sqrt, x ≤ 100", "9 rounds · as sqrt, 5 chunks", {9, 46, 175},
                         [](int64_t e) {
                           const auto root = root_traffic(e, 6, 17, 15, 17 + 13 + 15 + 5 - 16, 5);
                           return Traffic{root.sent + 8 * e, root.dealt};
                         },
                         [](const MPCTensor& x) { return sqrt(x, 100); }));
  return rows;
}

}  // namespace crypten::costs
