// The one door: the only file that turns shares into something public.
// open publishes a masked value (X = x − λ) and says nothing about x; reveal publishes a plaintext on purpose and enters the ledger by name.
#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

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

// An opening of a share that is not computed yet: its mask is reserved now, so that what the dealer must say about it can be asked for before it is needed. give() says of which
// share; open() throws InvalidArgument (304) before that. Throws InvalidArgument: a share of other sizes or another device, an opening that has its share.
MaskedPtr mask_ahead(Party& party, at::IntArrayRef sizes, at::Device device);
void give(const MaskedPtr& ahead, const RingTensor& share);

// A fresh opening of values that are shared modulo 2^bits only, under a mask modulo 2^bits: X = x − λ mod 2^bits, bits / 8 B an element (packed, so 3.5 B for 28 bits).
// `share`: own words, of which the low `bits` bits count. For angles and small rings: what is opened is the expression of a truncation into the whole ring
// (mpc/protocol/truncate) or of a series (mpc/protocol/series). `verb` is its name in the ledger. Throws InvalidArgument: bits outside 1 … the ring's bits.
MaskedPtr mask_narrow(Party& party, const RingTensor& share, int bits, std::string_view verb);
MaskedPtr mask_narrow_ahead(Party& party, at::IntArrayRef sizes, at::Device device, int bits, std::string_view verb);  // give() says of which share

// Sends all that are not open yet in one message and waits: 1 round, 8 B an element (narrow ones: bits / 8); nothing at all if every one is open already. Opens: x − λ.
// What another lane has queued for the same round is not sent twice.
void open(Party& party, std::span<const MaskedPtr> values);
void open(Party& party, std::initializer_list<MaskedPtr> values);

// Opens planes of shared bits, each masked by its own plane of `mask`, in one message: 1 round, `planes` bits an element. Opens: b XOR mask.
// `bits`: own XOR shares, int64 [tiles, planes, 8]. Returns the public planes.
at::Tensor open_bits(Party& party, const at::Tensor& bits, int64_t count, const at::Tensor& mask_share, const char* verb);

// Opens shares under masks to one rank only, in one message: 1 round, 8 B an element to that rank. Opens: x − λ, to `to`. The others get undefined tensors.
// shares, masks: own words, pairwise of equal sizes; every mask unused. Throws InvalidArgument: no such rank.
std::vector<RingTensor> open_to(Party& party, std::span<const RingTensor> shares, std::span<const RingTensor> masks, int to, const char* verb);

// Plaintext to all ranks, or to one (`to`; the others get an undefined tensor). A fresh all-pairs zero share is added for n ≥ 3.
// 1 round, 8 B an element to each receiver. Opens: x. In a ring of k < 64 bits: x mod 2^k.
// `dithered`: x carries the rounding direction of a truncation; for the ledger. Throws InvalidArgument: no such rank `to`.
RingTensor reveal(Party& party, const ArithmeticShared& x, std::optional<int> to = std::nullopt, bool dithered = false);
RingTensor reveal(Party& party, const BinaryShared& x, std::optional<int> to = std::nullopt, bool dithered = false);  // all 64 bits

}  // namespace crypten
