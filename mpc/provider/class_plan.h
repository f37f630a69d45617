// ClassPlan: how the size class of a shared x (the place of its leading bit, give or take one) is found from Y = x + r: which bits are opened, in which round, and which products
// of their masks the dealer deals. Both sides read the same plan.
//
// V_l = (Y >> l) − (r >> l) is x >> l or one more. So |x| is below about 2^l exactly when V_l is 0 or 1 (or −1, where x may be negative), and each of these is an equality of
// r >> l with a public number: no borrow is looked for. Off by one at most, by design. The equality of whole numbers is a product of equalities of their chunks: with
// Q_d = [r >> l = (Y >> l) − d] of all chunks above, chunk by chunk
//   Q_d ← [chunk of r = chunk of Y − d] · (Q_d where that borrows from the chunks above, else Q_0).
// Whether it borrows is public: it depends on Y's chunk only. Each equality of a chunk is looked up in r's one-hot table and opened under a mask bit of its own; products of four
// chunks are formed at once on opened bits (as in comparison_plan.h); the lower groups' results, one for each Q above, are multiplied by those in one more round.
// This way to count is a function of this project; no source known.
#pragma once

#include <cstdint>
#include <vector>

#include "crypten_core/kernels/sums_of_planes.h"
#include "mpc/provider/requests.h"

namespace crypten {

struct ClassPlan {
  // Planes of a chunk that parties derive from its one-hot table e: for k < chunk_bits, [u >> k = w] for all w: 2^c + 2^(c−1) + … + 2 planes, k = 0 first.
  // A leaf's share is the XOR of derived planes, chosen by the public digit.
  struct Choice { int digit = 0, derived = 0; bool operator==(const Choice&) const = default; };
  struct Leaf { int chunk = 0; std::vector<Choice> choices; };
  // A public bit of a chunk's digit: [digit = 0], [digit ≠ 0], [digit all ones], [digit not all ones].
  enum Flag { zero, nonzero, full, not_full };
  static constexpr int kFlags = 4;
  static constexpr int flag(int chunk, Flag which) { return kFlags * chunk + which; }
  // Product of public flags (numbers as flag() gives) and opened bits. masks[S], by subset S of `bits`: the plane of the product of their masks: none (−1) for the empty set,
  // a plane of ClassRequest::bits where S has one bit, else a dealt product's.
  using Monomial = PlaneMonomial;
  using Output = PlanePolynomial;
  struct Round { std::vector<Output> outputs; int first_opened = 0; };

  std::vector<Leaf> leaves;                // opened first, bits 0 … leaves − 1
  std::vector<Round> rounds;               // then these; output i opens first_opened + i
  std::vector<std::vector<int>> products;  // dealt: sets of opened bits whose masks are multiplied
  std::vector<int> levels;                 // opened bits [V_l among the differences], l = low_bit, low_bit + 1, …: the class is the number of those that are 0
  int chunk_bits = 0, chunks = 0, table_planes = 0, product_planes = 0, opened_bits = 0;
  int derived_planes() const { return (2 << chunk_bits) - 2; }  // of a chunk
};

// Throws InvalidArgument: fewer than one or more than 16 chunks, a ring without chunk or arity, chunks too small to tell the differences apart.
// Made once for each set of numbers and kept: the reference is good until the process ends. Thread-safe.
const ClassPlan& class_plan(int chunks, bool both_signs, const Ring& ring);
const ClassPlan& class_plan(const ClassRequest& request, const Ring& ring);

}  // namespace crypten
