#include "mpc/function/softmax.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "crypten_core/aten.h"
#include "mpc/function/exponential.h"
#include "mpc/function/logarithm.h"
#include "mpc/function/precision.h"
#include "mpc/function/reciprocal.h"
#include "mpc/protocol/ahead.h"
#include "mpc/protocol/multiply.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/truncate.h"
#include "mpc/tensor/arithmetic.h"
#include "mpc/tensor/maximum.h"
#include "mpc/tensor/reduce.h"
#include "mpc/tensor/reshape.h"

namespace crypten {
namespace {

constexpr int64_t kLongRow = 4096;  // above, sums leave the domain of the light reciprocal
constexpr int kGuardBits = 8, kMostBits = 24;  // of exponentials, more than of the result: their sum is of many
constexpr int kShortBits = 19;      // the largest exponential is 1, or less by at most 2^-19
constexpr int kSoftmaxBits = 60;    // a product of two numbers of at most 1 has that many fractional bits at most

// x minus its maximum along the dimension, and what that was.
struct Shifted {
  MPCTensor maximum, difference, exponential, sum;
};

Shifted shifted(const MPCTensor& x, int64_t dim, double bound) {
  Shifted result;
  result.maximum = extremum(x, Extreme::largest, dim, true, Position::none, bound).value;
  result.difference = subtract(x, result.maximum);
  result.exponential = exp_of_negative(result.difference, 2 * bound, std::min(x.party()->config().precision_bits + kGuardBits, kMostBits));
  result.sum = sum(result.exponential, {dim}, true);
  return result;
}

}  // namespace

MPCTensor softmax(const MPCTensor& x, int64_t dim, double bound) {
  const OperationScope op("softmax", {x});
  const int bits = checked_precision(op, "softmax");
  check_bound(op, "softmax", bound);
  const int64_t along = wrapped_dim(dim, x.dim(), "softmax");
  op.fact("dim " + std::to_string(along));
  if (x.dim() == 0) return reshape(softmax(reshape(x, {1}), 0, bound), {});
  if (x.numel() == 0) return op.result(op.zeros(x.sizes()), bits);
  const auto parts = shifted(x, along, bound);
  Party& party = op.party();
  const auto& numerator = parts.exponential.share();
  const int long_bits = parts.exponential.fraction_bits();
  const auto domain = x.sizes()[along] <= kLongRow ? ReciprocalDomain::denominators : ReciprocalDomain::positive;
  // At least 1: then 1/m, m its mantissa, is at least twice the reciprocal, and so is its error.
  const auto& sums = parts.sum.share();
  const auto total = sums + party.public_share(RingTensor(at::full(sums.sizes(), int64_t{1} << std::max(0, long_bits - kShortBits), sums.share().words().options())));
  PendingReciprocal pending(party, total, long_bits, domain);
  const int kept = std::min(pending.fraction_bits(), kSoftmaxBits - long_bits), cut = pending.fraction_bits() - kept;
  const auto opened = mask(party, numerator);
  struct Quotient {
    MaskedPtr inverse;  // to be opened
    std::optional<PendingTruncation> shortened;
    AffineProduct product;
    TruncationAhead rounded;
  };
  Ahead<Quotient> ahead(party, x.numel(), [&](Party& asking) {
    const auto inverse = mask_ahead(asking, total.sizes(), total.device());
    std::optional<PendingTruncation> shortened;
    if (cut > 0) shortened.emplace(asking, inverse, cut);
    AffineProduct product(asking, opened, shortened ? shortened->masked() : inverse);
    return Quotient{inverse, shortened, std::move(product), TruncationAhead(asking, x.sizes(), x.device(), long_bits + kept - bits)};
  });
  ArithmeticShared inverse;
  party.together({[&] { inverse = pending.finish(party); }, [&] { open(party, {opened}); }});
  auto& quotient = ahead.begin(party);
  give(quotient.inverse, inverse.share());
  open(party, {quotient.inverse});
  if (quotient.shortened) quotient.shortened->result(party);
  return MPCTensor(x.party(), quotient.rounded.finish(party, quotient.product.combine(party).share()), bits, true);
}

MPCTensor log_softmax(const MPCTensor& x, int64_t dim, double bound) {
  const OperationScope op("log_softmax", {x});
  const int bits = checked_precision(op, "log_softmax");
  check_bound(op, "log_softmax", bound);
  const int64_t along = wrapped_dim(dim, x.dim(), "log_softmax");
  op.fact("dim " + std::to_string(along));
  if (x.dim() == 0) return reshape(log_softmax(reshape(x, {1}), 0, bound), {});
  if (x.numel() == 0) return op.result(op.zeros(x.sizes()), bits);
  const auto parts = shifted(x, along, bound);
  return subtract(parts.difference, log(parts.sum));
}

MPCTensor logsumexp(const MPCTensor& x, int64_t dim, bool keepdim, double bound) {
  const OperationScope op("logsumexp", {x});
  checked_precision(op, "logsumexp");
  check_bound(op, "logsumexp", bound);
  const int64_t along = wrapped_dim(dim, x.dim(), "logsumexp");
  op.fact("dim " + std::to_string(along));
  if (x.dim() == 0) return reshape(logsumexp(reshape(x, {1}), 0, false, bound), {});
  const auto parts = shifted(x, along, bound);
  const auto result = add(parts.maximum, log(parts.sum));
  return keepdim ? result : squeeze(result, along);
}

}  // namespace crypten
