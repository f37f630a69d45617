// MaskProducts: merges of opened bits (comparison_plan.h), with the products of their mask bits that the dealer deals: each set of bits once, in the order in which it is first needed.
#pragma once

#include <map>
#include <vector>

#include "mpc/provider/comparison_plan.h"

namespace crypten {

class MaskProducts {
 public:
  // Appends to `dealt`, which must outlive this, sets of two or more masks, ascending: first_mask + k is the mask of opened bit k.
  explicit MaskProducts(std::vector<std::vector<int>>& dealt, int first_mask = 0) : dealt_(&dealt), first_mask_(first_mask) {}

  // pairs: most significant first. A pair without a less bit has no plane for it, and a merge that opens no less has none of any pair; one that opens no equal reads none of the last pair's.
  ComparisonPlan::Merge merge(std::vector<ComparisonPlan::Pair> pairs, ComparisonPlan::Pair opens);

 private:
  // The plane that shares the product of these bits' masks.
  ComparisonPlan::MaskPlane deal(std::vector<int> bits);

  std::vector<std::vector<int>>* dealt_;
  int first_mask_;
  std::map<std::vector<int>, int> planes_;  // by bits, ascending
};

}  // namespace crypten
