#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>

#include "crypten_core/kernels/bit_slice.h"
#include "mpc/costs/rows.h"
#include "mpc/function/arctangent.h"
#include "mpc/function/derived.h"
#include "mpc/function/exponential.h"
#include "mpc/function/gelu.h"
#include "mpc/function/normalization.h"
#include "mpc/function/power.h"
#include "mpc/function/reciprocal.h"
#include "mpc/function/rectifiers.h"
#include "mpc/function/rotary.h"
#include "mpc/function/softmax.h"
#include "mpc/function/statistics.h"
#include "mpc/provider/comparison_plan.h"

namespace crypten::costs {
namespace {

constexpr int64_t kRow = 8;  // elements of a row, channels

// The maximum of rows of 8: in pairs where there are many rows, for which bounds are stated, else in fewer rounds.
constexpr const char* kMaximum = "maximum";
constexpr uint64_t kMaximumRounds = 12;

// Another row's declaration for `count` times as many elements.
struct Part {
  std::string verb;
  int64_t count = 1;
};

Traffic of_part(const Part& part, int64_t elements) {
  static const auto rows = [] {
    std::vector<CostRow> all;
    for (const auto family : {comparison_rows, function_rows, division_rows})
      for (auto& row : family()) all.push_back(std::move(row));
    return all;
  }();
  for (const auto& row : rows) {
    if (row.verb != part.verb) continue;
    const auto declared = row.declared(elements * part.count, 2);
    return {static_cast<int64_t>(declared.bytes_sent), static_cast<int64_t>(declared.dealer_bytes)};
  }
  throw std::logic_error("no row " + part.verb);
}

using More = std::function<Traffic(int64_t elements)>;
using Verb = std::function<void(const std::vector<MPCTensor>&)>;

More each(int64_t sent, int64_t dealt) {
  return [=](int64_t e) { return Traffic{sent * e, dealt * e}; };
}

// Parts, and what comes beside them. Operands: of (elements, shape…), the others of `second`, where −1 is the number of elements.
CostRow composed(const char* verb, const char* formula, CostBound bound, const std::vector<Part>& parts, const More& more, const std::vector<int64_t>& shape, const Verb& run,
                 const std::vector<std::vector<int64_t>>& others = {}) {
  return {verb, formula, bound,
          [=, fixed = static_cast<uint64_t>(bound.rounds)](int64_t e, int n) {
            auto total = more(e);
            auto rounds = fixed;
            for (const auto& part : parts) {
              if (part.verb == kMaximum) {
                const auto maximum = maximum_traffic(e, kRow);
                total.sent += maximum.traffic.sent, total.dealt += maximum.traffic.dealt;
                rounds = rounds - kMaximumRounds + maximum.rounds;
                continue;
              }
              const auto traffic = of_part(part, e);
              total.sent += traffic.sent, total.dealt += traffic.dealt;
            }
            return cost(rounds, total.sent, total.dealt, n);
          },
          [=](Party& party, int64_t elements) {
            // A handle that does not own: the table's party outlives its row.
            const auto handle = std::shared_ptr<Party>(std::shared_ptr<void>(), &party);
            std::vector<MPCTensor> operands;
            const auto add = [&](std::vector<int64_t> sizes) {
              for (auto& size : sizes)
                if (size < 0) size = elements;
              operands.emplace_back(handle, fresh(party, sizes), 16);
            };
            std::vector<int64_t> first{-1};
            first.insert(first.end(), shape.begin(), shape.end());
            add(first);
            for (const auto& sizes : others) add(sizes);
            return [run, operands] { run(operands); };
          }};
}

Verb of_one(MPCTensor (*function)(const MPCTensor&)) {
  return [function](const std::vector<MPCTensor>& in) { function(in[0]); };
}

Traffic operator+(Traffic a, Traffic b) { return {a.sent + b.sent, a.dealt + b.dealt}; }

// 1/√ of a sum of squares with `from` fractional bits, as inv_sqrt_of_mean(): its result has `bits`.
Traffic inverse_root(int64_t e, int from, int bits) {
  const int low_bit = std::max(0, from - 16), places = from - 1 - low_bit, whole = (places - (places & 1)) / 2;
  return root_traffic(e, low_bit, 16, 18, 60 - whole - bits);
}

void add_pointwise(std::vector<CostRow>& rows) {
  rows.push_back(composed("log1p", "log", {8, 40, 201}, {{"log"}}, each(0, 0), {}, [](const auto& in) { log1p(in[0]); }));
  rows.push_back(composed("expm1", "exp", {4, 35.9, 135}, {{"exp"}}, each(0, 0), {}, [](const auto& in) { expm1(in[0]); }));
  rows.push_back(composed("logsigmoid", "softplus", {4, 24.5, 210}, {{"softplus"}}, each(0, 0), {}, [](const auto& in) { logsigmoid(in[0]); }));
  rows.push_back(composed("SELU", "ELU", {4, 27, 190}, {{"ELU"}}, each(0, 0), {}, [](const auto& in) { selu(in[0]); }));
  rows.push_back(composed("leaky ReLU", "ReLU", {4, 13, 60}, {{"ReLU"}}, each(0, 0), {}, [](const auto& in) { leaky_relu(in[0], 0.125); }));
  rows.push_back(composed("PReLU, one slope", "ReLU · + 8, the slope · + 8", {5, 21.1, 68}, {{"ReLU"}}, [](int64_t e) { return Traffic{8 * e + 8, 8 * e}; }, {},
                          [](const auto& in) { prelu(in[0], in[1]); }, {{1}}));
  rows.push_back(composed("hardsigmoid", "two ReLU of one opening", {4, 18, 120}, {{"ReLU"}, {"ReLU"}}, each(-8, 0), {}, [](const auto& in) { hardsigmoid(in[0]); }));
  rows.push_back(composed("hardswish", "hardsigmoid · + 8 + 8 · + 8 + 10", {6, 34, 138}, {{"ReLU"}, {"ReLU"}}, each(-8 + 16, 18), {}, [](const auto& in) { hardswish(in[0]); }));
  rows.push_back(composed("polynomial of degree 4", "3 rounds · 4·8 · 58: x^2, then x^3 and x^4 in one level", {3, 32, 58}, {}, each(32, 58), {}, [](const auto& in) { polynomial(in[0], {0, 0.5, 0.25, 0.25, 0.25}); }));
  rows.push_back(composed("rotary embedding", "local", {0, 0, 0}, {}, each(0, 0), {kRow}, [](const auto& in) { rotary(in[0], Plain(0.6), Plain(0.8)); }));
}

// Two series of 5 and 3 harmonics and two thresholds beside the reciprocal of |x| ≥ 1, on 6 chunks.
CostRow atan_row() {
  constexpr int64_t kBandBits = 2 * (23 + 5 + 1), kBandPlanes = 12 * 15 + 2 * 64;
  return composed("atan", "10 rounds · 1/x before its truncation + 28/8 + 40/8 + 58/8 + 28/8 + 40/8 · 1/x + 10·5 + 10·3 + 38.5 + 2·(8 + 45/8) + 8 + 2·(8 + 45/8) + 8", {10, 66, 367}, {},
                  [](int64_t e) {
                    const auto inverse = long_reciprocal_traffic(e, 16, 6, true);
                    return inverse + Traffic{packed_size(e, 28 + 40 + kBandBits) + packed_size(e, 28 + 40), packed_size(e, kBandPlanes) + (10 * 5 + 10 * 3) * e + shares_dealt(e, {64, 45, 64, 45, 64, 64, 64, 45, 64, 45})};
                  },
                  {}, [](const auto& in) { atan(in[0]); });
}

// Both compare x with thresholds on 36 − 16 fewer bits: 7 chunks of 4.
Traffic exp_of_long(int64_t e) {
  const auto& plan = comparison_plan(CompareRequest::Kind::less, 28, Ring{});
  Traffic traffic{4 * 8 * e, 8 * 8 * e + shares_dealt(e, {64, 35, 64, 16, 64, 64}) + packed_size(e, plan.table_planes) + packed_size(e, plan.product_planes)};
  for (const auto& level : plan.levels) traffic.sent += packed_size(e, level.opened);
  return traffic;
}

void add_quotients(std::vector<CostRow>& rows) {
  // A reciprocal with 32 fractional bits: its truncation by 16 takes 2 B less; the product's 8 + 2 and 8 + 4.
  rows.push_back(composed("division, private / private", "reciprocal · + 8 + 8 · − 2 + 10 + 12", {10, 73.2, 285}, {{"reciprocal"}}, each(16, -2 + 10 + 12), {},
                          [](const auto& in) { divide(in[0], in[1]); }, {{-1}}));
  rows.push_back(composed("division, public / private", "reciprocal · + 8 · − 2 + 10", {10, 65.2, 273}, {{"reciprocal"}}, each(8, -2 + 10), {}, [](const auto& in) { divide(Plain(3), in[0]); }));
  rows.push_back(composed("tan", "11 rounds · sine and cosine, 1/cosine on 3 chunks + 8 + 8 · + 8.1 + 13.8 + 11.4", {11, 60.4, 205}, {{"sine and cosine"}},
                          [](int64_t e) { return long_reciprocal_traffic(e, 8, 3, true) + Traffic{16 * e, shares_dealt(e, {64, 1, 64, 1, 45, 64, 27})}; }, {}, of_one(tan)));
  rows.push_back(atan_row());
  rows.push_back(composed("x^-2", "reciprocal · · + 12", {9, 57.2, 277}, {{"reciprocal"}}, each(0, 12), {}, [](const auto& in) { real_power(in[0], -2); }));
  rows.push_back(composed("x^1.5", "sqrt · + 8 · + 12.8 + 10 + 14.3", {10, 63, 309}, {{"sqrt"}}, [](int64_t e) { return Traffic{8 * e, shares_dealt(e, {64, 34, 4, 64, 16, 64, 16, 34})}; }, {}, [](const auto& in) { real_power(in[0], 1.5); }));
  rows.push_back(composed("x^0.3", "log and exp of 36 fractional bits", {12, 75.9, 336}, {{"log"}}, exp_of_long, {}, [](const auto& in) { real_power(in[0], 0.3); }));
}

void add_rows_of_eight(std::vector<CostRow>& rows) {
  // The sum's long reciprocal without truncation; its opening and those of 8 numerators; products, and truncations by more than 32 bits.
  // Exponentials have 24 fractional bits, and the reciprocal of their sum is truncated to 36 where else it is opened.
  const auto light_exp = [](int64_t e) { return light_exp_traffic(kRow * e, 24); };
  rows.push_back(composed("softmax, a row of 8", "12 + 13 rounds · maximum, 8 exp of x ≤ 0.9, 1/sum + 8 + 2·8·8 · + 8.4 + 8·8.4 + 8·13.5", {25, 408, 1457}, {{kMaximum}},
                          [=](int64_t e) { return light_exp(e) + long_reciprocal_traffic(e, 22, 4, false, 42) + Traffic{(8 + 2 * 8 * kRow) * e, shares_dealt(e, {64, 3}) + shares_dealt(kRow * e, {64, 3, 64, 44})}; }, {kRow},
                          [](const auto& in) { softmax(in[0], 1); }));
  for (const auto& [verb, run] : std::vector<std::pair<const char*, Verb>>{{"log_softmax, a row of 8", [](const auto& in) { log_softmax(in[0], 1); }},
                                                                           {"logsumexp, a row of 8", [](const auto& in) { logsumexp(in[0], 1); }}})
    rows.push_back(composed(verb, "12 + 12 rounds · maximum, 8 exp of x ≤ 0.9, log of 24 fractional bits", {24, 280, 1335}, {{kMaximum}},
                            [=](int64_t e) { return light_exp(e) + log_traffic(e, 14); }, {kRow}, run));
  // Deviations truncated by 3 bits; their squares; the factor 4/7 of a truncated sum.
  const auto variance = [](int64_t e) { return shares_dealt(kRow * e, {64, 3, 64, 3}) + shares_dealt(e, {64, 16}); };
  rows.push_back(composed("variance, a row of 8", "2 rounds · 8·8 + 8 · 2·8·(8 + 3/8) + 10", {2, 72, 144}, {}, [=](int64_t e) { return Traffic{8 * kRow * e + 8 * e, variance(e)}; }, {kRow},
                          [](const auto& in) { var(in[0], {1}); }));
  rows.push_back(composed("standard deviation, a row of 8", "variance, truncated + sqrt of 32 fractional bits", {12, 137, 442}, {},
                          [=](int64_t e) { return root_traffic(e, 22, 17, 15, 17 + 13 + 15 + 5 - 16) + Traffic{(8 * kRow + 8 + 8 + 8) * e, variance(e) + shares_dealt(e, {64, 3})}; }, {kRow},
                          [](const auto& in) { standard_deviation(in[0], {1}); }));
  rows.push_back(composed("1-norm, a row of 8", "8 ReLU", {4, 104, 480}, {{"ReLU", kRow}}, each(0, 0), {kRow}, [](const auto& in) { norm(in[0], 1, {1}); }));
  rows.push_back(composed("2-norm, a row of 8", "10 rounds · 8·8 + sqrt of 32 fractional bits · 8·8 + sqrt", {10, 121, 354}, {},
                          [](int64_t e) { return root_traffic(e, 22, 17, 15, 17 + 13 + 15 + 5 - 16) + Traffic{(8 * kRow + 8) * e, 8 * kRow * e}; }, {kRow},
                          [](const auto& in) { norm(in[0], 2, {1}); }));
  rows.push_back(composed("infinity norm, a row of 8", "4 + 12 rounds · 8 ReLU, maximum", {16, 195, 900}, {{"ReLU", kRow}, {kMaximum}}, each(0, 0), {kRow},
                          [](const auto& in) { norm(in[0], INFINITY, {1}); }));
  // Three products of 8; both roots; the dot product, the roots' product and the quotient truncated.
  rows.push_back(composed("cosine similarity, a row of 8", "12 rounds · 2·8·8 + two inverse roots + 8 + 8 + 8 · 3·8·8 + roots + 10 + 15.3 + 10.3 + 12.3 + 11.8", {12, 265, 814}, {},
                          [](int64_t e) { return inverse_root(e, 32, 24) + inverse_root(e, 32, 24) + Traffic{(2 * 8 * kRow + 2 * 8 + 3 * 8) * e, 3 * 8 * kRow * e + shares_dealt(e, {64, 16, 64, 29, 29, 64, 18, 64, 18, 16, 64, 30})}; }, {kRow},
                          [](const auto& in) { cosine_similarity(in[0], in[1], 1); }, {{-1, kRow}}));
  // The root of the squares' sum, once a row; the last product and its truncation by 30 bits for each element.
  const auto over_root = [](int64_t e) { return inverse_root(e, 35, 30) + Traffic{(8 + 8 * kRow) * e, shares_dealt(kRow * e, {64, 30})}; };
  rows.push_back(composed("RMS norm, a row of 8", "11 rounds · 8·8 + inverse root + 8·8 · 8·8 + root + 8·(10.9 + 11.8)", {11, 185, 529}, {},
                          [=](int64_t e) { return over_root(e) + Traffic{8 * kRow * e, shares_dealt(kRow * e, {64, 64, 23})}; }, {kRow}, [](const auto& in) { rms_norm(in[0], 1, {}); }));
  rows.push_back(composed("layer norm, a row of 8", "11 rounds · 8·8 + inverse root + 8·8 · 2·8·(8 + 3/8) + root + 8·(11.3 + 11.8)", {11, 185, 602}, {},
                          [=](int64_t e) { return over_root(e) + Traffic{8 * kRow * e, shares_dealt(kRow * e, {64, 3, 64, 3, 64, 23, 3})}; }, {kRow}, [](const auto& in) { layer_norm(in[0], 1, {}, {}); }));
  rows.push_back(composed("group norm, two groups of 8", "11 rounds · as two rows of layer norm", {11, 370, 1204}, {},
                          [=](int64_t e) { return over_root(2 * e) + Traffic{2 * 8 * kRow * e, shares_dealt(2 * kRow * e, {64, 3, 64, 3, 64, 23, 3})}; }, {2, kRow},
                          [](const auto& in) { group_norm(in[0], 2, {}, {}); }));
  // x minus the mean is opened; one root for each of 8 channels, however many rows.
  rows.push_back(composed("batch norm of 8 channels, known statistics", "10 rounds · 8·8 + 8 inverse roots in all · 8·(8 + 37/8) + roots", {10, 65, 102}, {},
                          [](int64_t e) { return inverse_root(kRow, 16, 16) + Traffic{8 * kRow * e + 8 * kRow, shares_dealt(kRow * e, {64, 37})}; }, {kRow},
                          [](const auto& in) { batch_norm(in[0], in[1], in[2], {}, {}); }, {{kRow}, {kRow}}));
}

}  // namespace

std::vector<CostRow> composed_rows() {
  std::vector<CostRow> rows;
  add_pointwise(rows);
  add_quotients(rows);
  add_rows_of_eight(rows);
  return rows;
}

}  // namespace crypten::costs
