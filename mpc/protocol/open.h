// The one door: the only file that turns shares into something public.
// open publishes a masked value (X = x − λ) and says nothing about x; reveal publishes a plaintext on purpose and enters the ledger by name.
#pragma once

#include <initializer_list>
#include <optional>

#include "mpc/party.h"

namespace crypten {

// The opening that x already carries, or a new one whose mask is reserved now, in program order, but not sent before open().
// `static_mask`: the opening lives as long as the session (weights), so its mask comes from the session's own stream even inside a plan's call.
MaskedPtr mask(Party& party, const ArithmeticShared& x, bool static_mask = false);

// Sends all that are not open yet in one message and waits: 1 round, 8 B an element; nothing at all if every one is open already. Opens: x − λ.
void open(Party& party, std::span<const MaskedPtr> values);
void open(Party& party, std::initializer_list<MaskedPtr> values);

// Opens planes of shared bits, each masked by its own plane of `mask`, in one message: 1 round, `planes` bits an element. Opens: b XOR mask.
// `bits`: own XOR shares, int64 [tiles, planes, 8]. Returns the public planes.
at::Tensor open_bits(Party& party, const at::Tensor& bits, int64_t count, const at::Tensor& mask_share, const char* verb);

// Plaintext to all ranks, or to one (`to`; the others get an undefined tensor). A fresh all-pairs zero share is added for n ≥ 3.
// 1 round, 8 B an element to each receiver. Opens: x.
RingTensor reveal(Party& party, const ArithmeticShared& x, std::optional<int> to = std::nullopt, bool dithered = false);

}  // namespace crypten
