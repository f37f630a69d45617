// The one door: the only file that turns shares into something public.
// open publishes a masked value (X = x − λ) and says nothing about x; reveal publishes a plaintext on purpose and enters the ledger by name.
#pragma once

#include <initializer_list>
#include <optional>
#include <span>

#include "mpc/party.h"
#include "mpc/sharing/binary_shared.h"

namespace crypten {

// The opening that x already carries, or a new one whose mask is reserved now, in program order, but not sent before open().
// Where x is a linear map of another share that is not open (ArithmeticShared), that one's opening is reserved: a weight is opened once, however it is viewed.
// `static_mask`, or as_static(x): the opening lives as long as the session (weights), so its mask comes from the session's own stream even inside a plan's call.
// The result may be any affine form; mask_plain's has constant coefficients, as comparisons, truncations and matrix products need: where x carries only another form, x is
// opened anew, and carries the new opening from then on.
MaskedPtr mask(Party& party, const ArithmeticShared& x, bool static_mask = false);
MaskedPtr mask_plain(Party& party, const ArithmeticShared& x, bool static_mask = false);

// Sends all that are not open yet in one message and waits: 1 round, 8 B an element; nothing at all if every one is open already. Opens: x − λ.
// What another lane has queued for the same round is not sent twice.
void open(Party& party, std::span<const MaskedPtr> values);
void open(Party& party, std::initializer_list<MaskedPtr> values);

// Opens planes of shared bits, each masked by its own plane of `mask`, in one message: 1 round, `planes` bits an element. Opens: b XOR mask.
// `bits`: own XOR shares, int64 [tiles, planes, 8]. Returns the public planes.
at::Tensor open_bits(Party& party, const at::Tensor& bits, int64_t count, const at::Tensor& mask_share, const char* verb);

// Plaintext to all ranks, or to one (`to`; the others get an undefined tensor). A fresh all-pairs zero share is added for n ≥ 3.
// 1 round, 8 B an element to each receiver. Opens: x. In a ring of k < 64 bits: x mod 2^k.
// `dithered`: x carries the rounding direction of a truncation; for the ledger. Throws InvalidArgument: no such rank `to`.
RingTensor reveal(Party& party, const ArithmeticShared& x, std::optional<int> to = std::nullopt, bool dithered = false);
RingTensor reveal(Party& party, const BinaryShared& x, std::optional<int> to = std::nullopt);  // all 64 bits

}  // namespace crypten
