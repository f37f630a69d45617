// share: a party's value becomes shares of all parties by an all-pairs zero sharing: the owner adds the value to its zero share.
#pragma once

#include "mpc/party.h"
#include "mpc/sharing/binary_shared.h"

namespace crypten {

// `value` is read on rank `src` only, with exactly these sizes; the others pass an undefined tensor. 0 rounds, 0 bytes. Opens: nothing.
// Throws InvalidArgument: src out of range, value missing or of another shape on src.
ArithmeticShared share(Party& party, const RingTensor& value, at::IntArrayRef sizes, int src, at::Device device = at::kCPU);

// The same as XOR shares of words.
BinaryShared share_binary(Party& party, const RingTensor& value, at::IntArrayRef sizes, int src, at::Device device = at::kCPU);

// The share of an open expression, which it carries as its opening: value (rank 0) + Σ coefficient · share of the term. 0 rounds, 0 bytes. Opens: nothing.
// Throws InvalidArgument: not open.
ArithmeticShared share_of(Party& party, const MaskedPtr& x);

}  // namespace crypten
