// 1/x of private numbers, and quotients.
//
// Method: x = ± m·2^k (mpc/function/mantissa), 1/m by a trigonometric series of 5 harmonics, times N = ± 2^-k. Domain and error do not depend on x's scale, so that x may have
// a truncation pending (up to 32 fractional bits): its opening serves as it is. f: precision_bits, 8 … 24.
// Outside of the domain: numbers of any size that are wrong (no crash). Opens and throws: as Normalisation; InvalidArgument 401 … 403, 409 (precision_bits), 410.
#pragma once

#include <memory>

#include "mpc/tensor/bound.h"
#include "mpc/function/mantissa.h"
#include "mpc/tensor/mpc_tensor.h"
#include "mpc/tensor/plain.h"

namespace crypten {

// What is known of x. The narrower, the cheaper.
enum class ReciprocalDomain {
  both_signs,    // 2^-8 ≤ |x| ≤ 2^20; and |x| ≥ 2^-f. 9 rounds, 57 B, dealer 263 B an element
  positive,      // 2^-8 ≤ x ≤ 2^20: 9 rounds, 49 B, dealer 234 B
  denominators,  // 1 ≤ x ≤ 2^12, of sums: 8 rounds, 39 B, dealer 159 B
};

// `bound`: of |x| (mpc/tensor/bound.h). Up to 2^7 half the chunks and a round less: 8 rounds, 45 B for both signs; the domain ends there.
// Largest error: 2^-12.8 · |1/x| + 1.25 units of 2^-f.
MPCTensor reciprocal(const MPCTensor& x, ReciprocalDomain domain = ReciprocalDomain::both_signs, double bound = kUnbounded);

// a / b for b in the domain and |a / b| < 2^(61 − f − s), s = min(32, 50 − f): 2^13 at f = 16. Largest error: |a / b|·2^-12.8 + |a|·2^-s·1.25 + 1.25 units.
// `bound`: of |b|; then s is smaller, by which no quotient changes more than its own error. The reciprocal keeps s fractional bits, however large b is: 10 rounds, 73 B, dealer 283 B (a is opened beside b).
MPCTensor divide(const MPCTensor& a, const MPCTensor& b, ReciprocalDomain domain = ReciprocalDomain::both_signs, double bound = kUnbounded);
// Of a public number or tensor: 10 rounds (9 for the number 1), 65 B, dealer 271 B; the same bounds.
MPCTensor divide(const Plain& a, const MPCTensor& b, ReciprocalDomain domain = ReciprocalDomain::both_signs, double bound = kUnbounded);

// 1/x before any truncation, for products that follow: |share| < 2^58, relative error below 2^-12.8. Of denominators with two bits more of the series, for 2.5 B from the
// dealer: absolute error below 2^-13.4 where x ≥ 1.
struct LongReciprocal {
  ArithmeticShared share;
  int fraction_bits = 0;
};
LongReciprocal long_reciprocal(Party& party, const ArithmeticShared& x, int fraction_bits, ReciprocalDomain domain, double bound = kUnbounded);
// Of x in another range.
LongReciprocal long_reciprocal(Party& party, const ArithmeticShared& x, int fraction_bits, const SizeRange& range);

// long_reciprocal in two steps: the dealer is asked at construction, or step by step (mpc/protocol/ahead.h), so that what follows can be asked about before the first opening, too.
class PendingReciprocal {
 public:
  PendingReciprocal(Party& party, const ArithmeticShared& x, int fraction_bits, ReciprocalDomain domain, double bound = kUnbounded);
  // `fine`: with the two bits more.
  PendingReciprocal(Party& party, const ArithmeticShared& x, int fraction_bits, const SizeRange& range, bool fine);
  int fraction_bits() const;
  ArithmeticShared finish(Party& party);  // once

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace crypten
