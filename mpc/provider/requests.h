// What a party asks of the dealer. A request names an operation, the masks it concerns and shapes: facts known to all, never a value.
// The dealer's answer is a function of the request and of the keys alone.
//
// Conventions. A mask λ is the sum over all ranks of the words of their mask streams. An opening publishes X = x − λ, so x = X + λ.
// Where a protocol is written with Y = x + r, take Y = X and r = −λ: one sign for each position, everywhere.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "crypten_core/bilinear.h"
#include "mpc/ring.h"

namespace crypten {

// A strided view of a mask: element (i_0, …) is factor · λ[offset + Σ i_k · strides[k]] of the mask stream of one call.
// Call 0 is the session's own stream (static weights, everything outside a plan).
struct MaskRef {
  uint64_t call = 0, offset = 0;
  std::vector<int64_t> sizes, strides;
  int64_t factor = 1;
  bool operator==(const MaskRef&) const = default;
};

// A sum of views with equal sizes: the mask of a linear combination of cached openings.
using MaskExpression = std::vector<MaskRef>;

// One plane of a block of mask bits in the tile layout of kernels/bit_slice.h: `planes` planes for `count` elements, ceil(count/512)·planes·8 words from `offset`.
struct BitMaskRef {
  uint64_t call = 0, offset = 0;
  int64_t count = 0;
  int planes = 1, plane = 0;
  bool operator==(const BitMaskRef&) const = default;
};

// A value that the dealer knows: a function of masks.
struct TermRef {
  enum class Kind : uint8_t {
    mask,     // λ, the sum of `masks`
    shifted,  // (−λ mod 2^bits) >> shift, logical
    top_bit,  // msb of (−λ mod 2^bits), as 0 or 1
    bit,      // mask bit `bit` XOR, where `masks` is not empty, msb(−λ) or (shift > 0) bit `shift` of −λ, as 0 or 1 in the shape `sizes`
  };
  Kind kind = Kind::mask;
  int shift = 0;
  int ring_bits = 0;           // shifted and top_bit: the `bits` of the ring in which −λ is taken; 0: the party's ring
  MaskExpression masks;
  BitMaskRef bit;
  std::vector<int64_t> sizes;  // of the term
  bool operator==(const TermRef&) const = default;
};

// Deals additive shares of terms, each modulo 2^width: width bits an element.
struct ShareRequest {
  struct Item { TermRef term; int width = 64; bool operator==(const Item&) const = default; };
  std::vector<Item> items;
  bool operator==(const ShareRequest&) const = default;
};

// Deals additive shares of op(a, b) for each pair, modulo 2^width.
struct ProductRequest {
  struct Pair { TermRef a, b; int width = 64; bool operator==(const Pair&) const = default; };
  Bilinear op;
  std::vector<Pair> pairs;
  bool operator==(const ProductRequest&) const = default;
};

// For comparing the low `compared_bits` bits of a public number with those of r = −λ, element by element, at once for all levels of the merge tree.
// `bits` holds one plane for each bit that will be opened, in the order of opening. Deals, as XOR shares: the one-hot tables of r's chunks, then the products of mask bits
// that each merge level needs (mpc/provider/comparison_plan.h says which, for both sides).
struct CompareRequest {
  enum class Kind : uint8_t { less, equal };
  Kind kind = Kind::less;
  MaskExpression masks;
  int compared_bits = 63;
  BitMaskRef bits;      // plane = 0
  int low_bits = 0;     // where not 0: the same for the low `low_bits` bits is a result too (the borrow of an exact truncation)
  int first_bit = 0;    // compared are the bits first_bit … first_bit + compared_bits − 1
  bool tables = true;   // false: without one-hot tables, since those of another request for the same masks and bits serve (several thresholds on one Y)
  bool operator==(const CompareRequest&) const = default;
};

// For the AND of k shared bits that are opened masked: XOR shares of the products of every subset of two or more masks, subsets in ascending order of their bit pattern.
struct BitProductRequest {
  std::vector<BitMaskRef> factors;
  bool operator==(const BitProductRequest&) const = default;
};

// For trigonometric series of an angle a that is opened as U = a − λ in units of 2^-angle_bits turns, λ taken modulo one turn: deals, as one tensor of sizes
// {2·K, elements}, additive shares modulo 2^width of cos(kλ) and sin(kλ) for each of the K harmonics k (cosine, sine, next harmonic …), with scale_bits fractional bits.
struct HarmonicRequest {
  MaskExpression masks;
  int angle_bits = 28;
  std::vector<int> harmonics;  // ascending
  int scale_bits = 18;
  int width = 40;
  bool operator==(const HarmonicRequest&) const = default;
};

// For powers by digits, without carries. r = −λ is cut into digits of low_bits and high_bits bits, r mod 2^(both) = 2^low_bits · r_h + r_l, and Y = x + r, which is public, in the
// same way: then x = 2^low_bits · (Y_h − r_h) + (Y_l − r_l) over the integers, with a low digit of either sign. Deals for each u < 2^high_bits additive shares modulo 2^width of
// [r_h = u] · round(2^(base + slope · r_l)), exponents as in crypten_core/power_of_two.h; negated where `sign` is 1.
struct PowerRequest {
  MaskExpression masks;
  int low_bits = 0, high_bits = 0;
  int64_t base = 0, slope = 0;
  int width = 64;
  std::vector<TermRef> sign;  // none, or one of Kind::bit and of the mask's sizes
  bool operator==(const PowerRequest&) const = default;
};

// For the size class of x from its opening (mpc/provider/class_plan.h), r = −λ: deals XOR shares of the one-hot tables of r's chunks from bit low_bit on, and of the products
// of mask bits that its rounds need. `bits`: one plane for each bit that will be opened, in the order of opening.
struct ClassRequest {
  MaskExpression masks;
  int low_bit = 0, chunks = 8;
  bool both_signs = false;
  BitMaskRef bits;  // plane = 0
  bool operator==(const ClassRequest&) const = default;
};

// For sums of two words whose bits are dealer-known but for a public part (mpc/provider/word_plan.h): deals, as XOR shares, the products of dealer-known bits that the plan names.
struct WordRequest {
  enum class Kind : uint8_t {
    sum,    // a + b modulo 2^word_bits: words whose bits are opened under the first 2·word_bits planes of `bits`, a's and then b's
    carry,  // of the same only the carry out of the top bit
    lift,   // X + λ modulo 2^word_bits, λ that of `masks`
  };
  Kind kind = Kind::sum;
  MaskExpression masks;  // lift only
  int word_bits = 64;
  BitMaskRef bits;       // plane = 0
  bool operator==(const WordRequest&) const = default;
};

// For tables looked up at a private place: with d = bits first_bit … first_bit + bits − 1 of λ, deals as one tensor of sizes {2^bits − 1, elements} additive shares of [d = u],
// u < 2^bits − 1.
struct OneHotRequest {
  MaskExpression masks;
  int first_bit = 0, bits = 1;
  bool operator==(const OneHotRequest&) const = default;
};

// For a permutation that one party knows: `keys`, of sizes {draws, columns}, names words of the mask stream of `rank` alone, from which rank and dealer make one permutation for
// each column (mpc/provider/permutation.h). Deals additive shares of each mask, of sizes {rows, columns, …}, with its rows permuted.
struct PermutationRequest {
  int rank = 0;
  MaskRef keys;
  std::vector<MaskExpression> masks;
  bool operator==(const PermutationRequest&) const = default;
};

struct Request {
  uint64_t call = 0;   // in which call of a plan, 0: none
  uint64_t index = 0;  // running number within that call
  int corrected = 0;   // the rank that is sent a correction; the others expand their streams (corrected_ranks.h)
  std::variant<ShareRequest, ProductRequest, CompareRequest, BitProductRequest, HarmonicRequest, PowerRequest, ClassRequest, WordRequest,
               OneHotRequest, PermutationRequest>
      body;
  bool operator==(const Request&) const = default;
};

// One tensor that a request defines: additive shares modulo 2^width in shape `sizes`, or XOR shares of `planes` bit planes for `count` elements.
struct DealtShape {
  int width = 64;               // bits of an element; 0: bit planes
  std::vector<int64_t> sizes;
  int planes = 0;
  int64_t count = 0;
  uint64_t stream_words() const;    // words this tensor takes from an output stream (each tensor starts at a word)
  uint64_t correction_bytes() const;  // what the dealer sends for it: ceil(width · elements / 8), or the packed size of the planes
};
std::vector<DealtShape> dealt_shapes(const Request& request, const Ring& ring);  // InvalidArgument: beyond request_limits.h, operands or ring do not fit

// Canonical bytes: equal requests ⇔ equal bytes. Versioned, little endian. The parser trusts no length.
std::string canonical(const Request& request);
absl::StatusOr<Request> parse_request(std::string_view bytes);
// The same request as it will be made in call `to`: references to call `from` are renamed, others (static weights) stay.
Request in_call(Request request, uint64_t from, uint64_t to);

}  // namespace crypten
