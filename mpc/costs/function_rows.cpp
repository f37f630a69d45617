#include "crypten_core/kernels/bit_slice.h"
#include "mpc/costs/rows.h"
#include "mpc/function/gelu.h"
#include "mpc/function/power.h"
#include "mpc/function/sigmoid.h"
#include "mpc/function/sine.h"
#include "mpc/tensor/mpc_tensor.h"

namespace crypten::costs {
namespace {

// Two thresholds on one Y, bits 15 … 62: 12 leaves (23 bits), 3 merges (5), the result, for each; tables of 12 chunks of 4 bits once, products of masks for each.
constexpr int64_t kBandBits = 2 * (23 + 5 + 1), kBandPlanes = 12 * 15 + 2 * 64;
// Of x with 32 fractional bits, bits 31 … 62: 8 leaves, 2 merges, the result.
constexpr int64_t kPendingBits = 2 * (15 + 3 + 1), kPendingPlanes = 8 * 15 + 2 * 38;
// The same for exact thresholds: 63 bits, as a comparison.
constexpr int64_t kExactBits = 2 * 39, kExactPlanes = 15 * 15 + 7 + 2 * 96;

using Function = MPCTensor (*)(const MPCTensor&);

std::function<std::function<void()>(Party&, int64_t)> prepared(Function function, int fraction_bits = 16) {
  return [function, fraction_bits](Party& party, int64_t elements) {
    // A handle that does not own: the table's party outlives its row.
    const auto handle = std::shared_ptr<Party>(std::shared_ptr<void>(), &party);
    return [function, x = MPCTensor(handle, fresh(party, {elements}), fraction_bits)] { function(x); };
  };
}

// Of a series of that many harmonics inside its thresholds: sines modulo 2^width; its truncation, of which the lifted top bit is needed modulo 2^lift, and its selection.
int64_t series_dealt(int64_t e, int harmonics, int lift, int width = 40) { return shares_dealt(2 * harmonics * e, {width}) + shares_dealt(e, {64, lift, 64, 64, lift}); }
std::string series_text(int harmonics, int lift, int width = 40) {
  return (width == 40 ? "10" : "2·" + std::to_string(width) + "/8") + "·" + std::to_string(harmonics) + " + 2·(8 + " + std::to_string(lift) + "/8) + 8";
}

// Series of `harmonics` between two thresholds, above them a constant (a bit modulo 2^48) or x.
CostRow piecewise_row(const char* verb, int harmonics, int lift, bool above_is_x, CostBound bound, Function function, int width = 40) {
  const int64_t above = above_is_x ? 16 : 6;
  return {verb, "4 rounds · 8 + 28/8 + " + std::to_string(width) + "/8 + 58/8 · " + series_text(harmonics, lift, width) + " + 38.5 + " + std::to_string(above), bound,
          [=](int64_t e, int n) { return cost(4, 8 * e + packed_size(e, 28 + width + kBandBits), series_dealt(e, harmonics, lift, width) + above * e + packed_size(e, kBandPlanes), n); },
          prepared(function)};
}

// With the truncation of x: the quotient is selected, not x.
CostRow pending_row(const char* verb, int harmonics, int lift, bool above_is_x, CostBound bound, Function function) {
  const int64_t above = above_is_x ? 8 + 2 * 10 : 6;
  return {verb, "4 rounds · 8 + 28/8 + 40/8 + 38/8 · " + series_text(harmonics, lift) + " + 24.5 + " + std::to_string(above), bound,
          [=](int64_t e, int n) { return cost(4, 8 * e + packed_size(e, 28 + 40 + kPendingBits), series_dealt(e, harmonics, lift) + above * e + packed_size(e, kPendingPlanes), n); },
          prepared(function, 32)};
}

CostRow elu_row() {
  return {"ELU", "4 rounds · 8 + 28/8 + 40/8 + 78/8 · " + series_text(8, 45) + " + 53 + 16", {4, 27, 190},
          [](int64_t e, int n) { return cost(4, 8 * e + packed_size(e, 28 + 40 + kExactBits), series_dealt(e, 8, 45) + 16 * e + packed_size(e, kExactPlanes), n); },
          prepared([](const MPCTensor& x) { return elu(x); })};
}

CostRow power_row(int64_t exponent, int64_t rounds, int64_t sent, int64_t dealt, double allowed, Function function) {
  return {"x^" + std::to_string(exponent) + ", truncated", std::to_string(rounds) + " rounds · " + std::to_string(sent) + " · " + std::to_string(dealt),
          {static_cast<double>(rounds), static_cast<double>(sent), allowed},
          [=](int64_t e, int n) { return cost(static_cast<uint64_t>(rounds), sent * e, dealt * e, n); }, prepared(function)};
}

template <int64_t exponent>
MPCTensor truncated_power(const MPCTensor& x) {
  auto result = power(x, exponent);
  result.at_most(16);
  return result;
}

}  // namespace

std::vector<CostRow> function_rows() {
  std::vector<CostRow> rows;
  rows.push_back({"sine or cosine", "2 rounds · 28/8 + 40/8 · 10 + 8 + 45/8", {2, 8.5, 24},
                  [](int64_t e, int n) { return cost(2, packed_size(e, 28 + 40), 10 * e + shares_dealt(e, {64, 45}), n); }, prepared(sin)});
  rows.push_back({"sine and cosine", "2 rounds · 28/8 + 2·40/8 · 10 + 2·(8 + 45/8)", {2, 13.5, 38},
                  [](int64_t e, int n) { return cost(2, packed_size(e, 28 + 80), 10 * e + 2 * shares_dealt(e, {64, 45}), n); },
                  prepared([](const MPCTensor& x) { return cossin(x).first; })});
  rows.push_back(piecewise_row("sigmoid", 9, 45, false, {4, 24.2, 175}, [](const MPCTensor& x) { return sigmoid(x); }));
  rows.push_back(piecewise_row("tanh", 10, 44, false, {4, 24.2, 185}, [](const MPCTensor& x) { return tanh(x); }));
  rows.push_back(piecewise_row("erf", 5, 44, false, {4, 24.2, 135}, [](const MPCTensor& x) { return erf(x); }));
  rows.push_back(piecewise_row("GELU", 7, 43, true, {4, 24.5, 166}, [](const MPCTensor& x) { return gelu(x); }));
  rows.push_back(piecewise_row("GELU, tanh form", 7, 43, true, {4, 24.5, 166}, [](const MPCTensor& x) { return gelu(x, GeluForm::tanh); }));
  rows.push_back(piecewise_row("SiLU", 14, 42, true, {4, 24.5, 240}, [](const MPCTensor& x) { return silu(x); }, 42));
  rows.push_back(piecewise_row("softplus", 11, 42, true, {4, 24.5, 210}, [](const MPCTensor& x) { return softplus(x); }));
  rows.push_back(piecewise_row("mish", 16, 43, true, {4, 24.5, 260}, [](const MPCTensor& x) { return mish(x); }));
  rows.push_back(elu_row());
  rows.push_back(pending_row("truncate and sigmoid", 11, 45, false, {4, 24.2, 195}, [](const MPCTensor& x) { return sigmoid(x); }));
  rows.push_back(pending_row("truncate and GELU", 7, 43, true, {4, 24.5, 176}, [](const MPCTensor& x) { return gelu(x); }));
  rows.push_back(power_row(2, 2, 16, 18, 18, truncated_power<2>));
  rows.push_back(power_row(3, 3, 24, 38, 38, truncated_power<3>));
  rows.push_back(power_row(5, 4, 32, 60, 60, truncated_power<5>));
  rows.push_back(power_row(8, 4, 32, 58, 62, truncated_power<8>));
  return rows;
}

}  // namespace crypten::costs
