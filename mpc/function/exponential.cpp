#include "mpc/function/exponential.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "crypten_core/aten.h"
#include "crypten_core/power_of_two.h"
#include "mpc/function/precision.h"
#include "mpc/protocol/ahead.h"
#include "mpc/protocol/bands.h"
#include "mpc/protocol/compare.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/powers.h"
#include "mpc/protocol/select.h"
#include "mpc/protocol/truncate.h"
#include "mpc/tensor/operation_scope.h"

namespace crypten {
namespace {

constexpr int kExpDigit = 3;         // the low digit is a number in [0, 8)
constexpr int kMostInputBits = 36;   // of x: the low digit has three more
constexpr int kExpOffset = 12;          // x + 12 = 8h + l
constexpr int kLowestExponent = -17;         // below, by half a unit at most: 0. e^-17 < 2^-24
constexpr int kExpTableBits = 25;       // fractional bits of the dealer's factors
constexpr int kSmallBits = 26, kMiddleBits = 7;  // of the public factors, h ≤ 1 and h ≤ 3: factors below 2^(25 + 26 + 6) and 2^(25 + 7 + 29)

// Exponents of the public factors e^(8h − offset) · 2^scale for these h; nothing for the others. Numbers of h from `wrapped` on stand for h − count.
std::vector<int64_t> exp_factors(int count, int wrapped, int offset, int first, int last, int scale) {
  std::vector<int64_t> group(static_cast<size_t>(count), PowerTable::kNothing);
  for (int i = 0; i < count; ++i) {
    const int h = i < wrapped ? i : i - count;
    if (h >= first && h <= last) group[static_cast<size_t>(i)] = exponent_of_e((h << kExpDigit) - offset, 0) + whole_exponent(scale);
  }
  return group;
}

// The light form: x + 15 = 8h + l, h = 0, 1, 2; one group, in a ring of its own: 2^(30 + 20) · e^0.9 < 2^52.
constexpr int kLightOffset = 15, kLightTableBits = 30, kLightBits = 20, kLightWidth = 54;
constexpr int kLightLowest = -33;  // in halves

// [x ≥ threshold], give or take half a unit; nothing where the bound says so.
std::unique_ptr<Bands> threshold(Party& party, const MaskedPtr& X, int halves, int from, double bound) {
  if (2 * bound <= -halves) return nullptr;
  const int top = party.ring().bits - 1, needed = bits_within(bound - halves / 2.0, from, top);
  return std::make_unique<Bands>(party, X, std::vector{halves * (int64_t{1} << from) / 2}, std::max(0, from - 1), needed < top ? needed : 0);
}

}  // namespace

ArithmeticShared exp(Party& party, const ArithmeticShared& x, int from, int to, double bound) {
  const auto at = party.scope("exp");
  party.scopes().fact(x.sizes());
  const auto X = mask_to_compare(party, x);
  const auto large_enough = threshold(party, X, 2 * kLowestExponent, from, bound);
  const PowerTable powers(party, X, {.low_bits = from + kExpDigit, .high_bits = 3}, whole_exponent(kExpTableBits), exponent_of_e(1, from), party.ring().bits);
  const auto sizes = x.sizes().vec();
  const auto device = x.device();
  struct Groups {
    TruncationAhead small, middle;
  };
  // The sum of all groups under its mask, times [x is large enough].
  struct Selected {
    MaskedPtr total;
    Selection selection;
  };
  Ahead<Groups> groups(party, x.numel(), [&](Party& asking) {
    const auto group = [&](int bits) { return TruncationAhead(asking, sizes, device, kExpTableBits + bits - to); };
    auto small = group(kSmallBits);
    return Groups{std::move(small), group(kMiddleBits)};
  });
  std::optional<Ahead<Selected>> selected;
  if (large_enough)
    selected.emplace(party, x.numel(), [&](Party& asking) {
      const auto total = mask_ahead(asking, sizes, device);
      return Selected{total, Selection(asking, large_enough->term(0), std::vector{total})};
    });
  open(party, {X});
  const auto sums = powers.combine(static_cast<int64_t>(kExpOffset) << from, {exp_factors(8, 7, kExpOffset, -1, 1, kSmallBits), exp_factors(8, 7, kExpOffset, 2, 3, kMiddleBits),
                                                                           exp_factors(8, 7, kExpOffset, 4, 6, to - kExpTableBits)});
  RingTensor total;
  party.together({[&] {
                    const auto& [small, middle] = groups.begin(party);
                    give(small.opening(), sums[0]), give(middle.opening(), sums[1]);
                    open(party, {small.opening(), middle.opening()});
                    total = small.pending().share(party).share() + middle.pending().share(party).share() + sums[2];
                    if (!selected) return;
                    const auto& masked = selected->begin(party).total;
                    give(masked, total);
                    open(party, {masked});
                  },
                  [&] {
                    if (large_enough) large_enough->finish(party);
                  }});
  if (!selected) return ArithmeticShared(total);
  return selected->begin(party).selection.combine(party, large_enough->bit(0), 0, ArithmeticShared(total));
}

ArithmeticShared exp_of_negative(Party& party, const ArithmeticShared& x, int from, int to, double bound) {
  const auto at = party.scope("exp of negative");
  party.scopes().fact(x.sizes());
  const auto X = mask_to_compare(party, x);
  const auto large_enough = threshold(party, X, kLightLowest, from, bound);
  const PowerTable powers(party, X, {.low_bits = from + kExpDigit, .high_bits = 2}, whole_exponent(kLightTableBits), exponent_of_e(1, from), kLightWidth);
  struct Value {
    TruncationAhead truncation;
    std::optional<Selection> selection;
  };
  Ahead<Value> ahead(party, x.numel(), [&, sizes = x.sizes().vec(), device = x.device()](Party& asking) {
    Value result{TruncationAhead(asking, sizes, device, kLightTableBits + kLightBits - to, kLightWidth, "exp of negative"), std::nullopt};
    if (large_enough) result.selection.emplace(asking, large_enough->term(0), std::vector{result.truncation.pending().masked()});
    return result;
  });
  open(party, {X});
  const auto sum = powers.combine(static_cast<int64_t>(kLightOffset) << from, {exp_factors(4, 3, kLightOffset, 0, 2, kLightBits)}).front();
  auto& [value, selection] = ahead.begin(party);
  if (!large_enough) return value.finish(party, sum);
  give(value.opening(), sum);
  party.together({[&] { open(party, {value.opening()}); }, [&] { large_enough->finish(party); }});
  const auto share = value.pending().share(party);
  return selection->combine(party, large_enough->bit(0), 0, share);
}

namespace {

MPCTensor of_tensor(const char* name, const MPCTensor& x, ArithmeticShared (*function)(Party&, const ArithmeticShared&, int, int, double), double bound, int wanted = 0) {
  const OperationScope op(name, {x});
  const int precision = checked_precision(op, name), bits = wanted == 0 ? precision : wanted;
  check_bound(op, name, bound);
  if (x.numel() == 0) return op.result(op.zeros(x.sizes()), bits);
  if (x.fraction_bits() > kMostInputBits) x.at_most(kMostInputBits);
  return MPCTensor(x.party(), function(op.party(), x.share(), x.fraction_bits(), bits, bound), bits, true);
}

}  // namespace

MPCTensor exp(const MPCTensor& x, double bound) { return of_tensor("exp", x, exp, bound); }
MPCTensor exp_of_negative(const MPCTensor& x, double bound, int bits) { return of_tensor("exp of negative", x, exp_of_negative, bound, bits); }

}  // namespace crypten
