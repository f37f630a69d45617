#include "mpc/function/piecewise.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "crypten_core/aten.h"
#include "crypten_core/trigonometry.h"
#include "crypten_core/word_tensor.h"
#include "mpc/function/precision.h"
#include "mpc/protocol/ahead.h"
#include "mpc/protocol/bands.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/select.h"
#include "mpc/protocol/truncate.h"
#include "mpc/tensor/arithmetic.h"
#include "mpc/tensor/operation_scope.h"

namespace crypten {
namespace {

constexpr int kUsualBits = 18;  // fractional bits that the first table serves

// What serves x of so many fractional bits, for a result of `bits`; null where x has too many and its truncation comes first.
const FunctionTable* serving(const series_tables::Tables& tables, int bits, int x_bits) {
  const bool fine = bits > kUsualBits;
  if (x_bits <= bits) return fine ? &tables.fine : &tables.usual;
  if (fine) return nullptr;
  if (!tables.without_slope.series.harmonics.empty()) return &tables.without_slope;
  // A slope of 1/2, or none, is exact while it has a bit left.
  return x_bits < series_scale(bits, tables.usual.headroom_bits, tables.usual.guard_bits).fraction_bits() ? &tables.usual : nullptr;
}

double error_of(const FunctionTable& table, int precision_bits) {
  constexpr double kParties = 8, kTurn = 2 * 3.14159265358979323846;
  const auto scale = series_scale(precision_bits, table.headroom_bits, table.guard_bits);
  const double dealt = std::ldexp(1, -scale.scale_bits - 1), factor = std::ldexp(1, -scale.factor_bits - 1), angle = kParties * kTurn * std::ldexp(1, -kAngleBits);
  const double farthest = std::max(-table.low + 1, table.high) / 2.0;
  double error = table.error + std::ldexp(1, -precision_bits);
  if (table.slope != 0) error += farthest * std::ldexp(1, precision_bits - scale.fraction_bits() - 1);
  for (size_t j = 0; j < table.series.harmonics.size(); ++j) {
    const double k = table.series.harmonics[j], a = std::ldexp(static_cast<double>(table.series.cosine[j]), -kCoefficientBits),
                 b = std::ldexp(static_cast<double>(table.series.sine[j]), -kCoefficientBits), amplitude = std::hypot(a, b);
    // A sine and a cosine, dealt and public, rounded; the angle; phasors (crypten_core/trigonometry.h), k steps of them on both sides.
    error += std::sqrt(2) * (amplitude * dealt + factor) + k * amplitude * angle + 4 * amplitude * k * std::ldexp(1, -28);
  }
  return error;
}

// A public constant for every element, as own share.
void add_constant(Party& party, at::Tensor& share, uint64_t constant) {
  if (party.rank() == 0) share.add_(static_cast<int64_t>(constant));
}

class Evaluation {
 public:
  Evaluation(Party& party, const FunctionTable& table, const SeriesScale& scale, const ArithmeticShared& x, int x_bits, int result_bits, bool exact_thresholds, double bound)
      : party_(party), table_(table), scale_(scale), x_(x), x_bits_(x_bits), result_bits_(result_bits), angle_(mask_angle(party, x.share() * rounded_shift(static_cast<int64_t>(table.turns), x_bits), 64)),
        series_(party, angle_, table.series.harmonics, scale.scale_bits, scale.factor_bits, scale.width) {
    if (-2 * bound >= table.low && 2 * bound <= table.high) return;  // never outside
    const int top = party.ring().bits - 1, needed = bits_within(bound + std::max(-table.low, table.high) / 2.0, x_bits, top);
    opening_ = mask_to_compare(party, x);
    bands_.emplace(party, opening_, std::vector{threshold(table.low), threshold(table.high)}, exact_thresholds ? 0 : x_bits - 1, needed < top ? needed : 0);
  }

  void run() {
    if (!bands_) return run_inside();
    request_above();
    struct Inside {
      TruncationAhead value;
      Selection selection;
    };
    Ahead<Inside> inside(party_, x_.numel(), [this](Party& asking) {
      auto value = truncation(asking);
      Selection selection(asking, bands_->term(0), {value.pending().masked()});
      return Inside{std::move(value), std::move(selection)};
    });
    open(party_, {opening_, angle_});
    const auto& [value, selection] = inside.begin(party_);
    give(value.opening(), in_ring());
    party_.together({[&] { open(party_, {value.opening()}); }, [&] { bands_->finish(party_); }});
    bounded_ = selection.combine(party_, bands_->bit(0), 0, value.pending().share(party_)).share().words();
    add_above();
    add_constant(party_, bounded_, static_cast<uint64_t>(int64_t{table_.below}) << result_bits_);
  }

  ArithmeticShared bounded() const { return ArithmeticShared(RingTensor(bounded_)); }
  ArithmeticShared linear() const { return linear_; }

 private:
  int64_t threshold(int halves) const { return int64_t{halves} * (int64_t{1} << (x_bits_ - 1)); }
  int64_t above_constant() const { return (table_.above_is_x ? 0 : table_.above) - table_.below; }

  void run_inside() {
    Ahead<TruncationAhead> value(party_, x_.numel(), [this](Party& asking) { return truncation(asking); });
    open(party_, {angle_});
    bounded_ = value.begin(party_).finish(party_, in_ring()).share().words();
    linear_ = ArithmeticShared(RingTensor(at::zeros_like(bounded_)));
    bounded_ = bounded_.clone();
    add_constant(party_, bounded_, static_cast<uint64_t>(int64_t{table_.below}) << result_bits_);
  }

  // Of the series and the line.
  TruncationAhead truncation(Party& party) const {
    return {party, x_.sizes(), x_.device(), scale_.fraction_bits() - result_bits_, scale_.width, "series"};
  }

  // series + slope·x in its ring.
  RingTensor in_ring() {
    const auto series = series_.evaluate(party_, table_.series);
    const int64_t slope = rescaled(table_.slope, kSlopeBits, scale_.fraction_bits() - x_bits_);
    return slope == 0 ? series : series + x_.share() * slope;
  }

  void request_above() {
    if (table_.above_is_x) {
      if (x_bits_ > result_bits_) quotient_.emplace(party_, opening_, x_bits_ - result_bits_);
      selection_.emplace(party_, bands_->term(1), std::vector<MaskedPtr>{quotient_ ? quotient_->masked() : opening_});
    } else if (above_constant() != 0) {
      // Its factor is a multiple of 2^result_bits.
      above_share_ = party_.provider().request(ShareRequest{{{bands_->term(1), party_.ring().bits - result_bits_}}}, x_.device());
    }
  }

  void add_above() {
    if (selection_) linear_ = selection_->combine(party_, bands_->bit(1), 0, quotient_ ? quotient_->share(party_) : x_);
    if (above_constant() == 0) return;
    const auto mask_share = selection_ ? selection_->bit_share() : above_share_->words();
    bounded_ = sum_of(bounded_, times_bit(party_, bands_->bit(1), mask_share, above_constant() * (int64_t{1} << result_bits_)).words());
  }

  Party& party_;
  const FunctionTable& table_;
  SeriesScale scale_;
  ArithmeticShared x_;
  int x_bits_, result_bits_;
  MaskedPtr opening_, angle_;
  SeriesOfAngle series_;
  std::optional<Bands> bands_;
  std::optional<PendingTruncation> quotient_;
  std::optional<Selection> selection_;
  std::optional<Dealt> above_share_;
  at::Tensor bounded_;
  ArithmeticShared linear_;
};

}  // namespace

SeriesScale series_scale(int precision_bits, int headroom_bits, int guard_bits) {
  const int width = precision_bits <= 16 ? 40 + guard_bits : 48, total = width - 2 - headroom_bits;
  return {width, (total + 1) / 2, total / 2};
}

double piecewise_error(const series_tables::Tables& tables, int precision_bits) {
  if (precision_bits > kUsualBits) return error_of(tables.fine, precision_bits);
  return std::max(error_of(tables.usual, precision_bits), tables.without_slope.series.harmonics.empty() ? 0 : error_of(tables.without_slope, precision_bits));
}

PiecewiseParts piecewise_parts(const char* name, const series_tables::Tables& tables, const MPCTensor& x, bool exact_thresholds, double bound) {
  const OperationScope op(name, {x});
  const int bits = checked_precision(op, name);
  check_bound(op, name, bound);
  if (!serving(tables, bits, x.fraction_bits())) x.at_most(bits);
  const FunctionTable& table = *serving(tables, bits, x.fraction_bits());
  const auto scale = series_scale(bits, table.headroom_bits, table.guard_bits);
  const auto dithered = [&](ArithmeticShared share) { return MPCTensor(x.party(), std::move(share), bits, true); };
  if (x.numel() == 0) return {dithered(op.zeros(x.sizes())), table.above_is_x ? dithered(op.zeros(x.sizes())) : MPCTensor()};
  const int x_bits = std::max(x.fraction_bits(), bits);
  Evaluation evaluation(op.party(), table, scale, x.widened(x_bits), x_bits, bits, exact_thresholds, bound);
  evaluation.run();
  return {dithered(evaluation.bounded()), table.above_is_x ? dithered(evaluation.linear()) : MPCTensor()};
}

MPCTensor piecewise(const char* name, const series_tables::Tables& tables, const MPCTensor& x, bool exact_thresholds, double bound) {
  const auto [bounded, linear] = piecewise_parts(name, tables, x, exact_thresholds, bound);
  return linear.defined() ? add(bounded, linear) : bounded;
}

}  // namespace crypten
