// Masked: a shared value that has been opened under dealer-known masks, as an affine expression  x = value + Σ coefficient · term.
// `value` and the coefficients are public; the terms are known to the dealer and shared between the parties. A plain opening has one term λ with coefficient 1;
// a truncation's result has two (its shifted mask and the mask's top bit); a selected bit has one.
// Every polynomial of masked values is local, given dealt products of their terms: open once, use many times.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "crypten_core/lazy_words.h"
#include "crypten_core/ring_tensor.h"
#include "mpc/provider/requests.h"

namespace crypten {

// A term may be smaller than the value it belongs to: it broadcasts, and products are dealt at the term's own size.
struct Term {
  TermRef ref;
  LazyWords share;         // this party's share of the term as `ref` defines it (factors included), in the term's sizes
  RingTensor coefficient;  // public, broadcastable; undefined: 1
  int width = 64;          // the term is only needed modulo 2^width, since every coefficient is a multiple of 2^(bits of the ring − width)
};

struct Masked;
using MaskedPtr = std::shared_ptr<Masked>;

struct Masked {
  RingTensor value;         // undefined until the opening has been awaited
  int narrow_bits = 0;      // where not 0, the expression holds modulo 2^narrow_bits only (open.h, mask_narrow): no product takes it
  std::vector<Term> terms;
  at::Device device = at::kCPU;  // of value, shares and coefficients, known before the opening

  // What is still to be sent, or to be awaited: either a share of this party that mpc/protocol/open will open under terms[0],
  // or a linear map of other expressions, which costs nothing once they are open. Null when open.
  struct Reserved {
    std::vector<int64_t> sizes;
    std::string verb;                 // which operation asked first: the name in the ledger
    RingTensor share;
    std::function<void()> opened;     // called when it is open; may be empty
    bool queued = false;              // some lane has queued it and waits for the round
    std::vector<MaskedPtr> sources;
    std::function<RingTensor()> value_from_sources;
  };
  std::shared_ptr<Reserved> reserved;

  bool opened() const { return value.defined(); }
  std::vector<int64_t> sizes() const;  // of the value, known before the opening
  bool constant_coefficients() const;  // all terms plain masks without coefficient: usable in matrix products and comparisons
  MaskExpression mask() const;         // sum of views, each in sizes(); throws InvalidArgument unless constant_coefficients()
};

// Linear maps with program constants keep the opening (secrecy rule 3). Each returns a new expression of an open or a reserved one; that of a reserved one is
// reserved with it: opening either opens both. Throw InvalidArgument where the coefficients are not known yet (a truncation before its opening).
MaskedPtr negate(const MaskedPtr& x);
MaskedPtr scale(const MaskedPtr& x, int64_t factor);
MaskedPtr add_public(const MaskedPtr& x, const RingTensor& value);
MaskedPtr add(const MaskedPtr& x, const MaskedPtr& y);  // broadcasting; terms of both
// A view (transpose, slice, expand, permute, reshape without copy): `view` is applied to value, shares, coefficients and mask descriptors alike.
// Returns null where a reshape of a descriptor would have to copy, or where a bit mask would be anything but reshaped: then the opening dies.
using View = std::function<at::Tensor(const at::Tensor&)>;
MaskedPtr view(const MaskedPtr& x, const View& view);

// Sizes without memory, of a tensor that lies in one piece.
at::Tensor layout_of(at::IntArrayRef sizes);

// The same expression on another device.
MaskedPtr moved(const MaskedPtr& x, at::Device device);

// This party's share of an open expression: the terms' shares, and the public value where `adds_value`, which one party does (Party::rank
// 0). What it shares is the value that was opened. With one whole term and no value it is the term's own tensor.
RingTensor own_share(const Masked& x, bool adds_value);

// Fills in the value where all sources are open. True if x is open now. Local.
bool settle(const MaskedPtr& x);

// The same expression with all plain masks summed into one term, in front: fewer products to deal. Terms without shares (not dealt yet) stay without.
// Throws InvalidArgument for a narrow one.
std::vector<Term> with_masks_merged(const Masked& x);

}  // namespace crypten
