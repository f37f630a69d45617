// MergeTree: one party's side of the rounds of a ComparisonPlan, bit-sliced: digits looked up in dealt tables, then merges on opened bits, a tile of 512 elements at a time.
// Knows no party and opens nothing: it is given what was opened and says what to open next.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "crypten_core/kernels/compare_bits.h"
#include "mpc/provider/comparison_plan.h"

namespace crypten {

class MergeTree {
 public:
  // digits: public planes of the compared number from bit 0; tables, products, masks: own shares. All int64 [tiles, planes, 8], on one device.
  // `holds_one`: this party's share of the constant 1 is 1 (rank 0). The plan must outlive the tree.
  MergeTree(const ComparisonPlan& plan, at::Tensor digits, at::Tensor tables, at::Tensor products, at::Tensor masks, bool holds_one);

  // Own shares of the bits that are opened in the next round: [tiles, level's opened, 8], before masking.
  at::Tensor next() const;
  const at::Tensor& masks() const { return masks_; }
  // What that round opened, b XOR mask.
  void opened(at::Tensor planes) { opened_.push_back(std::move(planes)); }
  int level() const { return static_cast<int>(opened_.size()); }
  bool finished() const { return level() == plan_.rounds(); }

  at::Tensor opened_plane(int bit) const;  // [tiles, 1, 8]

 private:
  Plane opened_bit(int bit) const;
  at::Tensor look_up() const;
  at::Tensor merge(const ComparisonPlan::Level& level) const;

  const ComparisonPlan& plan_;
  at::Tensor digits_, tables_, products_, masks_;
  bool holds_one_;
  std::vector<at::Tensor> opened_;  // by level
};

}  // namespace crypten
