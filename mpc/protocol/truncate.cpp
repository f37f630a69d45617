#include "mpc/protocol/truncate.h"

#include <string>
#include <utility>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "crypten_core/kernels/operators.h"
#include "crypten_core/word_tensor.h"
#include "mpc/error_codes.h"
#include "mpc/protocol/open.h"

namespace crypten {
namespace {

int ring_of(const Party& party, const MaskedPtr& x) { return x->narrow_bits == 0 ? party.ring().bits : x->narrow_bits; }

RingTensor minus_one(at::Device device) {
  if (!device.is_cpu()) return RingTensor(at::full({}, -1, at::TensorOptions().dtype(at::kLong).device(device)));  // made there: a copy would have the host wait
  auto word = empty_words({});
  *word.mutable_data_ptr<int64_t>() = -1;
  return RingTensor(word);
}

void check_shift(int bits, int shift) {
  const int most = bits - 2;
  if (shift < 1 || shift > most)
    throw InvalidArgument(mpc_code::invalid_argument, "shift out of range", "truncate",
                          "expected 1 … " + std::to_string(most) + ", got " + std::to_string(shift), "truncate by the fractional bits that are too many");
}

MaskedPtr opening_ahead(Party& party, at::IntArrayRef sizes, at::Device device, int shift) {
  const auto at = party.scope("truncate");
  party.scopes().fact(std::to_string(shift));
  party.scopes().fact(sizes);
  check_shift(party.ring().bits, shift);
  return mask_ahead(party, sizes, device);
}

}  // namespace

ArithmeticShared truncate(Party& party, const ArithmeticShared& x, int shift) {
  const auto at = party.scope("truncate");
  party.scopes().fact(std::to_string(shift));
  party.scopes().fact(x.sizes());
  check_shift(party.ring().bits, shift);
  const auto X = mask_plain(party, x);
  const PendingTruncation truncation(party, X, shift);
  open(party, {X});
  return truncation.share(party);
}

TruncationAhead::TruncationAhead(Party& party, at::IntArrayRef sizes, at::Device device, int shift)
    : opening_(opening_ahead(party, sizes, device, shift)), pending_(party, opening_, shift) {}

TruncationAhead::TruncationAhead(Party& party, at::IntArrayRef sizes, at::Device device, int shift, int narrow_bits, std::string_view verb)
    : opening_(mask_narrow_ahead(party, sizes, device, narrow_bits, verb)), pending_(party, opening_, shift) {}

ArithmeticShared TruncationAhead::finish(Party& party, const RingTensor& share) {
  give(opening_, share);
  open(party, {opening_});
  return pending_.share(party);
}

PendingTruncation::PendingTruncation(Party& party, MaskedPtr x, int shift)
    : x_(std::move(x)), result_(std::make_shared<Masked>()), shift_(shift), bits_(ring_of(party, x_)) {
  check_shift(bits_, shift);
  result_->device = x_->device;
  const int ring = party.ring().bits;
  const auto sizes = x_->sizes();
  const TermRef shifted{.kind = TermRef::Kind::shifted, .shift = shift, .ring_bits = x_->narrow_bits, .masks = x_->mask(), .sizes = sizes};
  const TermRef top_bit{.kind = TermRef::Kind::top_bit, .ring_bits = x_->narrow_bits, .masks = x_->mask(), .sizes = sizes};
  // The top bit's coefficient is a multiple of 2^(bits − shift): it is needed modulo 2^(ring − bits + shift) only.
  const int top_width = ring - bits_ + shift;
  result_->terms = {{shifted, {}, {}, ring}, {top_bit, {}, {}, top_width}};
  dealt_ = std::make_shared<Dealt>(party.provider().request(ShareRequest{{{shifted, ring}, {top_bit, top_width}}}, x_->device));
}

MaskedPtr PendingTruncation::result(Party&) const {
  if (result_->opened()) return result_;
  if (!settle(x_)) throw InvalidArgument(mpc_code::not_open, "the value is not open yet", "truncate", "its opening is still to come", "open it first");
  const auto parts = operators::truncated(x_->value.words(), shift_, bits_);
  auto &shifted = result_->terms[0], &top_bit = result_->terms[1];
  shifted.share = dealt_->words(0);
  shifted.coefficient = minus_one(parts.device());
  top_bit.share = dealt_->words(1);
  top_bit.coefficient = RingTensor(part_of(parts, 1));
  result_->value = RingTensor(part_of(parts, 0));
  return result_;
}

ArithmeticShared PendingTruncation::share(Party& party) const {
  const auto opened = result(party);
  return ArithmeticShared(RingTensor(operators::truncate_combine(x_->value.words(), opened->terms[0].share, opened->terms[1].share, shift_, bits_, party.rank() == 0)),
                          opened);
}

}  // namespace crypten
