// WordPlan: how two words of which each bit is public ⊕ dealer-known are added: which bits are opened, in which round, and which products of dealer-known bits are dealt.
// Both sides read the same plan.
//
// Bit i of the words is a_i = â_i ⊕ α_i and b_i = b̂_i ⊕ β_i. A carry is generated where g_i = a_i·b_i, and passed on where p_i = a_i ⊕ b_i = p̂_i ⊕ π_i. Words are cut into chunks.
// Of the low j bits of a chunk, G_j = g_{j−1} ⊕ p_{j−1}·G_{j−1} and P_j = p_{j−1} ⋯ p_0 are polynomials in dealer-known bits: local, given the products of these. Their
// values at chunks' ends, opened under mask bits of their own, are merged `arity` at a time as in comparison_plan.h, with all prefixes of a group in the same round: the carry
// into any bit is then a product of few opened bits, which takes no round. For 64 bits, chunks of 4 and arity 4: two openings after that of the words themselves.
#pragma once

#include <vector>

#include "mpc/provider/comparison_plan.h"

namespace crypten {

struct WordPlan {
  // Opened bits are numbered as planes of WordRequest::bits. Pair: less is the carry that is generated, equal that it is passed on.
  using Pair = ComparisonPlan::Pair;
  using Merge = ComparisonPlan::Merge;
  using Level = ComparisonPlan::Level;
  // prefixes[j]: what is opened of the chunk's low j bits, j = 0 … width (0: nothing).
  // Dealt from plane first_product on, for each bit i of the chunk and each set S of bits above it in the chunk (ascending bit patterns): the product of π over S, times
  // α_i·β_i, and where S is not empty times α_i and times β_i; of Kind::lift, where α = 0, times β_i only.
  struct Chunk { int low_bit = 0, width = 0, first_product = 0; std::vector<Pair> prefixes; };
  // The carry into a bit: G of the low `prefix` bits of `chunk`, which the party holds, ⊕ what `merge` gives. Its first pair may have no less: then that is 0.
  struct Carry { int chunk = -1, prefix = 0; Merge merge; };

  std::vector<Chunk> chunks;               // least significant first
  std::vector<Level> levels;               // rounds; levels[0]: of the chunks, no merges
  std::vector<Carry> carries;              // into bits 1, 2, … word_bits − 1; of Kind::carry only the one out of the top bit
  std::vector<std::vector<int>> products;  // dealt: sets of bits, 0 … word_bits − 1: π; word_bits + k: the mask bit of plane k.
                                           // Of Kind::lift the last one is the top bit of λ alone
  int word_bits = 0, opened_bits = 0;      // planes of WordRequest::bits, at least 1: for Kind::lift opened from 0 on; else the words' own bits come first, a's then b's
};

// Throws InvalidArgument: word_bits outside 1 … the ring's bits, chunks or arity out of range. Made once for each set of numbers, and kept: the reference is good until the process
// ends. Thread-safe.
const WordPlan& word_plan(WordRequest::Kind kind, int word_bits, const Ring& ring);

// Where a chunk's dealt planes lie: those of bit i with the set `above` of bits i + 1 … of the chunk, as offsets from first_product. −1: not dealt.
struct ChunkProducts { int both = -1, a = -1, b = -1; };
ChunkProducts chunk_products(WordRequest::Kind kind, int width, int i, unsigned above);

}  // namespace crypten
