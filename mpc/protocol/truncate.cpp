#include "mpc/protocol/truncate.h"

#include <string>
#include <utility>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "crypten_core/kernels/operators.h"
#include "mpc/error_codes.h"
#include "mpc/protocol/open.h"

namespace crypten {
namespace {

void check_shift(const Party& party, int shift) {
  const int most = party.ring().bits - 2;
  if (shift < 1 || shift > most)
    throw InvalidArgument(mpc_code::invalid_argument, "shift out of range", "truncate",
                          "expected 1 … " + std::to_string(most) + ", got " + std::to_string(shift), "truncate by the fractional bits that are too many");
}

int64_t power_of_two(int exponent) { return static_cast<int64_t>(uint64_t{1} << exponent); }

}  // namespace

ArithmeticShared truncate(Party& party, const ArithmeticShared& x, int shift) {
  const auto at = party.scope("truncate");
  party.scopes().fact(std::to_string(shift));
  party.scopes().fact(x.sizes());
  check_shift(party, shift);
  const auto X = mask_plain(party, x);
  const PendingTruncation truncation(party, X, shift);
  open(party, {X});
  return truncation.share(party);
}

PendingTruncation::PendingTruncation(Party& party, MaskedPtr x, int shift) : x_(std::move(x)), result_(std::make_shared<Masked>()), shift_(shift) {
  check_shift(party, shift);
  const int bits = party.ring().bits;
  const auto sizes = x_->sizes();
  const TermRef shifted{.kind = TermRef::Kind::shifted, .shift = shift, .masks = x_->mask(), .sizes = sizes};
  const TermRef top_bit{.kind = TermRef::Kind::top_bit, .masks = x_->mask(), .sizes = sizes};
  // The top bit's coefficient is a multiple of 2^(bits − shift): it is needed modulo 2^shift only.
  result_->terms = {{shifted, {}, {}, bits}, {top_bit, {}, {}, shift}};
  dealt_ = std::make_shared<Dealt>(party.provider().request(ShareRequest{{{shifted, bits}, {top_bit, shift}}}));
}

MaskedPtr PendingTruncation::result(Party& party) const {
  if (result_->opened()) return result_;
  if (!settle(x_)) throw InvalidArgument(mpc_code::not_open, "the value is not open yet", "truncate", "its opening is still to come", "open it first");
  const int bits = party.ring().bits;
  const auto Y = low_bits(RingTensor(x_->value.words() + power_of_two(bits - 2)), bits);
  // (1 − msb Y)·2^(bits−shift): the top bit moved down to 0 or −1, plus one, moved up.
  auto wrapped = shift_right_arithmetic(Y * power_of_two(64 - bits), 63).words();
  wrapped.add_(1).mul_(power_of_two(bits - shift_));
  auto &shifted = result_->terms[0], &top_bit = result_->terms[1];
  shifted.share = dealt_->ring(0);
  shifted.coefficient = RingTensor(at::full({}, -1, Y.words().options()));
  top_bit.share = dealt_->ring(1);
  top_bit.coefficient = RingTensor(wrapped);
  result_->value = RingTensor(shift_right_logical(Y, shift_).words().sub_(power_of_two(bits - 2 - shift_)));
  return result_;
}

ArithmeticShared PendingTruncation::share(Party& party) const {
  const auto opened = result(party);
  const int bits = party.ring().bits;
  const auto Y = x_->value.words() + power_of_two(bits - 2);
  return ArithmeticShared(RingTensor(operators::truncate_combine(Y, opened->terms[0].share.words(), opened->terms[1].share.words(), shift_, bits, party.rank() == 0)),
                          opened);
}

}  // namespace crypten
