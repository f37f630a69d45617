// ClassTree: one party's side of the rounds of a ClassPlan, bit-sliced: digits looked up in dealt tables, then products on opened bits, a tile of 512 elements at a time.
// Knows no party and opens nothing: it is given what was opened and says what to open next.
#pragma once

#include <ATen/core/Tensor.h>

#include "crypten_core/kernels/digit_tables.h"
#include "mpc/provider/class_plan.h"

namespace crypten {

class ClassTree {
 public:
  // digits: public planes of Y's chunks, lowest bit first; tables, products, masks: own shares. All int64 [tiles, planes, 8], on one device.
  // `holds_one`: this party's share of the constant 1 is 1 (rank 0). The plan must outlive the tree.
  ClassTree(const ClassPlan& plan, const at::Tensor& digits, const at::Tensor& tables, at::Tensor products, at::Tensor masks, bool holds_one);

  int rounds() const { return 1 + static_cast<int>(plan_.rounds.size()); }
  // Own shares of the bits that the next round opens, [tiles, bits, 8] before masking, and their masks.
  at::Tensor next() const;
  at::Tensor masks() const;
  // What that round opened, b XOR mask.
  void opened(const at::Tensor& planes);
  bool finished() const { return level_ == rounds(); }
  // [tiles, opened_bits, 8], bits as they were opened.
  const at::Tensor& opened() const { return opened_; }

 private:
  int first(int level) const;
  int count(int level) const;
  at::Tensor look_up() const;

  const ClassPlan& plan_;
  DigitTables tables_;
  at::Tensor products_, masks_, opened_;
  bool holds_one_;
  int level_ = 0;
};

}  // namespace crypten
