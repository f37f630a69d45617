// Masked: a shared value that has been opened under dealer-known masks, as an affine expression  x = value + Σ coefficient · term.
// `value` and the coefficients are public; the terms are known to the dealer and shared between the parties. A plain opening has one term λ with coefficient 1;
// a truncation's result has two (its shifted mask and the mask's top bit); a selected bit has one.
// Every polynomial of masked values is local, given dealt products of their terms: open once, use many times.
#pragma once

#include <memory>
#include <vector>

#include "crypten_core/ring_tensor.h"
#include "mpc/provider/requests.h"

namespace crypten {

struct Term {
  TermRef ref;
  RingTensor share;        // this party's share of the term, in the term's sizes
  RingTensor coefficient;  // public, broadcastable; undefined: 1
  int width = 64;          // the term is only needed modulo 2^width, since every coefficient is a multiple of 2^(64 − width)
};

struct Masked {
  RingTensor value;         // undefined until the opening has been awaited
  std::vector<Term> terms;
  bool opened() const { return value.defined(); }
  bool constant_coefficients() const;  // all terms plain masks without coefficient: usable in matrix products and comparisons
  MaskExpression mask() const;         // requires constant_coefficients()
};
using MaskedPtr = std::shared_ptr<Masked>;

// Linear maps with program constants keep the opening (secrecy rule 3). Each returns a new expression; requires opened().
MaskedPtr negate(const Masked& x);
MaskedPtr scale(const Masked& x, int64_t factor);
MaskedPtr add_public(const Masked& x, const RingTensor& value);
MaskedPtr add(const Masked& x, const Masked& y);  // broadcasting; terms of both
// A view (transpose, slice, expand, permute, reshape without copy): `view` is applied to value, shares, coefficients and mask descriptors alike.
// Returns null where a reshape would have to copy: then the opening dies.
MaskedPtr view(const Masked& x, const std::function<at::Tensor(const at::Tensor&)>& view);

}  // namespace crypten
