// ComparisonPlan: which bits a comparison opens, in which round, and which products of their masks the dealer deals. Both sides read the same plan.
//
// A public number Y is compared with a dealer-known r. Each is cut into chunks (leaves); a leaf yields two bits, lt = [Y's chunk < r's] and eq = [equal], and a merge
// of pairs, most significant first, yields lt = lt_0 ⊕ eq_0·lt_1 ⊕ eq_0·eq_1·lt_2 ⊕ …, eq = eq_0·eq_1·…: the usual prefix tree, with `arity` pairs in one round.
// A merge works on opened bits b ⊕ m, each under a mask bit m of its own, with dealt products of those masks: Π (b̂ ⊕ m) = XOR over subsets S of Π_{i∉S} b̂_i · Π_{i∈S} m_i.
// Bits that nobody reads (eq of the least significant pair) are neither formed nor opened.
#pragma once

#include <vector>

#include "mpc/provider/requests.h"

namespace crypten {

struct ComparisonPlan {
  // Opened bits are numbered in the order of opening, which is also the order of the planes of CompareRequest::bits. −1: there is none.
  struct Pair { int less = -1, equal = -1; };
  // Table: one-hot vector of r's chunk without its last entry (the entries XOR to 1): 2^width − 1 planes.
  struct Leaf { int low_bit = 0, width = 0, first_table_plane = 0; Pair opens; };
  // The share of a mask bit, or of a product of them: which plane, of CompareRequest::bits or of the products.
  struct MaskPlane { bool product = false; int plane = -1; };
  struct Merge {
    std::vector<Pair> pairs;  // most significant first
    Pair opens;
    // What kernels/compare_bits.h reads, by subsets A of the pairs' equal bits: masks_equal[A], and masks_less[2^i − 1 + A], A < 2^i, with pair i's less bit.
    // Subsets that it does not read have no plane.
    std::vector<MaskPlane> masks_equal, masks_less;
  };
  // Everything that is opened in one round: bits first_opened … first_opened + opened − 1.
  struct Level { std::vector<Merge> merges; int first_opened = 0, opened = 0; };

  std::vector<Leaf> leaves;               // most significant first; they open in the first round
  std::vector<Level> levels;              // one for each round; levels[0]: the leaves, no merges
  std::vector<std::vector<int>> products; // dealt: sets of opened bits whose masks are multiplied, ascending, in dealing order
  int table_planes = 0, product_planes = 0;  // dealt: planes of all tables, and of `products`
  int opened_bits = 0;                    // planes of CompareRequest::bits
  int result = 0;                         // the opened bit [Y < r] or [Y = r]; always the last
  int low_result = -1;                    // the opened bit [Y mod 2^low_bits < r mod 2^low_bits]
  int rounds() const { return static_cast<int>(levels.size()); }
};

// Chunks have chunk_bits bits, or one bit more or less, where that puts a boundary at low_bits without another chunk.
// Throws InvalidArgument: compared_bits outside 1 … 64, low_bits outside 0 … compared_bits or with Kind::equal, a ring without chunk or arity.
// Made once for each set of numbers, and kept: the reference is good until the process ends. Thread-safe.
const ComparisonPlan& comparison_plan(CompareRequest::Kind kind, int compared_bits, const Ring& ring, int low_bits = 0);
const ComparisonPlan& comparison_plan(const CompareRequest& request, const Ring& ring);

}  // namespace crypten
