// ComparisonPlan: which bits a comparison opens, in which round, and which products of their masks the dealer deals. Both sides read the same plan.
// Source: this project's docs/security.md; the merge of (less, equal) pairs is the usual prefix tree, with `arity` pairs merged at once on masked bits.
#pragma once

#include <cstdint>
#include <vector>

#include "mpc/provider/requests.h"

namespace crypten {

struct ComparisonPlan {
  struct Leaf { int low_bit, width; int first_table_plane; };  // one-hot of r's chunk without its last entry: 2^width − 1 planes
  struct Node { std::vector<int> less, equal; };               // a group of pairs, most significant first: indices of opened bits (equal empty or −1 where not needed)
  // Opened bits: index → mask plane. Level 0 are the leaves' (lt, eq), level i the results of the i-th merge.
  struct Level {
    std::vector<Node> nodes;                     // merged in this level (empty for level 0)
    int first_opened = 0, opened = 0;            // planes of CompareRequest::bits opened at the end of this level
    std::vector<std::vector<int>> products;      // subsets of opened bits whose masks' product is dealt, in dealing order
    int first_product_plane = 0;                 // of the dealt planes of this level's products
  };
  std::vector<Leaf> leaves;                      // most significant first
  std::vector<Level> levels;                     // levels[0]: leaves
  int table_planes = 0, product_planes = 0;      // dealt: one tensor of table_planes, one of product_planes
  int opened_bits = 0;                           // planes of CompareRequest::bits
  int rounds() const { return static_cast<int>(levels.size()); }
};

ComparisonPlan comparison_plan(CompareRequest::Kind kind, int compared_bits, const Ring& ring);

}  // namespace crypten
