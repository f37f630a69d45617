#include "mpc/function/sine.h"

#include <algorithm>
#include <vector>

#include "crypten_core/trigonometry.h"
#include "mpc/function/piecewise.h"
#include "mpc/function/precision.h"
#include "mpc/protocol/ahead.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/truncate.h"
#include "mpc/tensor/operation_scope.h"

namespace crypten {
namespace {

constexpr int64_t kTurnsOfPeriod = 2935890503282001226;  // 2^64 / 2π
constexpr int64_t kUnitCoefficient = int64_t{1} << kCoefficientBits;

const Series kCosineSeries{.harmonics = {1}, .cosine = {kUnitCoefficient}, .sine = {0}};
const Series kSineSeries{.harmonics = {1}, .cosine = {0}, .sine = {kUnitCoefficient}};

std::vector<MPCTensor> sines_of(const char* name, const MPCTensor& x, const std::vector<const Series*>& wanted) {
  const OperationScope op(name, {x});
  const int bits = checked_precision(op, name);
  const auto scale = series_scale(bits, 1);
  x.at_most(bits);
  std::vector<MPCTensor> results;
  const auto add_result = [&](ArithmeticShared share) { results.emplace_back(x.party(), std::move(share), bits, true); };
  if (x.numel() == 0) {
    for (size_t i = 0; i < wanted.size(); ++i) add_result(op.zeros(x.sizes()));
    return results;
  }
  Party& party = op.party();
  const auto angle = mask_angle(party, x.share().share() * rounded_shift(kTurnsOfPeriod, x.fraction_bits()), 64);
  const SeriesOfAngle series(party, angle, {1}, scale.scale_bits, scale.factor_bits, scale.width);
  std::vector<Ahead<TruncationAhead>> values;
  for (size_t i = 0; i < wanted.size(); ++i) {
    values.emplace_back(party, x.numel(), [sizes = x.sizes().vec(), device = x.device(), shift = scale.fraction_bits() - bits, width = scale.width](Party& asking) {
      return TruncationAhead(asking, sizes, device, shift, width, "series");
    });
  }
  open(party, {angle});
  std::vector<MaskedPtr> openings;
  for (size_t i = 0; i < wanted.size(); ++i) {
    openings.push_back(values[i].begin(party).opening());
    give(openings[i], series.evaluate(party, *wanted[i]));
  }
  open(party, openings);
  for (auto& value : values) add_result(value.begin(party).pending().share(party));
  return results;
}

}  // namespace

MPCTensor sin(const MPCTensor& x) { return sines_of("sin", x, {&kSineSeries})[0]; }
MPCTensor cos(const MPCTensor& x) { return sines_of("cos", x, {&kCosineSeries})[0]; }
std::pair<MPCTensor, MPCTensor> cossin(const MPCTensor& x) {
  const auto both = sines_of("cossin", x, {&kCosineSeries, &kSineSeries});
  return {both[0], both[1]};
}

}  // namespace crypten
